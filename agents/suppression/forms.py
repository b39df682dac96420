"""The form for pasting or uploading a do-not-contact list."""

from __future__ import annotations

from typing import Any

from django import forms

from agents.suppression.services.do_not_contact import MAX_ENTRIES, ParsedList, parse_list

MAX_BYTES = 5_000_000


def _text_of(data: bytes) -> str | None:
    """The text of a file: UTF-16 by its mark, else UTF-8, else what Excel writes. None when it
    is not a text file."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class DoNotContactForm(forms.Form):
    """`parsed` holds the entries after validation; what was pasted is kept on any error."""

    entries = forms.CharField(
        label="Addresses and domains",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="One per line, or separated by commas. A domain such as acme.com covers "
        "everyone there.",
    )
    file = forms.FileField(label="Or a text or CSV file", required=False, help_text="Up to 5 MB.")

    parsed: ParsedList

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 5 MB. Split it into parts.")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        text = cleaned.get("entries") or ""
        if cleaned.get("file"):
            text_of_file = _text_of(cleaned["file"].read())
            if text_of_file is None:
                self.add_error("file", "This is not a text file. Save it as CSV and try again.")
                return cleaned
            text = f"{text}\n{text_of_file}"
        self.parsed = parse_list(text)
        if not self.errors and not self.parsed.entries:
            self.add_error(
                "entries",
                "There is no address or domain here. Enter one per line, such as "
                "ada@acme.com or acme.com.",
            )
        elif len(self.parsed.entries) > MAX_ENTRIES:
            self.add_error(
                "entries", f"More than {MAX_ENTRIES:,} entries. Import them in several parts."
            )
        return cleaned
