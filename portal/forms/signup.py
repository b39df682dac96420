"""What an agency tells us when it signs up."""

from __future__ import annotations

from django import forms

from accounts.forms.sign_in import EmailForm


class CompanyForm(forms.Form):
    company = forms.CharField(
        label="Company",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        error_messages={"required": "Enter the name of your company."},
    )
    contact_name = forms.CharField(
        label="Your name",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your name."},
    )
    niche = forms.CharField(
        label="Niche",
        max_length=200,
        help_text="Who you want as customers, for example: dental clinics.",
        error_messages={"required": "Enter the kind of company you want as customers."},
    )
    geography = forms.CharField(
        label="Geography",
        max_length=200,
        required=False,
        help_text="Where they are, for example: Austin, Texas. You can set this later.",
    )
    terms = forms.BooleanField(
        label="I accept the terms of service and the privacy policy",
        error_messages={"required": "Accept the terms to continue."},
    )
    # People never see this field (a class hides it); what fills it is not a person.
    website = forms.CharField(
        label="Leave this field empty",
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get("website"))


class SignupForm(EmailForm, CompanyForm):
    field_order = ("company", "contact_name", "email", "niche", "geography", "terms", "website")
