"""What a person types to sign in: an address, then perhaps a code."""

from __future__ import annotations

from django import forms

from hossagent.lib.text import normalize_email


class EmailForm(forms.Form):
    """One address; `cleaned_data["email"]` is in the form that accounts store."""

    email = forms.EmailField(
        label="Email address",
        max_length=254,
        widget=forms.EmailInput(
            attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Enter your email address.",
            "invalid": "Enter a full email address, such as ann@agency.com.",
        },
    )

    def clean_email(self) -> str:
        return normalize_email(self.cleaned_data["email"])


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code from the email",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": "Enter the code from the email."},
    )
