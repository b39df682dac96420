"""Real mail to a real server on loopback: what arrives, and what each answer does."""

from __future__ import annotations

import socket
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING, Any

import pytest

from agents.mailboxes.errors import TransportUnavailable
from agents.mailboxes.services.transports import get_transport
from agents.mailboxes.transports import sendgrid, smtp
from agents.mailboxes.transports.base import SendOutcome
from agents.mailboxes.transports.outcomes import outcome_of
from agents.models import (
    Breaker,
    DailyQuota,
    DeliveryEvent,
    HourlyQuota,
    Lead,
    Mailbox,
    Message,
    SendAttempt,
    Suppression,
)
from agents.outreach import gate
from agents.outreach.selectors.why_not_sending import explain_service
from agents.outreach.services import breakers
from agents.outreach.services import send as engine
from agents.outreach.services.send import WIRE_SECONDS, send_next, sweep_next, wire
from agents.outreach.services.send.batches import Pace
from agents.outreach.services.send.begin import begin
from agents.outreach.services.send.render import to_mail
from agents.outreach.services.send.threads import get_threads
from agents.reports.selectors.reconcile import verify_ledger
from agents.states import LeadStatus, MessageMode, MessageStatus
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory
from tests.fakes.mail import MailServer
from tests.helpers.live import FROM, later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    with MailServer() as running:
        configure(**smtp_config(running.port))
        yield running
        get_transport(MessageMode.LIVE).close()


def send_all(now: Any = NOON) -> None:
    for _ in range(50):
        if not send_next(now=now):
            return


def test_live_transport_cannot_be_made_in_a_dry_run(
    configure: Callable[..., None],
) -> None:
    assert get_transport(MessageMode.DRY_RUN).name == "DRY_RUN"
    with pytest.raises(TransportUnavailable):
        get_transport(MessageMode.LIVE)
    configure(**smtp_config(25, SMTP_FROM_EMAIL=""))
    with pytest.raises(TransportUnavailable):
        get_transport(MessageMode.LIVE)


