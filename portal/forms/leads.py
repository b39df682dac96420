"""The lead pages' forms: narrow the list, add one by hand."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.leads.selectors.leads import REACHED, LeadFilter
from agents.states import LeadStatus


class LeadFilterForm(forms.Form):
    # A filter narrows by what is filled in, so no field is marked as optional.
    all_optional = True

    search = forms.CharField(
        max_length=100,
        required=False,
        label="Company or email starts with",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        required=False,
        label="Status",
        choices=[("", "Any"), *((one.value, one.label.capitalize()) for one in LeadStatus)],
    )
    reached = forms.ChoiceField(
        required=False,
        label="Stage reached",
        choices=[("", "Any"), *((key, label) for key, (label, _) in REACHED.items())],
    )
    show = forms.ChoiceField(
        required=False,
        label="Address",
        choices=[("", "Any"), ("held", "On hold: risky or undeliverable")],
    )

    def chosen(self) -> LeadFilter:
        """The filter as far as it is valid; the rest narrows nothing."""
        self.is_valid()
        names = ("status", "reached", "search", "show")
        return LeadFilter(**{name: self.cleaned_data.get(name) or "" for name in names})


class LeadForm(forms.Form):
    company = forms.CharField(
        max_length=200, label="Company", error_messages={"required": "Enter the company's name."}
    )
    email = forms.CharField(
        max_length=254,
        required=False,
        label="Email address",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    website = forms.CharField(
        max_length=300,
        required=False,
        label="Website",
        help_text="Enough without an email address.",
    )
    contact_name = forms.CharField(max_length=120, required=False, label="Name")
    contact_title = forms.CharField(max_length=120, required=False, label="Title")
    phone = forms.CharField(max_length=40, required=False, label="Phone")
    location = forms.CharField(
        max_length=200, required=False, label="Location", help_text="For example: Austin, Texas."
    )
    reason = forms.CharField(
        max_length=500,
        label="Why does this lead fit?",
        error_messages={"required": "Enter why this lead fits."},
        help_text="One sentence. We keep it with the lead, so that you can read it later.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("email") and not data.get("website") and not self.errors:
            self.add_error("email", "Enter an email address or a website.")
        return data
