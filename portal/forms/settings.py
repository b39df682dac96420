"""The settings pages' forms, one per page."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms

from agents.states import ApprovalMode

WEEKDAYS = (
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
)
AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Pacific/")


def timezone_choices(current: str = "") -> list[tuple[str, str]]:
    """Every zone by area and city, and the customer's own should it be another one."""
    names = {name for name in available_timezones() if name.startswith(AREAS)} | {"UTC"}
    if current:
        names.add(current)
    return [(name, name.replace("_", " ")) for name in sorted(names)]


class ProfileForm(forms.Form):
    company = forms.CharField(
        max_length=200,
        label="Company name",
        error_messages={"required": "Enter the name of your company."},
    )
    offer = forms.CharField(
        max_length=2_000,
        label="What you sell",
        error_messages={"required": "Enter what you sell."},
        help_text=(
            "One or two sentences, as you would say it to a stranger. Every email is based on this."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    ideal_customer = forms.CharField(
        max_length=2_000,
        required=False,
        label="Your ideal customer",
        help_text="Size, role, situation: who do you help best?",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    tone = forms.CharField(
        max_length=60,
        required=False,
        label="Tone",
        help_text="A few words, for example: friendly and brief.",
    )


class MarketForm(forms.Form):
    niche = forms.CharField(
        max_length=200,
        label="Niche",
        error_messages={"required": "Enter the kind of company you are looking for."},
        help_text="One kind of company, for example: dental clinics.",
    )
    geography = forms.CharField(
        max_length=200,
        label="Geography",
        error_messages={"required": "Enter where to look for leads."},
        help_text="A city, a state or a country, for example: Austin, Texas.",
    )


class SendingForm(forms.Form):
    sender_name = forms.CharField(
        max_length=120,
        label="Sender's name",
        help_text="The person who signs each email.",
        error_messages={"required": "Enter the name that signs your emails."},
    )
    postal_address = forms.CharField(
        max_length=500,
        label="Postal address",
        error_messages={"required": "Enter your postal address."},
        help_text=(
            "The law requires it in every cold email. A street address or a registered mailbox."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    timezone = forms.ChoiceField(
        label="Time zone",
        help_text="Used when we do not know the recipient's own time zone.",
    )
    window_start = forms.TimeField(
        label="Send from",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    window_end = forms.TimeField(
        label="Send until",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    window_weekdays = forms.TypedMultipleChoiceField(
        label="On these days",
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one day."},
    )

    def __init__(self, *args: Any, zone: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["timezone"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = timezone_choices(zone)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, end = data.get("window_start"), data.get("window_end")
        if start and end and start >= end:
            self.add_error("window_end", "The end time must be later than the start time.")
        return data


class ApprovalForm(forms.Form):
    mode = forms.TypedChoiceField(
        label="Which emails need your approval?",
        choices=(
            (ApprovalMode.REVIEW_ALL.value, "All of them: nothing is sent without your approval"),
            (
                ApprovalMode.REVIEW_FIRST.value,
                "The first 10, then your HossAgent sends on its own",
            ),
            (ApprovalMode.AUTOPILOT.value, "None: your HossAgent sends on its own"),
        ),
        coerce=ApprovalMode,
        widget=forms.RadioSelect,
    )


class CloseAccountForm(forms.Form):
    company = forms.CharField(
        max_length=200,
        label="Type your company's name to confirm",
        error_messages={"required": "Enter the company name as shown above."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def clean_company(self) -> str:
        typed: str = self.cleaned_data["company"]
        if typed.strip().casefold() != self.expected.strip().casefold():
            raise forms.ValidationError(f"Type {self.expected} to close the account.")
        return typed
