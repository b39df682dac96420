"""An entry on a do-not-contact list: whom it covers."""

from __future__ import annotations

import pytest

from agents.states import LeadStatus
from agents.suppression.selectors import is_suppressed
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import LeadFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("x@mail.clinic.com", True),
        ("x@eu.mail.clinic.com", True),
        ("x@a.eu.mail.clinic.com", True),
        ("x@clinic.com", False),
        ("x@web.clinic.com", False),
        ("x@notmail.clinic.com", False),
    ],
)
def test_a_listed_domain_is_listed_with_all_below_it(email: str, *, expected: bool) -> None:
    """The leads that are there and the ones that come later alike."""
    lead = LeadFactory.create(email=email)

    suppress(kind="domain", value="mail.clinic.com", reason="manual", now=NOON)

    lead.refresh_from_db()
    assert (lead.status == LeadStatus.CLOSED) == expected
    assert is_suppressed(customer=lead.customer, email=email) == expected
