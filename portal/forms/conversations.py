"""Answering from the portal."""

from __future__ import annotations

from django import forms


class AnswerForm(forms.Form):
    body = forms.CharField(
        max_length=20_000,
        label="Your answer",
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="It goes out in your name, to this person only, exactly as you write it.",
    )
    # Made with the page, so that a button pressed twice sends once.
    form_key = forms.CharField(max_length=64, widget=forms.HiddenInput)
