"""The console's sign-in form: password, and a one-time code where one is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django_otp.forms import OTPAuthenticationFormMixin
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

if TYPE_CHECKING:
    from django_otp.models import Device

    from accounts.models import User


class ConsoleLoginForm(OTPAuthenticationFormMixin, AdminAuthenticationForm):
    """Operators without a second factor leave the code empty."""

    otp_token = forms.CharField(
        label="One-time code",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )
    otp_error_messages: dict[str, Any] = {
        **OTPAuthenticationFormMixin.otp_error_messages,
        "token_required": "Enter the code from your authenticator app, or a recovery code.",
        "invalid_token": "This code is wrong or was already used. Wait for the next one.",
        "device_required": "This account has no recovery codes left.",
    }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        user = self.get_user()
        if TOTPDevice.objects.filter(user=user, confirmed=True).exists():
            self.clean_otp(user)  # type: ignore[no-untyped-call] # django-otp
        return cleaned

    def _chosen_device(self, user: User) -> Device | None:
        """Six digits come from the app, anything else is a recovery code."""
        token = (self.cleaned_data.get("otp_token") or "").strip()
        model = TOTPDevice if token.isdigit() else StaticDevice
        return model.objects.filter(user=user, confirmed=True).first()

    def _update_form(self, user: User) -> None:
        """The password is not sent back into the page."""
