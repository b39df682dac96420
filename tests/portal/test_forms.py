"""An empty form says of each field what is missing and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.leads.forms import UploadForm
from marketing.forms import ContactForm, SampleForm
from portal.forms.account import InviteForm, TicketForm
from portal.forms.approvals import MessageForm
from portal.forms.leads import LeadForm
from portal.forms.settings import MarketForm, ProfileForm
from portal.forms.signup import SignupForm

if TYPE_CHECKING:
    from django import forms


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        (
            SampleForm,
            {
                "niche": ["Enter your niche."],
                "geography": ["Enter a city, a state or a country."],
            },
        ),
        (
            ContactForm,
            {
                "name": ["Enter your name."],
                "email": ["Enter your email address."],
                "message": ["Enter your question."],
            },
        ),
        (
            TicketForm,
            {
                "subject": ["Enter what your question is about."],
                "body": ["Enter your question."],
            },
        ),
        (InviteForm, {"email": ["Enter your email address."], "role": ["Choose a role."]}),
        (
            MessageForm,
            {"subject": ["Enter a subject."], "body": ["Enter the text of the email."]},
        ),
        (
            LeadForm,
            {
                "company": ["Enter the company's name."],
                "reason": ["Enter why this lead fits."],
            },
        ),
        (
            ProfileForm,
            {"company": ["Enter the name of your company."], "offer": ["Enter what you sell."]},
        ),
        (
            MarketForm,
            {
                "niche": ["Enter the kind of company you are looking for."],
                "geography": ["Enter where to look for leads."],
            },
        ),
        (UploadForm, {"file": ["Choose a CSV or XLSX file."]}),
        (
            SignupForm,
            {
                "company": ["Enter the name of your company."],
                "contact_name": ["Enter your name."],
                "email": ["Enter your email address."],
                "niche": ["Enter the kind of company you want as customers."],
                "terms": ["Accept the terms to continue."],
            },
        ),
    ],
)
def test_an_empty_form_names_what_is_missing(
    form: type[forms.Form], errors: dict[str, list[str]]
) -> None:
    assert form({}).errors == errors
