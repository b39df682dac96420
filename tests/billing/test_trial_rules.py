"""Which addresses are one mailbox, and which are a company's."""

from __future__ import annotations

import pytest

from billing.trial_rules import company_domain_of, mailbox_of


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("ann.lee@gmail.com", "a.n.n.l.e.e+trial@googlemail.com", True),
        ("ann@agency.com", "ANN@AGENCY.COM ", True),
        ("ann@agency.com", "ann+x@agency.com", True),
        ("ann.lee@agency.com", "annlee@agency.com", False),
        ("+@agency.com", "@agency.com", False),
    ],
)
def test_disguises_of_one_mailbox(one: str, other: str, *, is_same: bool) -> None:
    assert (mailbox_of(one) == mailbox_of(other)) is is_same


def test_a_mail_providers_domain_is_nobodys_company() -> None:
    assert company_domain_of("ann@gmail.com") == ""
    assert company_domain_of("ann@kunden.web.de") == ""
    assert company_domain_of("ann@mailinator.com") == ""
    assert company_domain_of("ann@mail.agency.co.uk") == "agency.co.uk"
