"""What an address says about itself, without a network."""

from __future__ import annotations

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.leads.addresses import Address, DomainAnswer, Flag, assess, read_address
from agents.states import AddressCheck


@pytest.mark.parametrize(
    ("text", "email"),
    [
        (" Ada.Byron@Clinic.com ", "Ada.Byron@clinic.com"),
        ("grace+news@clinic.co.uk", "grace+news@clinic.co.uk"),
        ("ada@müller-praxis.de", "ada@müller-praxis.de"),
        ("ada@clinic.example", "ada@clinic.example"),
        ("ada@clinic.test", "ada@clinic.test"),
    ],
)
def test_a_valid_address_keeps_its_spelling(text: str, email: str) -> None:
    assert read_address(text).email == email


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "ada@",
        "@clinic.com",
        "ada@clinic",
        "ada@@clinic.com",
        "ada byron@clinic.com",
        "ada@clinic.com, grace@clinic.com",
        "ada@-clinic.com",
        "ada@[127.0.0.1]",
        "ada@localhost",
        "ada\r\nBcc: x@y.com@clinic.com",
        "a@b@clinic.example",
        "ädä@clinic.com",
        "n/a",
    ],
)
def test_an_invalid_address_says_what_is_wrong(text: str) -> None:
    address = read_address(text)

    assert not address.is_valid
    assert address.problem


def by_the_library(text: str) -> str:
    try:
        checked = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError:
        return ""
    return checked.normalized


_LABELS = st.text(alphabet="abzABZ019-_", min_size=1, max_size=8) | st.sampled_from(
    ["a" * 63, "a" * 64, "xn--mller-kva", "local", "arpa", "com"]
)
_LOCALS = st.text(alphabet="abZ09._+-'\" @\\", min_size=1, max_size=12) | st.sampled_from(
    ["a" * 64, "a" * 65]
)


@given(local=_LOCALS, labels=st.lists(_LABELS, min_size=1, max_size=5))
@example(local="INFO", labels=["clinic", "com"])
@example(local="Postmaster", labels=["Clinic", "com"])
@example(local="ada", labels=["clinic", "local"])
@example(local="ada", labels=["a" * 63, "a" * 63, "a" * 63, "a" * 60, "com"])
@example(local="a" * 65, labels=["clinic", "com"])
@example(local="ada", labels=["clinic", "c"])
@example(local="ada", labels=["clinic", "c0m"])
@example(local="ada", labels=["clinic", "comé"])
@settings(max_examples=400, deadline=None)
def test_ordinary_addresses_are_judged_as_by_the_library(local: str, labels: list[str]) -> None:
    text = f"{local}@{'.'.join(labels)}".strip()

    assert read_address(text).email == by_the_library(text)


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("ada@clinic.com", ()),
        ("info@clinic.com", (Flag.ROLE,)),
        ("Sales+web@clinic.com", (Flag.ROLE,)),
        ("noreply@clinic.com", (Flag.SYSTEM,)),
        ("ada@gmail.com", (Flag.FREE_MAIL,)),
        ("info@web.de", (Flag.ROLE, Flag.FREE_MAIL)),
        ("NoReply@Clinic.example", (Flag.SYSTEM,)),
        ("OFFICE@Müller-Praxis.de", (Flag.ROLE,)),
        ("ada@GMAIL.com", (Flag.FREE_MAIL,)),
        ("ada@mailinator.com", (Flag.DISPOSABLE,)),
        ("ada@inbox.mailinator.com", (Flag.DISPOSABLE,)),
    ],
)
def test_the_kind_of_mailbox_is_named(text: str, flags: tuple[Flag, ...]) -> None:
    assert read_address(text).flags == flags


@pytest.mark.parametrize(
    ("flags", "answer", "check", "added"),
    [
        ((), DomainAnswer.UNKNOWN, AddressCheck.UNVERIFIED, ()),
        ((), DomainAnswer.ACCEPTS, AddressCheck.DELIVERABLE, ()),
        ((), DomainAnswer.NO_SUCH_DOMAIN, AddressCheck.UNDELIVERABLE, (Flag.NO_SUCH_DOMAIN,)),
        ((), DomainAnswer.REFUSES_MAIL, AddressCheck.UNDELIVERABLE, (Flag.REFUSES_MAIL,)),
        ((Flag.ROLE,), DomainAnswer.ACCEPTS, AddressCheck.DELIVERABLE, ()),
        ((Flag.FREE_MAIL,), DomainAnswer.UNKNOWN, AddressCheck.UNVERIFIED, ()),
        ((Flag.SYSTEM,), DomainAnswer.ACCEPTS, AddressCheck.RISKY, ()),
        ((Flag.DISPOSABLE,), DomainAnswer.UNKNOWN, AddressCheck.RISKY, ()),
        (
            (Flag.DISPOSABLE,),
            DomainAnswer.NO_SUCH_DOMAIN,
            AddressCheck.UNDELIVERABLE,
            (Flag.NO_SUCH_DOMAIN,),
        ),
    ],
)
def test_the_check_takes_the_worst(
    flags: tuple[Flag, ...], answer: DomainAnswer, check: AddressCheck, added: tuple[Flag, ...]
) -> None:
    address = Address("ada@clinic.com", flags=flags)

    assert assess(address, answer) == (check, (*flags, *added))
    if answer is DomainAnswer.UNKNOWN:
        assert address.check is check


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" ", "There is no email address."),
        ("ada", "'ada' is not an email address: "),
        (f"{'x' * 500}@", f"{'x' * 80!r} is not an email address: "),
    ],
)
def test_the_problem_is_a_sentence_about_what_was_given(text: str, sentence: str) -> None:
    assert read_address(text).problem.startswith(sentence)
