"""Forms about the account itself: asking for help."""

from __future__ import annotations

from django import forms


class TicketForm(forms.Form):
    subject = forms.CharField(max_length=200, label="What is it about?")
    body = forms.CharField(
        max_length=10_000,
        label="Your question",
        help_text="What did you do, what did you expect, and what happened?",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
