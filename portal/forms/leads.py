"""The lead pages' forms: narrow the list, add one by hand."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.selectors.leads import REACHED, LeadFilter
from agents.sources.upload import FIELDS
from agents.states import LeadStatus

MAX_BYTES = 20_000_000
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx")


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


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Your list",
        help_text=(
            "Choose a file or drop it here. CSV or XLSX, up to 50,000 rows; "
            "the first row names the columns."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ENDINGS):
            raise forms.ValidationError("Choose a CSV or XLSX file.")
        if file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB. Split it into parts.")
        return file


FIELD_LABELS = {
    "email": "Email address",
    "company": "Company",
    "contact_name": "Full name",
    "first_name": "First name",
    "last_name": "Last name",
    "contact_title": "Title",
    "website": "Web site",
    "phone": "Phone",
    "location": "Place",
    "city": "City",
    "region": "State or region",
    "country": "Country",
    "timezone": "Time zone",
    "reason": "Why it fits, or notes",
}


class ColumnsForm(forms.Form):
    """One choice per field: which column of the upload holds it."""

    def __init__(self, *args: Any, headings: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Not in this file"), *((str(n), name) for n, name in enumerate(headings))]
        for name in FIELDS:
            self.fields[name] = forms.ChoiceField(
                required=False, label=FIELD_LABELS[name], choices=choices
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("email") and not data.get("website"):
            self.add_error("email", "Say which column holds the email address or the web site.")
        used: dict[str, str] = {}
        for name in FIELDS:
            column = data.get(name)
            if column and column in used:
                self.add_error(
                    name, f"This column is used for {FIELD_LABELS[used[column]]} already."
                )
            elif column:
                used[column] = name
        return data

    def columns(self) -> dict[str, int]:
        return {name: int(value) for name, value in self.cleaned_data.items() if value}