def test_a_mail_leaves_once_with_its_headers(
    server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    customer = make_live_customer()
    message = make_live_message(customer)

    with caplog.at_level("INFO", logger="agents.email"):
        send_all()
        send_all(later(minutes=30))

    server.wait_for(1)
    letter, mail = server.letters[0], server.letters[0].mail
    message.refresh_from_db()
    token = message.lead.conversation.token
    assert (letter.sender, letter.recipients) == (FROM, [message.lead.email])
    assert mail["From"] == f"Ada Byron <{FROM}>"
    assert mail["To"] == f"Grace Hopper <{message.lead.email}>"
    assert mail["Reply-To"] == f"ada+{token}@agency.com"
    assert mail["Subject"] == "A quieter front desk"
    assert mail["Message-ID"] == message.message_id
    assert mail["List-Unsubscribe"] == f"<https://app.agency.com/u/{token}/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_content_type() == "text/plain"
    text = mail.get_content().replace("\r\n", "\n")
    assert text.startswith("Hello Grace,\n")
    assert "1 Main Street, Austin, TX 78701" in text
    assert f"https://app.agency.com/u/{token}/" in text
    assert (message.status, message.transport) == (MessageStatus.SENT, "SMTP")
    lead = Lead.objects.get(pk=message.lead_id)
    assert lead.status == LeadStatus.CONTACTED
    assert lead.last_contacted_at is not None
    assert lead.next_action_at is not None
    assert lead.next_action_at - lead.last_contacted_at == timedelta(days=3)
    assert [(a.outcome, a.mode) for a in SendAttempt.objects.all()] == [("success", "SMTP")]
    assert HourlyQuota.objects.get().used == DailyQuota.objects.get().used == 1
    assert (
        f"[EMAIL][SUCCESS][SMTP] lead_id={lead.pk} email={lead.email} subject=A quieter front desk"
    ) in caplog.messages


def test_a_real_mail_remembers_the_day_that_counted_it(server: MailServer) -> None:
    """It is Thursday in Auckland already."""
    customer = make_live_customer(timezone="Pacific/Auckland")
    lead = LeadFactory.create(customer=customer, timezone="America/Chicago", next_action_at=None)
    message = make_live_message(customer, lead=lead)

    send_all()

    message.refresh_from_db()
    assert DailyQuota.objects.get().day == message.counted_on == NOON.date() + timedelta(days=1)
    assert message.status == MessageStatus.SENT


def test_a_follow_up_threads_on_the_mails_before_it(server: MailServer) -> None:
    customer = make_live_customer()
    opener = make_live_message(customer)
    send_all()
    follow_up = make_live_message(
        customer, lead=opener.lead, step=1, subject="Re: A quieter front desk"
    )
    send_all(later(minutes=20))

    server.wait_for(2)
    opener.refresh_from_db()
    second = server.letters[1].mail
    assert second["In-Reply-To"] == opener.message_id
    assert second["References"] == opener.message_id
    assert second["Message-ID"] != opener.message_id
    follow_up.refresh_from_db()
    assert follow_up.status == MessageStatus.SENT


def test_the_last_follow_up_names_what_the_lead_has_in_its_order(server: MailServer) -> None:
    """Neither a dry run of before nor a mail that failed is part of the thread."""
    customer = make_live_customer()
    lead = make_live_message(customer, step=1, message_id="<1@x>").lead
    make_live_message(customer, lead=lead, step=0, message_id="<0@x>")
    rows = Message.objects.filter(lead=lead)
    rows.move(source="queued", target="claimed")
    rows.move(source="claimed", target="sending", sending_at=later(days=-3))
    rows.move(source="sending", target="sent", due_at=None)
    dry = MessageFactory.create(lead=lead, step=1, status="queued", message_id="<dry@x>")
    dry_rows = Message.objects.filter(pk=dry.pk)
    dry_rows.move(source="queued", target="claimed")
    dry_rows.move(source="claimed", target="dry_run", due_at=None)
    third = make_live_message(customer, lead=lead, step=2, subject="Re: A quieter front desk")
    first = rows.get(step=0, mode="live")

    assert get_threads([rows.get(step=1, mode="live")]) == {
        rows.get(step=1, mode="live").pk: (first.message_id,)
    }
    send_all()

    server.wait_for(1)
    assert server.letters[0].mail["In-Reply-To"] == "<1@x>"
    assert server.letters[0].mail["References"].split() == ["<0@x>", "<1@x>"]
    third.refresh_from_db()
    assert third.status == MessageStatus.SENT


def test_a_failed_opener_is_no_part_of_a_thread() -> None:
    customer = make_live_customer()
    opener = make_live_message(customer, message_id="<0@x>")
    rows = Message.objects.filter(pk=opener.pk)
    rows.move(source="queued", target="claimed")
    rows.move(source="claimed", target="sending", sending_at=NOON)
    rows.move(source="sending", target="failed", due_at=None)
    follow_up = make_live_message(customer, lead=opener.lead, step=1)

    assert get_threads([follow_up]) == {follow_up.pk: ()}


def test_mails_share_a_connection_and_none_is_lost_or_doubled(server: MailServer) -> None:
    customers = [make_live_customer() for _ in range(4)]
    messages = [make_live_message(customers[n % 4]) for n in range(32)]

    moment = NOON
    while Message.objects.filter(status=MessageStatus.QUEUED).exists():
        send_all(moment)
        moment += timedelta(seconds=1)
        assert moment < later(minutes=4)

    server.wait_for(32)
    assert server.connections == 1
    assert sorted(letter.recipients[0] for letter in server.letters) == sorted(
        message.lead.email for message in messages
    )
    assert set(Message.objects.values_list("status", flat=True)) == {"sent"}
    assert HourlyQuota.objects.get().used == 32


def test_follow_up_refused_for_good_ends_the_leads_outreach(
    server: MailServer,
) -> None:
    message = make_live_message(make_live_customer(), step=1, subject="Re: A quieter front desk")
    leads = Lead.objects.filter(pk=message.lead_id)
    leads.move(source="new", target="contacted", last_contacted_at=later(days=-3))
    leads.update(next_action_at=later(days=5))
    server.refuse_rcpt = "550 5.3.0 we do not want it"

    send_all()

    assert leads.values_list("status", "next_action_at").get() == ("email_failed", None)


REFUSALS = [
    ("450 4.2.0 greylisted, try again", "canceled", "queued", None, ""),
    ("452 4.3.1 system storage", "canceled", "queued", None, ""),
    ("550 5.1.1 no such user", "failed", None, "hard_bounce", ""),
    ("550 5.1.2 no such system", "failed", None, "hard_bounce", ""),
    ("550 5.3.0 we do not want it", "failed", None, None, ""),
    ("550 5.4.5 Daily user sending quota exceeded", "canceled", "queued", None, ""),
    ("550 5.7.1 blocked for reputation", "canceled", "queued", None, "reputation"),
    ("535 5.7.8 bad credentials", "canceled", "queued", None, "auth"),
]


@pytest.mark.parametrize("pipelining", [False, True])
@pytest.mark.parametrize("stage", ["refuse_mail", "refuse_rcpt", "refuse_data"])
@pytest.mark.parametrize(("reply", "status", "copy", "listed", "breaker"), REFUSALS)
def test_each_refusal_has_its_consequence_at_every_stage(
    server: MailServer,
    stage: str,
    reply: str,
    status: str,
    copy: str | None,
    listed: str | None,
    breaker: str,
    *,
    pipelining: bool,
) -> None:
    server.pipelining = pipelining
    message = make_live_message(make_live_customer())
    setattr(server, stage, reply)

    send_all()

    rows = list(Message.objects.order_by("pk"))
    assert rows[0].status == status
    assert reply[:3] in rows[0].error
    assert [row.status for row in rows[1:]] == ([copy] if copy else [])
    assert list(Suppression.objects.values_list("reason", flat=True)) == (
        [listed] if listed else []
    )
    assert list(Breaker.objects.values_list("code", flat=True)) == ([breaker] if breaker else [])
    lead = Lead.objects.get(pk=message.lead_id)
    expected = {"hard_bounce": "bounced", None: "new" if copy else "email_failed"}[listed]
    assert lead.status == expected
    assert server.letters == []
    if copy:
        # The copy has an identity of its own, and leaves once the server takes it.
        setattr(server, stage, "")
        for opened in Breaker.objects.all():
            breakers.reset_breaker(breaker=opened, by="op@agency.test", now=later(minutes=1))
        send_all(later(minutes=21))
        send_all(later(hours=6, minutes=-20) if "5.4.5" in reply else later(minutes=40))
        if "5.4.5" not in reply:
            server.wait_for(1)
            assert server.letters[0].mail["Message-ID"] != rows[0].message_id
        else:
            assert server.letters == []


def test_answer_that_no_database_can_hold_is_recorded_anyway(server: MailServer) -> None:
    message = make_live_message(make_live_customer())
    server.refuse_data = "550 5.3.0 no\x00thing\x1b[31m here"

    send_all()

    message.refresh_from_db()
    assert (message.status, message.error) == ("failed", "550 5.3.0 no thing [31m here")
    attempt = SendAttempt.objects.get(message_pk=message.pk)
    assert (attempt.outcome, attempt.detail) == ("fail", "550 5.3.0 no thing [31m here")


def test_a_server_that_never_takes_it_fails_the_lead_in_the_end(server: MailServer) -> None:
    message = make_live_message(make_live_customer())
    server.refuse_rcpt = "451 4.3.2 later"

    for hour in range(5):
        send_all(later(hours=hour * 0.8))

    statuses = list(Message.objects.order_by("pk").values_list("status", flat=True))
    assert statuses == ["canceled"] * 4 + ["queued"]

    send_all(later(hours=4.8))
    statuses = list(Message.objects.order_by("pk").values_list("status", flat=True))
    assert statuses == ["canceled"] * 4 + ["failed"]
    assert Lead.objects.get(pk=message.lead_id).status == LeadStatus.EMAIL_FAILED


def test_what_a_server_did_not_take_waits_under_its_own_identity(server: MailServer) -> None:
    message = make_live_message(make_live_customer(), created_at=later(days=-1))
    server.refuse_rcpt = "451 4.3.2 later"

    send_all()

    first, copy = Message.objects.order_by("pk")
    assert (first.pk, first.status, first.sending_at) == (message.pk, "canceled", NOON)
    assert (copy.status, copy.tries, copy.fence, copy.created_at) == (
        "queued",
        1,
        0,
        later(days=-1),
    )
    assert (copy.message_id, copy.transport, copy.error) == ("", "", "")
    assert (copy.sending_at, copy.finished_at) == (None, None)
    assert (copy.held_code, copy.held_reason) == ("try_later", "451 4.3.2 later")


def test_mailbox_at_rest_holds_real_mail_only_and_leaves_it_be(
    server: MailServer,
) -> None:
    live = make_live_message(make_live_customer())
    dry = MessageFactory.create(status=MessageStatus.QUEUED)
    Mailbox.objects.create(pk=FROM, next_send_at=later(seconds=30))

    send_all()
    live.refresh_from_db()
    dry.refresh_from_db()
    assert (live.status, live.held_code, live.fence) == ("queued", "", 0)
    assert dry.status == MessageStatus.DRY_RUN
    send_all(later(seconds=30))
    live.refresh_from_db()
    assert live.status == MessageStatus.SENT


def test_real_mail_that_is_switched_off_behind_the_gate_waits(
    server: MailServer, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_live_message(make_live_customer())

    def begin_and_switch_off(*args: Any, **kwargs: Any) -> list[Message]:
        leaving = begin(*args, **kwargs)
        configure(EMAIL_MODE="DRY_RUN")
        return leaving

    monkeypatch.setattr("agents.outreach.services.send.begin", begin_and_switch_off)
    assert send_next(now=NOON) is True

    rows = list(Message.objects.order_by("pk").values_list("status", "held_code"))
    assert rows == [("canceled", ""), ("queued", "unreachable")]
    assert server.letters == []
    configure(EMAIL_MODE="SMTP")


def test_a_mail_that_cannot_be_made_fails_alone(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = make_live_customer()
    bad, good = make_live_message(customer), make_live_message(customer)
    pace = Pace()
    pace.learn(seconds=0.01, emails=1)
    monkeypatch.setattr(engine, "pace", pace)

    def to_mail_or_not(message: Message, **given: Any) -> Any:
        if message.pk == bad.pk:
            raise ValueError("no such face")
        return to_mail(message, **given)

    monkeypatch.setattr(wire, "to_mail", to_mail_or_not)
    assert send_next(now=NOON) is True

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.error) == (MessageStatus.FAILED, "ValueError('no such face')")
    assert good.status == MessageStatus.SENT
    assert [letter.recipients for letter in server.letters] == [[good.lead.email]]


def test_nobody_listening_loses_nothing_however_long(configure: Callable[..., None]) -> None:
    customer = make_live_customer()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        configure(**smtp_config(closed.getsockname()[1]))
        for _ in range(3):
            make_live_message(customer)
        send_next(now=NOON)
        rests_until = Mailbox.objects.get().next_send_at
        for minutes in range(0, 240, 5):
            send_all(later(minutes=minutes))

    # Each further mail would only use up a slot of the hour.
    assert later(minutes=10) <= rests_until < later(minutes=11)
    assert Message.objects.filter(status="canceled").count() > 20
    assert DailyQuota.objects.get().used == 0
    explained = explain_service(now=later(minutes=240)).problems
    assert "ConnectionRefusedError" in {check.code: check.answer for check in explained}["server"]
    waiting = Message.objects.filter(status="queued")
    assert set(waiting.values_list("held_code", "tries")) == {("unreachable", 0)}
    assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.NEW}
    with MailServer() as server:
        configure(**smtp_config(server.port))
        send_all(later(minutes=270))
        get_transport(MessageMode.LIVE).close()
    assert len(server.letters) == DailyQuota.objects.get().used == 3
    assert [
        proof.promise for proof in verify_ledger(now=later(minutes=271)) if not proof.holds
    ] == []


def test_server_that_hangs_up_on_one_mail_delays_no_other(
    configure: Callable[..., None],
) -> None:
    """Before its text, each time; the fifth time is the last."""

    class Grump(MailServer):
        async def handle_RCPT(  # noqa: N802 # the library's hook
            self, server: Any, session: Any, envelope: Any, address: str, options: Any
        ) -> str:
            if address == "grace@poison.com":
                server.transport.abort()
            return await super().handle_RCPT(server, session, envelope, address, options)

    with Grump() as server:
        configure(**smtp_config(server.port))
        poison = LeadFactory.create(email="grace@poison.com", next_action_at=None)
        customer = make_live_customer()
        Lead.objects.filter(pk=poison.pk).update(customer=customer)
        poison.refresh_from_db()
        make_live_message(customer, lead=poison)
        make_live_message(customer)
        for minutes in range(0, 300, 5):
            send_all(later(minutes=minutes))
        get_transport(MessageMode.LIVE).close()

    poison.refresh_from_db()
    assert poison.status == LeadStatus.EMAIL_FAILED
    assert Message.objects.filter(lead=poison).count() == 5
    assert len(server.letters) == 1


def test_connection_lost_after_the_text_is_unknown_for_good(
    server: MailServer,
) -> None:
    message = make_live_message(make_live_customer())
    Lead.objects.update(next_action_at=later(days=3))
    server.drop_after_data = True

    send_all()
    server.drop_after_data = False
    for hour in range(1, 4):
        send_all(later(hours=hour))
        sweep_next(now=later(hours=hour))

    message.refresh_from_db()
    assert message.status == MessageStatus.UNKNOWN
    # Nothing more is planned for the lead before somebody settles it.
    assert Lead.objects.get().next_action_at is None
    assert len(server.letters) == 1
    assert Message.objects.count() == 1
    assert SendAttempt.objects.get().outcome == "unknown"


def test_a_server_that_hangs_after_the_text_is_unknown(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "DATA_TIMEOUT", 0.2)
    message = make_live_message(make_live_customer())
    server.hang_seconds = 1.0

    send_all()

    message.refresh_from_db()
    assert (message.status, len(server.letters)) == (MessageStatus.UNKNOWN, 1)


def test_what_waited_too_long_before_the_wire_does_not_leave(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for a lock takes the hour's guard as waiting for a server does."""
    message = make_live_message(make_live_customer())

    def begin_late(*args: Any, **kwargs: Any) -> list[Message]:
        leaving = begin(*args, **kwargs)
        sleep(0.3)
        return leaving

    monkeypatch.setattr("agents.outreach.services.send.begin", begin_late)
    monkeypatch.setattr("agents.outreach.services.send.WIRE_SECONDS", 0.2)
    assert send_next(now=NOON) is True

    message.refresh_from_db()
    copy = Message.objects.exclude(pk=message.pk).get()
    assert server.letters == []
    assert (message.status, copy.status) == (MessageStatus.CANCELED, MessageStatus.QUEUED)
    assert (copy.held_code, copy.tries) == ("unreachable", 0)
    monkeypatch.undo()
    send_all(later(minutes=20))
    assert len(server.letters) == 1


def test_the_hours_guard_is_longer_than_a_mail_can_take() -> None:
    """A mail begins within WIRE_SECONDS; then the server may take its time to answer, and
    for the text."""
    for answers in (smtp.TIMEOUT + smtp.DATA_TIMEOUT, sum(sendgrid.TIMEOUT)):
        assert WIRE_SECONDS + answers < gate.limits.HOUR_GUARD.total_seconds()


def test_crash_after_the_claim_is_unknown_and_not_resent(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = make_live_message(make_live_customer())
    Lead.objects.update(next_action_at=later(days=3))

    def crash(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("agents.outreach.services.send.record", crash)
    with pytest.raises(KeyboardInterrupt):
        send_next(now=NOON)
    monkeypatch.undo()
    server.wait_for(1)

    assert sweep_next(now=later(minutes=9)) is False
    assert sweep_next(now=later(minutes=10)) is True
    send_all(later(minutes=11))

    message.refresh_from_db()
    assert (message.status, len(server.letters)) == (MessageStatus.UNKNOWN, 1)
    assert Lead.objects.get().next_action_at is None
    assert [(a.outcome, a.code) for a in SendAttempt.objects.all()] == [("unknown", "crash")]


def test_the_pace_of_the_mailbox_holds_between_mails(
    server: MailServer, configure: Callable[..., None]
) -> None:
    configure(MAX_EMAILS_PER_HOUR=50)
    customer = make_live_customer()
    for _ in range(3):
        make_live_message(customer)

    send_all()
    assert len(server.letters) == 1
    send_all(later(seconds=35))
    assert len(server.letters) == 1
    send_all(later(seconds=78))
    assert len(server.letters) == 2


def test_no_two_mails_to_one_domain_within_the_gap(server: MailServer) -> None:
    customer, other = make_live_customer(), make_live_customer()
    for n, owner in enumerate((customer, other)):
        lead = LeadFactory.create(customer=owner, email=f"p{n}@one.com", next_action_at=None)
        make_live_message(owner, lead=lead)

    send_all()
    send_all(later(seconds=1))
    assert len(server.letters) == 1
    assert Message.objects.get(status="queued").held_code == "domain_gap"
    send_all(later(minutes=2, seconds=6))
    assert len(server.letters) == 2


def test_another_customer_waits_thirty_days_for_the_same_person(server: MailServer) -> None:
    first, second = make_live_customer(), make_live_customer()
    for owner in (first, second):
        make_live_message(
            owner,
            lead=LeadFactory.create(customer=owner, email="grace@one.com", next_action_at=None),
        )

    send_all()
    assert len(server.letters) == 1
    send_all(later(minutes=5))

    held = Message.objects.get(status="queued")
    assert held.held_code == "contact_gap"
    assert held.due_at is not None
    assert held.due_at >= later(days=30)


@pytest.mark.parametrize(("settled_as", "code"), [("", "contact_gap"), ("failed", "")])
def test_a_mail_that_may_have_left_counts_for_the_thirty_days(
    server: MailServer, settled_as: str, code: str
) -> None:
    """Its lead does not say that it was written to, and the person may have the mail."""
    first, second = [
        make_live_message(
            owner,
            lead=LeadFactory.create(customer=owner, email="grace@one.com", next_action_at=None),
            now=due_at,
        )
        for owner, due_at in ((make_live_customer(), NOON), (make_live_customer(), later(hours=1)))
    ]
    server.drop_after_data = True
    send_all()
    server.drop_after_data = False
    rows = Message.objects.filter(pk=first.pk)
    assert rows.get().status == MessageStatus.UNKNOWN
    if settled_as:
        rows.move(source=MessageStatus.UNKNOWN, target=settled_as)

    send_all(later(hours=1))

    second.refresh_from_db()
    assert second.held_code == code
    assert len(server.letters) == (1 if code else 2)
    if code:
        assert second.due_at is not None
        assert second.due_at >= later(days=30)


def test_bounces_above_the_share_stop_the_customer(
    server: MailServer,
) -> None:
    customer = make_live_customer()
    rows = []
    for n in range(50):
        message = make_live_message(customer)
        Message.objects.filter(pk=message.pk).move(source="queued", target="claimed")
        Message.objects.filter(pk=message.pk).move(
            source="claimed", target="sending", message_id=f"<{n}@x>", sending_at=NOON
        )
        Message.objects.filter(pk=message.pk).move(source="sending", target="sent", due_at=None)
        rows.append(message)

    def bounce(message: Message) -> None:
        DeliveryEvent.objects.create(
            source="dsn",
            external_id=str(message.pk),
            kind="bounced",
            message=message,
            email=message.lead.email,
            at=NOON,
            received_at=NOON,
        )

    for message in rows[:2]:
        bounce(message)
    assert breakers.check_rates(customer_id=customer.pk, now=later(hours=1)) == []
    bounce(rows[2])
    assert breakers.check_rates(customer_id=customer.pk, now=later(hours=1)) == ["bounces"]
    assert breakers.check_rates(customer_id=customer.pk, now=later(hours=1)) == []

    waiting = make_live_message(customer)
    send_all(later(hours=1))
    waiting.refresh_from_db()
    assert (waiting.held_code, server.letters) == ("breaker", [])
    assert waiting.held_reason.startswith("3 of 50 emails bounced since 2026-02-25")

    opened = Breaker.objects.get()
    assert breakers.reset_breaker(breaker=opened, by="op@agency.test", now=later(hours=2)) is True
    assert breakers.reset_breaker(breaker=opened, by="op@agency.test", now=later(hours=2)) is False
    # The old numbers are settled: they do not open it again.
    assert breakers.check_rates(customer_id=customer.pk, now=later(hours=3)) == []


def test_no_mail_to_somebody_listed_while_the_row_was_claimed(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = make_live_message(make_live_customer())

    def begin_late(claimed: Any, *, now: Any) -> Any:
        suppress(kind="address", value=message.lead.email, reason="opt_out", now=now)
        return begin(claimed, now=now)

    monkeypatch.setattr("agents.outreach.services.send.begin", begin_late)
    send_all()

    message.refresh_from_db()
    assert (message.status, server.letters) == (MessageStatus.CANCELED, [])


@pytest.mark.parametrize(
    ("code", "text", "outcome"),
    [
        (421, "4.3.2 shutting down", SendOutcome.TRY_LATER),
        (450, "4.2.1 mailbox busy", SendOutcome.TRY_LATER),
        (451, "4.7.32 From domain not aligned", SendOutcome.REPUTATION),
        (550, "5.7.515 access denied, DMARC", SendOutcome.REPUTATION),
        (554, "rejected, your IP is on a blocklist", SendOutcome.REPUTATION),
        (550, "5.4.5 daily sending quota", SendOutcome.QUOTA),
        (552, "5.2.2 mailbox over quota", SendOutcome.REJECTED),
        (535, "authentication failed", SendOutcome.AUTH),
        (550, "5.1.1 unknown", SendOutcome.REJECTED),
        (500, "command unrecognized", SendOutcome.REJECTED),
        (530, "must authenticate first", SendOutcome.AUTH),
        (534, "a stronger mechanism is needed", SendOutcome.AUTH),
        (538, "encryption is needed", SendOutcome.AUTH),
        (550, "5.7.8 who are you", SendOutcome.AUTH),
        (550, "5.7.9 mechanism too weak", SendOutcome.AUTH),
        (550, "5.4.5 no more today", SendOutcome.QUOTA),
        (450, "4.4.5 no more today", SendOutcome.QUOTA),
        (550, "you have reached your daily message limit", SendOutcome.QUOTA),
        (421, "too many messages from you", SendOutcome.QUOTA),
        # Only a final answer in words alone stops the way out.
        (451, "it looks like spam, greylisted", SendOutcome.TRY_LATER),
    ],
)
def test_the_taxonomy_of_answers(code: int, text: str, outcome: SendOutcome) -> None:
    assert outcome_of(code, text) is outcome
