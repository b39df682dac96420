"""Forms about the account itself: asking for help, and who belongs to it."""

from __future__ import annotations

from django import forms

from accounts.forms.sign_in import EmailForm
from accounts.states import Role

ROLES = (
    (Role.VIEWER.value, "Viewer: can read"),
    (Role.MEMBER.value, "Member: can also make changes"),
    (Role.OWNER.value, "Owner: can also manage billing and people"),
)


class TicketForm(forms.Form):
    subject = forms.CharField(
        max_length=200,
        label="What is it about?",
        error_messages={"required": "Enter what your question is about."},
    )
    body = forms.CharField(
        max_length=10_000,
        label="Your question",
        help_text="What did you do, what did you expect, and what happened?",
        error_messages={"required": "Enter your question."},
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(
        label="Role",
        choices=ROLES,
        coerce=Role,
        initial=Role.MEMBER.value,
        error_messages={"required": "Choose a role.", "invalid_choice": "Choose a role."},
    )


class InviteForm(EmailForm, RoleForm):
    """Whom to invite, and as what."""

    field_order = ("email", "role")
