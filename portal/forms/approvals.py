"""Editing a mail before it leaves."""

from __future__ import annotations

from django import forms


class MessageForm(forms.Form):
    subject = forms.CharField(max_length=200, label="Subject")
    body = forms.CharField(
        max_length=20_000,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 16}),
        help_text="What you save here is what leaves, word for word. Your postal address and the "
        "opt-out link are put back when they are missing.",
    )
