"""Each refusal on real rows: one fact is wrong and nothing leaves; without its check the
mail is on the server. A new code without a row here fails."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import Customer, User
from agents.inbox.services.conversations import hand_back, take_over
from agents.mailboxes.services.transports import get_transport
from agents.models import (
    Breaker,
    Conversation,
    DailyQuota,
    DomainCheck,
    Heartbeat,
    HourlyQuota,
    Lead,
    Mailbox,
    Message,
    Profile,
    Suppression,
    SystemSettings,
)
from agents.outreach import gate
from agents.outreach.services.send import send_next
from agents.outreach.services.send.threads import open_conversation
from agents.states import MessageMode, MessageStatus
from agents.suppression.selectors import suppression_hash
from billing.models import Subscription
from tests.conftest import NOON
from tests.factories import InboundMessageFactory, LeadFactory
from tests.fakes.mail import MailServer
from tests.helpers.gate import BITES, make_facts
from tests.helpers.live import FROM, later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

pytestmark = pytest.mark.django_db
LIMIT = 1_000_000


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    with MailServer() as running:
        configure(**smtp_config(running.port, MAX_EMAILS_PER_HOUR=LIMIT))
        yield running
        get_transport(MessageMode.LIVE).close()


def make_mail(*, step: int = 0, mode: MessageMode = MessageMode.LIVE) -> Message:
    """A queued mail with all in order; its lead has been written to when it follows up."""
    customer = make_live_customer()
    message = make_live_message(
        customer, step=step, subject="Re: A quieter front desk" if step else "A quieter front desk"
    )
    if mode != MessageMode.LIVE:
        Message.objects.filter(pk=message.pk).update(mode=mode)
    open_conversation(lead=message.lead, now=NOON)
    return message


def someone_else(message: Message, **fields: object) -> Lead:
    return LeadFactory.create(customer=make_live_customer(), next_action_at=None, **fields)


def _stopped(message: Message) -> None:
    SystemSettings.objects.update_or_create(pk=1, defaults={"outreach_stopped_at": NOON})


def _autopilot_off_for_all(message: Message) -> None:
    SystemSettings.objects.update_or_create(pk=1, defaults={"is_autopilot_on": False})


def _closed(message: Message) -> None:
    Customer.objects.update(closed_at=NOON, autopilot=False)


def _paused(message: Message) -> None:
    Profile.objects.update(outreach_paused_at=NOON)


def _autopilot_off(message: Message) -> None:
    Customer.objects.update(autopilot=False)


def _fictional(message: Message) -> None:
    email = "grace@clinic.example"
    Lead.objects.filter(pk=message.lead_id).update(
        email=email, email_key=email, domain="clinic.example", is_fictional=True
    )


def _mode(message: Message) -> None:
    """A dry run, in a customer who may send real mail by now."""
    Message.objects.filter(pk=message.pk).update(mode=MessageMode.DRY_RUN)


def _suppressed(message: Message) -> None:
    Suppression.objects.create(
        kind="address",
        value_hash=suppression_hash(message.lead.email),
        reason="opt_out",
        created_at=NOON,
    )


def _replied(message: Message) -> None:
    Lead.objects.filter(pk=message.lead_id).update(replied_at=NOON)


def _lead_state(message: Message) -> None:
    Lead.objects.filter(pk=message.lead_id).move(source="new", target="bounced")


def _company_replied(message: Message) -> None:
    LeadFactory.create(
        customer=message.customer,
        email=f"colleague@{message.lead.domain}",
        replied_at=NOON,
        next_action_at=None,
    )


def _undeliverable(message: Message) -> None:
    Lead.objects.filter(pk=message.lead_id).update(address_check="undeliverable")


def _risky(message: Message) -> None:
    Lead.objects.filter(pk=message.lead_id).update(address_check="risky")


def _conversation(status: str) -> Callable[[Message], None]:
    def change(message: Message) -> None:
        Conversation.objects.filter(lead=message.lead_id).move(source="open", target=status)

    return change


def _no_plan(message: Message) -> None:
    Subscription.objects.update(
        is_complimentary=False,
        trial_started_at=NOON - timedelta(days=8),
        trial_ends_at=NOON - timedelta(days=1),
    )


def _on_trial(message: Message) -> None:
    Subscription.objects.update(is_complimentary=False, trial_ends_at=NOON + timedelta(days=1))


def _unverified(message: Message) -> None:
    User.objects.update(email_verified_at=None)


def _nameless(message: Message) -> None:
    Profile.objects.update(sender_name="")


def _region(message: Message) -> None:
    Lead.objects.filter(pk=message.lead_id).update(country="DE")


def _approval(message: Message) -> None:
    Profile.objects.update(approval_mode="review_all")


def _copy(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(body="Hello {{first_name}},\n")


def _domain(message: Message) -> None:
    DomainCheck.objects.update(spf="fail")


def _breaker(message: Message) -> None:
    Breaker.objects.create(code="auth", scope="all", sentence="Refused.", tripped_at=NOON)


def _unread(message: Message) -> None:
    InboundMessageFactory.create(customer=None)


def _stale(message: Message) -> None:
    Heartbeat.objects.update(beat_at=NOON - timedelta(minutes=31))


def _contact_gap(message: Message) -> None:
    someone_else(message, email=message.lead.email, last_contacted_at=NOON - timedelta(days=3))


def _window(message: Message) -> None:
    Profile.objects.update(window_weekdays=[5, 6])


def _ramp(message: Message) -> None:
    DailyQuota.objects.create(
        customer=message.customer, day=NOON.date(), mode="live", limit=10, used=10
    )


def _cycle(message: Message) -> None:
    DailyQuota.objects.create(
        customer=message.customer,
        day=NOON.date(),
        mode="live",
        limit=100,
        used=10,
        cycle_started_at=NOON,
        cycle_used=10,
    )


def _pace(message: Message) -> None:
    """Another worker's mail left between the claim and the point of no return."""
    Mailbox.objects.create(pk=FROM, next_send_at=NOON + timedelta(seconds=30))


