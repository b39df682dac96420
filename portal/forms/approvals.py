"""Editing a mail before it leaves."""

from __future__ import annotations

from django import forms


class MessageForm(forms.Form):
    subject = forms.CharField(
        max_length=200,
        label="Subject",
        error_messages={"required": "Enter a subject."},
    )
    body = forms.CharField(
        max_length=20_000,
        label="Text",
        error_messages={"required": "Enter the text of the email."},
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="We send exactly what you save here. If your postal address or the opt-out "
        "link is missing, we put it back.",
    )
