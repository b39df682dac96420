"""Input on the public pages."""

from __future__ import annotations

from django import forms


class SampleForm(forms.Form):
    """Two words for an instant sample; sent by GET, so that the result is a link."""

    niche = forms.CharField(
        max_length=60,
        label="Your niche",
        help_text="For example: dental clinics",
        error_messages={"required": "Enter your niche."},
    )
    geography = forms.CharField(
        max_length=60,
        label="Where",
        help_text="For example: Austin, Texas",
        error_messages={"required": "Enter a city, a state or a country."},
    )


class ContactForm(forms.Form):
    name = forms.CharField(
        max_length=120,
        label="Your name",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    email = forms.EmailField(
        max_length=254,
        label="Work email",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "Enter your email address."},
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
        error_messages={"required": "Enter your question."},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    # Not displayed; whoever fills it in is a machine.
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )
