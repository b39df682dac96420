"""Uploading a list of leads: whose it is, the file, and what its columns are."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Customer
from accounts.selectors.customers import customer_words, find_customers
from agents.leads.columns import FIELDS

MAX_BYTES = 20_000_000
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx")
# Customers named in the sentence that asks which one is meant.
NAMED = 5


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Your list",
        help_text=(
            "Choose a file or drop it here. CSV or XLSX, up to 50,000 rows. "
            "The first row holds the column names."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
        error_messages={"required": "Choose a CSV or XLSX file."},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ENDINGS):
            raise forms.ValidationError("Choose a CSV or XLSX file.")
        if file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB. Split it into parts.")
        return file


class CustomerUploadForm(UploadForm):
    """An operator's upload, for the customer that the operator names."""

    customer = forms.CharField(
        max_length=254,
        label="Customer",
        help_text="A number such as #12, an email address, or the start of the company name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("customer", "file")

    def clean_customer(self) -> Customer:
        words = self.cleaned_data["customer"]
        found = list(find_customers(words)[: NAMED + 1])
        if len(found) == 1:
            return found[0]
        if not found:
            raise forms.ValidationError("No open customer matches this. Enter a number or a name.")
        names = ", ".join(customer_words(customer) for customer in found[:NAMED])
        more = " and others" if len(found) > NAMED else ""
        raise forms.ValidationError(f"Which one do you mean: {names}{more}? Enter the number.")


FIELD_LABELS = {
    "email": "Email address",
    "company": "Company",
    "contact_name": "Full name",
    "first_name": "First name",
    "last_name": "Last name",
    "contact_title": "Title",
    "website": "Website",
    "phone": "Phone",
    "location": "Location",
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
            self.add_error(
                "email", "Choose the column that holds the email address or the website."
            )
        used: dict[str, str] = {}
        for name in FIELDS:
            column = data.get(name)
            if column and column in used:
                label = FIELD_LABELS[used[column]]
                self.add_error(
                    name, f"This column is already used for {label}. Choose another one."
                )
            elif column:
                used[column] = name
        return data

    def columns(self) -> dict[str, int]:
        return {name: int(value) for name, value in self.cleaned_data.items() if value}