def _domain_gap(message: Message) -> None:
    lead = someone_else(message, email=f"colleague@{message.lead.domain}")
    other = make_live_message(lead.customer, lead=lead)
    rows = Message.objects.filter(pk=other.pk)
    rows.move(source="queued", target="claimed")
    rows.move(
        source="claimed",
        target="sending",
        message_id="<9@x>",
        sending_at=NOON,
        recipient_domain=lead.domain,
    )
    rows.move(source="sending", target="sent", due_at=None)


def _hour(message: Message) -> None:
    HourlyQuota.objects.create(hour=NOON, mode="live", used=LIMIT)


@dataclass(frozen=True)
class Case:
    """`also` are checks that the same fact cannot help to trip."""

    break_it: Callable[[Message], None]
    also: frozenset[str] = field(default_factory=frozenset)
    step: int = 0
    now: datetime = NOON
    # A second guard for the same fact: its module, its name, and what stands in for it.
    guard: tuple[str, str, Callable[..., object]] | None = None


NOT_LIVE = frozenset({"mode_changed"})
CASES = {
    "stopped": Case(_stopped),
    "autopilot_off_for_all": Case(_autopilot_off_for_all),
    # A closed account's autopilot is always off.
    "closed": Case(_closed, frozenset({"autopilot_off"})),
    "paused": Case(_paused),
    "autopilot_off": Case(_autopilot_off),
    "fictional_lead": Case(_fictional, NOT_LIVE),
    "mode_changed": Case(_mode),
    "suppressed": Case(_suppressed),
    "replied": Case(_replied),
    "lead_state": Case(_lead_state),
    "company_replied": Case(_company_replied),
    "undeliverable": Case(_undeliverable),
    "conversation_closed": Case(_conversation("closed")),
    "taken_over": Case(_conversation("human")),
    "risky_address": Case(_risky),
    "no_plan": Case(_no_plan, NOT_LIVE | {"not_entitled"}),
    "not_entitled": Case(_on_trial, NOT_LIVE),
    "owner_unverified": Case(_unverified),
    "no_identity": Case(_nameless),
    "region": Case(_region),
    "needs_approval": Case(_approval),
    "copy": Case(_copy),
    "domain_check": Case(_domain),
    "breaker": Case(_breaker),
    "unread_mail": Case(_unread, step=1),
    "inbox_not_read": Case(_stale, step=1),
    "contact_gap": Case(_contact_gap),
    "window": Case(_window),
    "daily_ramp": Case(_ramp),
    "cycle_cap": Case(_cycle),
    # The claim asks for the pace too, so that a long queue is left in peace.
    "pace": Case(
        _pace, guard=("agents.outreach.services.send.claim", "_unless_paced", lambda due, now: due)
    ),
    "domain_gap": Case(_domain_gap),
    # The counter refuses too: the last slot may go between the question and the taking.
    "hourly_cap": Case(
        _hour,
        guard=(
            "agents.outreach.services.send.begin",
            "reserve_hour",
            lambda wanted, **others: wanted,
        ),
    ),
    "hour_guard": Case(lambda message: None, now=NOON + timedelta(minutes=59, seconds=16)),
}


