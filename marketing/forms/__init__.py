"""Input on the public pages."""

from __future__ import annotations

from django import forms


class SampleForm(forms.Form):
    """Two words for an instant sample; sent by GET, so that the result is a link."""

    niche = forms.CharField(max_length=60, label="Your niche", help_text="Such as: dental clinics")
    geography = forms.CharField(max_length=60, label="Where", help_text="Such as: Austin, Texas")


class ContactForm(forms.Form):
    name = forms.CharField(
        max_length=120, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    email = forms.EmailField(
        max_length=254,
        label="Work email",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    company = forms.CharField(
        max_length=200,
        required=False,
        label="Company",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    message = forms.CharField(
        max_length=5_000,
        label="What would you like to know?",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    # Not displayed; whoever fills it in is a machine.
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )
