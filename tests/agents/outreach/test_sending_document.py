"""docs/operate/sending.md says what the code does: every code, every number."""

from __future__ import annotations

import re

import pytest

from agents.mailboxes.selectors import INBOX_STALE_AFTER
from agents.outreach import gate, warmup
from agents.outreach.selectors.gather.recipients import DOMAIN_GAP
from agents.outreach.services import breakers, sendgrid_events
from agents.outreach.services.send.begin import GRACE
from agents.outreach.services.send.claim import LEASE
from agents.outreach.services.send.consequences import NO_SUCH_ADDRESS, QUOTA_REST
from agents.outreach.services.send.record import MAX_TRIES, RETRY_AFTER
from agents.states import DeliveryKind
from hossagent.config import BASE_DIR
from tests.helpers.gate import BITES, DRY_RUN, make_facts

TEXT = (BASE_DIR / "docs" / "operate" / "sending.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the section's table, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_gate_is_documented_code_by_code_in_its_order() -> None:
    documented = [
        (code.strip("`"), {word for word in words.split(", ") if word})
        for code, words, _ in rows("The gate")
    ]
    said = []
    for check in gate.CHECKS:
        change = next(change for _, change, _ in BITES if check(make_facts(**change)))
        found = check(make_facts(**change))
        assert found is not None
        words = set()
        if found.is_final:
            words.add("ends")
        if check(make_facts(**change, message__step=0)) is None:
            words.add("follow-ups")
        if found.code != "mode_changed" and check(make_facts(**{**DRY_RUN, **change})) is None:
            words.add("real")
        said.append((found.code, words))

    assert documented == said


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        (
            "Limits",
            (
                f"{warmup.FIRST_DAY} emails on the first day; {warmup.STEP} more after each "
                f"day that was used to {warmup.USED_SHARE * 100:.0f} % and clean; at most "
                f"{warmup.CEILING}; half, at least {warmup.FLOOR},"
            ),
        ),
        (
            "Limits",
            f"no email begins in its last {gate.limits.HOUR_GUARD.seconds} seconds",
        ),
        (
            "Limits",
            f"{DOMAIN_GAP.seconds // 60} minutes between two emails, of all customers",
        ),
        (
            "Limits",
            f"{gate.CONTACT_GAP.days} days between two customers of the service",
        ),
        ("The gate", f"has not been read for {INBOX_STALE_AFTER.seconds // 60} minutes"),
        (
            "What the provider tells us",
            f"older than {sendgrid_events.TOLERANCE.seconds // 60} minutes",
        ),
        (
            "When the mail server refuses",
            "after "
            + ", ".join(str(RETRY_AFTER.seconds // 60 * n) for n in range(1, MAX_TRIES - 1))
            + f" and {RETRY_AFTER.seconds // 60 * (MAX_TRIES - 1)} minutes",
        ),
        (
            "When the mail server refuses",
            f"the mailbox rests for {QUOTA_REST.seconds // 3600} hours",
        ),
        ("When the mail server refuses", f"| {', '.join(NO_SUCH_ADDRESS)} | failed |"),
        (
            "Messages whose outcome is unknown",
            f"is released after {LEASE.seconds // 60} minutes",
        ),
        (
            "Messages whose outcome is unknown",
            f"SENDING for more than {GRACE.seconds // 60} minutes",
        ),
    ],
)
def test_every_number_is_the_one_of_the_code(title: str, sentence: str) -> None:
    assert sentence in section(title).replace("\n", " ")


def test_the_breakers_and_their_numbers() -> None:
    rates = [
        f"{rate.share * 100:g} % of at least {rate.floor} emails of a customer"
        for rate in breakers.RATES
    ]
    table = rows("Circuit breakers")

    assert [code for code, _ in table] == [
        *(f"`{rate.code}`" for rate in breakers.RATES),
        ", ".join(f"`{code}`" for code in breakers.ABOUT_US),
    ]
    for rate, (_, words), said in zip(breakers.RATES, table, rates, strict=False):
        assert words.startswith(said)
        assert f"or of at least {rate.floor * breakers.ALL_FLOOR} of all customers" in words
    assert f"within {breakers.WINDOW.days} days" in table[0][1]


def test_every_kind_of_event_is_explained() -> None:
    table = " ".join(event for title in ["What the provider tells us"] for event, *_ in rows(title))
    words = {
        DeliveryKind.COMPLAINED: "spam report",
        DeliveryKind.BOUNCED: "bounce",
        DeliveryKind.SOFT_BOUNCED: "soft bounce",
        DeliveryKind.UNSUBSCRIBED: "unsubscribe",
    }

    for kind in DeliveryKind:
        assert re.search(rf"\b{words.get(kind, kind.value.replace('_', ' '))}\b", table), kind
