"""Whose mailboxes a domain has: a company's own, or anybody's."""

from __future__ import annotations

import pytest

from hossagent.lib.mail_domains import FREE_MAIL_DOMAINS, is_free_mail, mail_domain


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("gmail.com", True),
        ("GMail.com", True),
        ("hotmail.co.uk", True),
        # Providers sell names below their own as well.
        ("kunden.web.de", True),
        ("acme.com", False),
        ("notgmail.com", False),
        ("gmail.com.acme.com", False),
        ("co.uk", False),
        ("", False),
    ],
)
def test_a_provider_s_domain_is_told_from_a_company_s(domain: str, *, expected: bool) -> None:
    assert is_free_mail(domain) is expected


def test_no_provider_is_listed_by_a_name_that_is_not_compared() -> None:
    assert [name for name in sorted(FREE_MAIL_DOMAINS) if name != name.strip().lower()] == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [("Ada@Mail.Acme.COM ", "mail.acme.com"), ("ada@gmail.com", "gmail.com"), ("", "")],
)
def test_the_domain_of_an_address_is_its_mailbox_s(address: str, expected: str) -> None:
    assert mail_domain(address) == expected