def without(codes: set[str]) -> tuple[Callable[[gate.SendFacts], object], ...]:
    """The gate's checks but those for `codes`."""
    names = {
        check
        for check in gate.CHECKS
        for code, change, _ in BITES
        if code in codes and _asks(check, code, change)
    }
    assert len(names) == len(codes)
    return tuple(check for check in gate.CHECKS if check not in names)


def _asks(check: Callable[[gate.SendFacts], object], code: str, change: dict[str, object]) -> bool:
    found = check(make_facts(**change))
    return getattr(found, "code", None) == code


def disarm(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    if case.guard is not None:
        module, name, without_it = case.guard
        monkeypatch.setattr(sys.modules[module], name, without_it)


def test_every_code_has_a_case() -> None:
    assert set(CASES) == {code for code, _, _ in BITES}


def test_with_all_in_order_it_leaves(server: MailServer) -> None:
    messages = [make_mail(), make_mail(step=1)]

    for seconds in range(3):
        send_next(now=later(seconds=seconds))

    server.wait_for(2)
    assert {Message.objects.get(pk=m.pk).status for m in messages} == {MessageStatus.SENT}


@pytest.mark.parametrize("code", CASES)
def test_one_wrong_fact_keeps_it_here(
    server: MailServer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[code]
    message = make_mail(step=case.step)
    case.break_it(message)
    if code == "pace":
        disarm(case, monkeypatch)
    monkeypatch.setattr(gate, "CHECKS", without(set(case.also)))

    send_next(now=case.now)

    message.refresh_from_db()
    assert (message.held_code, message.message_id, server.letters) == (code, "", [])


@pytest.mark.parametrize("code", CASES)
def test_without_the_check_it_would_have_left(
    server: MailServer, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = CASES[code]
    message = make_mail(step=case.step)
    case.break_it(message)
    disarm(case, monkeypatch)
    monkeypatch.setattr(gate, "CHECKS", without({code, *case.also}))

    send_next(now=case.now)

    message.refresh_from_db()
    if code == "mode_changed":
        assert (message.status, server.letters) == (MessageStatus.DRY_RUN, [])
        return
    server.wait_for(1)
    assert message.status == MessageStatus.SENT
    assert server.letters[0].mail["Message-ID"] == message.message_id


def test_conversation_a_person_took_waits_until_it_is_returned(
    server: MailServer,
) -> None:
    """Even a step that was planned after the take-over is held."""
    message = make_mail()
    conversation = message.lead.conversation
    assert take_over(conversation=conversation, by="ada@agency.com", now=NOON)
    message.refresh_from_db()
    assert (message.status, message.held_code) == (MessageStatus.CANCELED, "taken_over")
    planned = make_live_message(message.customer, lead=message.lead)

    send_next(now=NOON)
    planned.refresh_from_db()
    assert (planned.status, planned.held_code) == (MessageStatus.QUEUED, "taken_over")
    assert planned.held_reason.startswith("A person is handling the conversation")

    assert hand_back(conversation=conversation, by="ada@agency.com", now=later(minutes=1))
    send_next(now=later(hours=1, minutes=1))
    server.wait_for(1)
    planned.refresh_from_db()
    assert planned.status == MessageStatus.SENT


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"subject": " "}, "The subject is empty. Write one"),
        ({"subject": "Front\r\nBcc: x@evil.com"}, "The subject has a line break"),
        ({"subject": "Re: your front desk"}, 'A first email must not start with "Re:"'),
        ({"body": " \n"}, "The email is empty. Write it"),
        ({"body": "Hello,\n" + "a" * 999 + "\n"}, "A line has more than 998 bytes"),
        ({"body": "Hello,\n" + "\u00e9" * 500 + "\n"}, "A line has more than 998 bytes"),
        (
            {"body": "Hello {first_name},\n"},
            "The email still contains the placeholder {first_name}",
        ),
        ({"subject": "For [Company]"}, "The email still contains the placeholder [Company]"),
    ],
)
def test_a_text_that_must_not_leave_waits_for_a_person(
    server: MailServer, change: dict[str, str], problem: str | None
) -> None:
    message = make_mail()
    Message.objects.filter(pk=message.pk).update(**change)

    send_next(now=NOON)

    message.refresh_from_db()
    assert (message.held_code, len(server.letters)) == (("copy", 0) if problem else ("", 1))
    assert (problem or "") in message.held_reason
