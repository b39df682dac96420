"""The lead pages' forms: narrow the list, add one by hand."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.leads.selectors.leads import REACHED, LeadFilter
from agents.states import LeadStatus


class LeadFilterForm(forms.Form):
    search = forms.CharField(
        max_length=100,
        required=False,
        label="Company or email begins with",
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    status = forms.ChoiceField(
        required=False,
        label="State",
        choices=[("", "Any"), *LeadStatus.choices],
    )
    reached = forms.ChoiceField(
        required=False,
        label="Got as far as",
        choices=[("", "Any"), *((key, label) for key, (label, _) in REACHED.items())],
    )
    show = forms.ChoiceField(
        required=False,
        label="Address",
        choices=[("", "Any"), ("held", "Held: risky or undeliverable")],
    )

    def chosen(self) -> LeadFilter:
        """The filter as far as it is valid; the rest narrows nothing."""
        self.is_valid()
        names = ("status", "reached", "search", "show")
        return LeadFilter(**{name: self.cleaned_data.get(name) or "" for name in names})


class LeadForm(forms.Form):
    company = forms.CharField(max_length=200, label="Company")
    email = forms.CharField(
        max_length=254,
        required=False,
        label="Email address",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    website = forms.CharField(
        max_length=300, required=False, label="Web site", help_text="Enough without an address."
    )
    contact_name = forms.CharField(max_length=120, required=False, label="Name")
    contact_title = forms.CharField(max_length=120, required=False, label="Title")
    phone = forms.CharField(max_length=40, required=False, label="Phone")
    location = forms.CharField(
        max_length=200, required=False, label="Place", help_text="Such as: Austin, Texas."
    )
    reason = forms.CharField(
        max_length=500,
        label="Why does this lead fit?",
        help_text="One sentence. It is kept with the lead, for whoever reads it later.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("email") and not data.get("website") and not self.errors:
            self.add_error("email", "Give an email address or a web site.")
        return data
