"""Domain check, "why is nothing sending?", and the proof of the ledger."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from agents.mailboxes.services.domain_check import NoAnswer, check_domain, check_next
from agents.models import (
    Breaker,
    DailyQuota,
    DomainCheck,
    Heartbeat,
    HourlyQuota,
    Lead,
    Message,
    SendAttempt,
    Suppression,
    SystemSettings,
)
from agents.outreach.selectors.why_not_sending import explain_customer, explain_service
from agents.outreach.services.send import send_next
from agents.reports.selectors.reconcile import verify_ledger
from agents.states import MessageStatus
from agents.suppression.selectors import suppression_hash
from billing.models import Subscription
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory
from tests.helpers.live import FROM, later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

GOOD = {
    "agency.com": ["google-site-verification=x", "v=spf1 include:_spf.host.com ~all"],
    "google._domainkey.agency.com": ["v=DKIM1; k=rsa; p=MIGf"],
    "_dmarc.agency.com": ["v=DMARC1; p=none; rua=mailto:x@agency.com"],
}


class Zone:
    """DNS as a dictionary; a name in `silent` gets no answer."""

    def __init__(self, records: dict[str, list[str]], silent: tuple[str, ...] = ()) -> None:
        self.records, self.silent = records, silent

    def texts(self, name: str) -> list[str]:
        if name in self.silent or "*" in self.silent:
            raise NoAnswer("timed out")
        return self.records.get(name, [])


def check(zone: Zone, **after: float) -> tuple[str, str, str]:
    found = check_domain(domain="agency.com", now=NOON + timedelta(**after), resolver=zone)
    return found.spf, found.dkim, found.dmarc


@pytest.mark.parametrize(
    ("name", "records", "expected"),
    [
        ("agency.com", GOOD["agency.com"], ("pass", "pass", "pass")),
        ("agency.com", [], ("fail", "pass", "pass")),
        ("agency.com", ["v=spf1 ~all", "v=spf1 mx ~all"], ("fail", "pass", "pass")),
        ("agency.com", ["v=spf1 +all"], ("fail", "pass", "pass")),
        ("google._domainkey.agency.com", [], ("pass", "unknown", "pass")),
        ("google._domainkey.agency.com", ["v=DKIM1; p="], ("pass", "unknown", "pass")),
        ("_dmarc.agency.com", [], ("pass", "pass", "fail")),
        ("_dmarc.agency.com", ["v=DMARC1; rua=mailto:x@y.z"], ("pass", "pass", "fail")),
        ("_dmarc.agency.com", ["v=DMARC1; p=reject"], ("pass", "pass", "pass")),
    ],
)
def test_the_records_decide(name: str, records: list[str], expected: tuple[str, str, str]) -> None:
    assert check(Zone({**GOOD, name: records})) == expected
    detail = DomainCheck.objects.get().details
    for record, result in zip(("spf", "dkim", "dmarc"), expected, strict=True):
        assert bool(detail[record]["sentence"]) == (result != "pass")


def test_silence_is_not_a_failure_and_does_not_forget() -> None:
    assert check(Zone({}, silent=("*",))) == ("unknown", "unknown", "unknown")
    assert check(Zone(GOOD)) == ("pass", "pass", "pass")
    assert check(Zone({}, silent=("*",)), hours=71) == ("pass", "pass", "pass")
    assert check(Zone({}, silent=("_dmarc.agency.com",)), hours=72) == ("fail", "unknown", "pass")


def test_sendgrid_needs_its_include_and_its_keys(configure: Callable[..., None]) -> None:
    configure(EMAIL_MODE="SENDGRID")

    assert check(Zone(GOOD)) == ("fail", "fail", "pass")
    zone = {
        **GOOD,
        "agency.com": ["v=spf1 include:sendgrid.net ~all"],
        "s1._domainkey.agency.com": ["k=rsa; t=s; p=MIGf"],
    }
    assert check(Zone(zone)) == ("pass", "pass", "pass")


def test_the_domain_is_checked_by_itself_when_it_is_due(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.mailboxes.services.domain_check.DnsResolver", lambda: Zone(GOOD))

    assert check_next(now=NOON) is False
    configure(**smtp_config(25))
    assert check_next(now=NOON) is True
    assert check_next(now=later(hours=23)) is False
    assert check_next(now=later(hours=24)) is True


# --- Why is nothing sending? ----------------------------------------------------------


def load(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


def problems(customer: Customer | None = None) -> list[str]:
    found = (
        explain_service(now=NOON)
        if customer is None
        else explain_customer(customer=load(customer), now=NOON)
    )
    assert all(check.fix for check in found.problems if check.code != "mode")
    return [check.code for check in found.problems]


@pytest.fixture
def live(configure: Callable[..., None]) -> Customer:
    configure(**smtp_config(25, MAX_EMAILS_PER_HOUR=50))
    Heartbeat.objects.create(pk="agents.send_due", beat_at=NOON)
    customer = make_live_customer()
    make_live_message(customer)
    return customer


def test_all_in_order_has_no_problem_and_a_next_time(live: Customer) -> None:
    assert problems(live) == problems() == []
    assert explain_customer(customer=load(live), now=NOON).next_send_at == NOON
    assert explain_service(now=NOON).next_send_at == NOON


def _stop(customer: Customer) -> None:
    SystemSettings.objects.update(outreach_stopped_at=NOON)


def _autopilot(customer: Customer) -> None:
    SystemSettings.objects.update(is_autopilot_on=False)


def _pause(customer: Customer) -> None:
    type(customer.profile).objects.update(outreach_paused_at=NOON)


def _autopilot_of_one(customer: Customer) -> None:
    Customer.objects.update(autopilot=False)


def _close(customer: Customer) -> None:
    Customer.objects.update(closed_at=NOON, autopilot=False)


def _dead_loop(customer: Customer) -> None:
    Heartbeat.objects.filter(pk="agents.send_due").update(beat_at=NOON - timedelta(minutes=6))


def _inbox(customer: Customer) -> None:
    Heartbeat.objects.exclude(pk="agents.send_due").update(beat_at=NOON - timedelta(hours=1))


def _domain(customer: Customer) -> None:
    DomainCheck.objects.update(spf="fail")


def _unreachable(customer: Customer) -> None:
    """After an attempt that reached it, and before one that did not ask."""
    for minutes, outcome, code in (
        (58, "success", ""),
        (59, "fail", "unreachable"),
        (60, "refused", "pace"),
    ):
        SendAttempt.objects.create(
            at=later(minutes=minutes - 60),
            customer_id=customer.pk,
            message_pk=1,
            lead_id=1,
            email="grace@one.com",
            subject="A question",
            mode="SMTP",
            outcome=outcome,
            code=code,
            detail="Connection refused",
        )


def _breaker(customer: Customer) -> None:
    Breaker.objects.create(code="auth", scope="all", sentence="Refused.", tripped_at=NOON)


def _hour(customer: Customer) -> None:
    HourlyQuota.objects.create(hour=NOON, mode="live", used=50)


def _empty(customer: Customer) -> None:
    Message.objects.all().delete()
    Lead.objects.update(next_action_at=None)


@pytest.mark.parametrize(
    ("break_it", "for_customer", "for_all"),
    [
        (_stop, ["stopped", "gate"], ["stopped"]),
        (_autopilot, ["autopilot_off_for_all", "gate"], ["autopilot_off_for_all"]),
        (_pause, ["paused", "gate"], []),
        (_autopilot_of_one, ["autopilot_off", "gate"], []),
        (_close, ["closed", "autopilot_off", "gate"], []),
        (_dead_loop, ["loop"], ["loop"]),
        (_inbox, ["inbox"], ["inbox"]),
        (_domain, ["domain_check", "gate"], ["domain_check"]),
        (_breaker, ["breaker", "gate"], ["breaker"]),
        (_hour, ["hourly_cap", "gate"], ["hourly_cap"]),
        (_empty, ["work"], ["queue"]),
    ],
)
def test_each_cause_is_named(
    live: Customer, break_it: Any, for_customer: list[str], for_all: list[str]
) -> None:
    break_it(live)

    assert problems(live) == for_customer
    assert problems() == for_all


@pytest.mark.parametrize(
    ("turn_off", "code"),
    [
        (_stop, "stopped"),
        (_autopilot, "autopilot_off_for_all"),
        (_pause, "paused"),
        (_autopilot_of_one, "autopilot_off"),
    ],
)
def test_switch_is_explained_as_the_gate_holds_and_names_no_time(
    live: Customer, turn_off: Any, code: str
) -> None:
    turn_off(live)
    explained = explain_customer(customer=load(live), now=NOON)

    send_next(now=NOON)

    held = Message.objects.get()
    assert [check.code for check in explained.problems] == [code, "gate"]
    assert [(check.answer, check.fix) for check in explained.problems[1:]] == [
        (held.held_code, held.held_reason)
    ]
    assert (explained.next_send_at, explained.next_hold) == (None, held.held_reason)
    out = StringIO()
    call_command("why_not_sending", "--customer", str(live.pk), stdout=out)
    assert out.getvalue().endswith(f"Next send: {held.held_reason}\n")


def test_no_time_is_named_while_the_operator_holds_all_mail(live: Customer) -> None:
    _autopilot(live)

    explained = explain_service(now=NOON)

    assert (explained.next_send_at, explained.next_hold) == (
        None,
        "Turn the autopilot on in the console.",
    )


def _ramp(customer: Customer) -> None:
    DailyQuota.objects.create(customer=customer, day=NOON.date(), mode="live", limit=10, used=10)


def _awaiting(customer: Customer) -> None:
    MessageFactory.create(
        lead=LeadFactory.create(customer=customer), mode="live", status="awaiting_approval"
    )


def _unpaid(customer: Customer) -> None:
    Subscription.objects.update(is_complimentary=False, trial_ends_at=later(days=1))


def _ended(customer: Customer) -> None:
    Subscription.objects.update(
        is_complimentary=False, trial_started_at=later(days=-8), trial_ends_at=later(days=-1)
    )


@pytest.mark.parametrize(
    ("break_it", "code", "number", "fix"),
    [
        (
            _stop,
            "stopped",
            "stopped 2026-03-04 17:00 UTC",
            "Resume outreach in the console.",
        ),
        (
            _autopilot,
            "autopilot_off_for_all",
            "off",
            "Turn the autopilot on in the console.",
        ),
        (_pause, "paused", "paused", "Resume this customer's outreach in the console."),
        (_autopilot_of_one, "autopilot_off", "off", "Turn Autopilot on in Settings."),
        (_close, "closed", "closed", "Nothing more is sent for a closed account."),
        (_ended, "plan", "trial expired", "Subscribe on the billing page."),
        (_unpaid, "mode", "dry run", "Real email needs a paid subscription."),
        (
            _dead_loop,
            "loop",
            "last seen 16:54:00 UTC",
            "Start the workers: manage.py up, or celery in production.",
        ),
        (
            _inbox,
            "inbox",
            "last read 2026-03-04 16:00 UTC",
            "Check the IMAP settings and the workers. Follow-ups wait until the inbox is read.",
        ),
        (
            _domain,
            "domain_check",
            "SPF of agency.com fails",
            "Publish the records that manage.py check_domain shows for agency.com.",
        ),
        (
            _unreachable,
            "server",
            "no answer at 2026-03-04 16:59 UTC: Connection refused",
            (
                "Check the network and the server's settings. HossAgent tries again every ten "
                "minutes. No lead is lost."
            ),
        ),
        (_breaker, "breaker", "1 open", "Refused. Reset it in the console."),
        (_ramp, "daily_ramp", "10 of 10", "The limit grows by itself after clean days."),
        (
            _hour,
            "hourly_cap",
            "50 of 50 (dry run 0)",
            "Wait until 18:00 UTC, or raise MAX_EMAILS_PER_HOUR.",
        ),
        (
            _awaiting,
            "approvals",
            "1 waiting",
            "Approve, edit or skip them on the approvals page.",
        ),
        (
            _empty,
            "work",
            "0 messages queued, 0 leads to plan",
            "Add leads, or widen the niche and the geography.",
        ),
        (
            _ramp,
            "gate",
            "daily_ramp",
            (
                "Today's limit of 10 emails is used up. The limit grows after good days. "
                "Next check: 2026-03-05 05:00 UTC."
            ),
        ),
    ],
)
def test_each_cause_shows_its_number_and_its_fix(
    live: Customer, break_it: Any, code: str, number: str, fix: str
) -> None:
    break_it(live)

    checks = explain_customer(customer=load(live), now=NOON).checks

    assert [(c.is_ok, c.answer, c.fix) for c in checks if c.code == code] == [(False, number, fix)]


def test_another_customer_s_breaker_is_not_this_one_s(live: Customer) -> None:
    other = CustomerFactory.create()
    Breaker.objects.create(
        code="bounces", scope=f"customer:{other.pk}", sentence="Bounced.", tripped_at=NOON
    )

    assert problems(live) == []
    assert problems() == ["breaker"]


def test_what_is_in_order_shows_its_number_too(live: Customer) -> None:
    checks = explain_customer(customer=load(live), now=NOON).checks

    assert {check.code: check.answer for check in checks} == {
        "stopped": "on",
        "autopilot_off_for_all": "on",
        "closed": "open",
        "paused": "running",
        "autopilot_off": "on",
        "plan": "complimentary",
        "mode": "live",
        "daily_ramp": "0 of 10",
        "hourly_cap": "0 of 50 (dry run 0)",
        "approvals": "0 waiting",
        "work": "1 message queued, 0 leads to plan",
        "loop": "last seen 17:00:00 UTC",
        "domain_check": "SPF and DMARC of agency.com pass",
        "inbox": "last read 2026-03-04 17:00 UTC",
        "server": "not tried yet",
        "breaker": "0 open",
        "gate": "yes",
    }
    assert {check.fix for check in checks} == {""}


def test_the_command_says_the_same_and_when(live: Customer) -> None:
    _hour(live)
    out = StringIO()

    call_command("why_not_sending", "--customer", str(live.pk), stdout=out)
    call_command("why_not_sending", stdout=out)

    assert "STOP  Is a worker sending?" in out.getvalue()
    with pytest.raises(CommandError, match="no customer 0"):
        call_command("why_not_sending", "--customer", "0")


def test_the_cost_does_not_grow_with_the_rows(live: Customer) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            explain_customer(customer=load(live), now=NOON)
        counts.append(len(queries))
        for _ in range(5):
            make_live_message(live)

    assert counts[0] == counts[1]


# --- The ledger -----------------------------------------------------------------------


def broken() -> list[str]:
    return [proof.promise for proof in verify_ledger(now=later(hours=1)) if not proof.holds]


def make_left(number: int, **lead: Any) -> Message:
    message = make_live_message(
        make_live_customer(), lead=LeadFactory.create(next_action_at=None, **lead)
    )
    rows = Message.objects.filter(pk=message.pk)
    rows.move(source="queued", target="claimed")
    rows.move(source="claimed", target="sending", message_id=f"<{number}@x>", sending_at=NOON)
    DailyQuota.objects.create(
        customer=message.customer, day=NOON.date(), mode="live", limit=1, used=1
    )
    return message


def make_sent(number: int, **lead: Any) -> Message:
    message = make_left(number, **lead)
    rows = Message.objects.filter(pk=message.pk)
    rows.move(source="sending", target="sent", due_at=None)
    Lead.objects.filter(pk=message.lead_id).update(last_contacted_at=NOON)
    return message


def test_the_ledger_of_an_honest_run_holds() -> None:
    customer = CustomerFactory.create()
    for _ in range(4):
        MessageFactory.create(
            lead=LeadFactory.create(customer=customer), status=MessageStatus.QUEUED
        )
    while send_next(now=NOON):
        pass

    assert broken() == []
    out = StringIO()
    call_command("ledger_proof", stdout=out)
    assert "All 11 promises hold." in out.getvalue()


def test_every_lie_is_found() -> None:
    honest = make_sent(1)
    HourlyQuota.objects.create(hour=NOON, mode="live", used=1)
    assert broken() == []

    Suppression.objects.create(
        kind="address",
        value_hash=suppression_hash(honest.lead.email),
        reason="opt_out",
        created_at=NOON - timedelta(seconds=1),
    )
    assert broken() == [
        "Sending never began after the address or domain was on the do-not-contact list"
    ]
    Suppression.objects.all().delete()

    Lead.objects.filter(pk=honest.lead_id).update(replied_at=NOON - timedelta(seconds=1))
    assert broken() == ["Sending never began after the lead had replied"]
    Lead.objects.update(replied_at=None)

    HourlyQuota.objects.update(used=2)
    assert broken() == ["Every hour's counter equals the emails of that hour"]
    HourlyQuota.objects.update(used=1)

    Lead.objects.update(last_contacted_at=None)
    assert broken() == ["Every sent email is recorded on its lead as a contact"]
    Lead.objects.update(last_contacted_at=NOON)

    make_sent(2, email=honest.lead.email)
    assert broken() == [
        "Every hour's counter equals the emails of that hour",
        "No person got email from two customers within 30 days",
    ]
    with pytest.raises(CommandError, match="2 of 11 promises"):
        call_command("ledger_proof", stdout=StringIO())


IDENTITY = "Every email that may have been sent has its own Message-ID"
HOURS = "Every hour's counter equals the emails of that hour"
DAYS = "Every customer's daily counter equals the emails of that day, within its limit"


@pytest.fixture
def honest() -> Message:
    message = make_sent(1)
    HourlyQuota.objects.create(hour=NOON, mode="live", used=1)
    assert broken() == []
    return message


def drop_index(name: str) -> None:
    """Take a promise's own constraint away until the test ends."""
    # Postgres alters no table for which checks are put off.
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name}")


def test_a_second_copy_is_found(honest: Message) -> None:
    drop_index("agents_message_step_once")
    again = MessageFactory.create(lead=honest.lead, mode="live", status="queued")
    rows = Message.objects.filter(pk=again.pk)
    rows.move(source="queued", target="claimed")
    rows.move(source="claimed", target="sending", message_id="<2@x>", sending_at=NOON)
    rows.move(source="sending", target="unknown", due_at=None)
    HourlyQuota.objects.update(used=2)
    DailyQuota.objects.update(used=2, limit=2)

    assert broken() == ["No lead has, or may have, two copies of a step"]


def test_a_missing_and_a_borrowed_identity_are_found(honest: Message) -> None:
    other = make_left(2)
    rows = Message.objects.filter(pk=other.pk)
    rows.move(source="sending", target="canceled", due_at=None)
    HourlyQuota.objects.update(used=2)
    assert broken() == []

    rows.update(message_id="")
    assert broken() == [IDENTITY]

    drop_index("agents_message_id_once")
    rows.update(message_id="<1@x>")
    assert broken() == [IDENTITY]


def test_a_counter_that_is_gone_or_above_its_limit_is_found(
    honest: Message, configure: Callable[..., None]
) -> None:
    DailyQuota.objects.update(limit=0)
    assert broken() == [DAYS]
    DailyQuota.objects.update(limit=9, used=2)
    assert broken() == [DAYS]
    DailyQuota.objects.all().delete()
    assert broken() == [DAYS]
    DailyQuota.objects.create(
        customer=honest.customer, day=NOON.date(), mode="live", used=1, limit=9
    )

    HourlyQuota.objects.all().delete()
    assert broken() == [HOURS]

    HourlyQuota.objects.create(hour=NOON, mode="live", used=51)
    configure(MAX_EMAILS_PER_HOUR=50)
    assert broken() == [HOURS, "No hour has more than MAX_EMAILS_PER_HOUR (50) live emails"]


def test_a_day_is_told_by_the_zone_that_counted_it(honest: Message) -> None:
    """Noon in Austin is the next day in Auckland, where the customer has moved to."""
    Message.objects.update(counted_on=NOON.date())
    honest.customer.timezone = "Pacific/Auckland"
    honest.customer.save()

    assert broken() == []
    Message.objects.update(counted_on=NOON.date() + timedelta(days=1))
    assert broken() == [DAYS]
    # One that left before the day was written down is told by the zone of today.
    Message.objects.update(counted_on=None)
    assert broken() == [DAYS]
    DailyQuota.objects.update(day=NOON.date() + timedelta(days=1))
    assert broken() == []


def test_real_mail_to_a_made_up_lead_is_found(honest: Message) -> None:
    Lead.objects.update(
        email="grace@clinic.example",
        email_key="grace@clinic.example",
        domain="clinic.example",
        is_fictional=True,
    )

    assert broken() == ["Sending of real email to a fictional lead never began"]


@pytest.mark.parametrize("status", ["claimed", "sending"])
@pytest.mark.parametrize(("minutes", "is_stuck"), [(54, True), (56, False)])
def test_work_that_no_sweeper_takes_is_found(status: str, minutes: int, *, is_stuck: bool) -> None:
    """Asked an hour after noon; five minutes late is late."""
    message = make_live_message(make_live_customer())
    rows = Message.objects.filter(pk=message.pk)
    rows.move(source="queued", target="claimed", due_at=later(minutes=minutes))
    if status == "sending":
        rows.move(source="claimed", target="sending", message_id="<9@x>", sending_at=NOON)
        HourlyQuota.objects.create(hour=NOON, mode="live", used=1)
        DailyQuota.objects.create(
            customer=message.customer, day=NOON.date(), mode="live", used=1, limit=9
        )

    late = ["No message has been sending, or under a lease, for longer than allowed"]
    assert broken() == (late if is_stuck else [])


def test_the_test_mail_of_a_dry_run_leaves_nowhere() -> None:
    out = StringIO()

    call_command("send_test_email", FROM, stdout=out)

    assert out.getvalue().startswith("success=True mode=DRY_RUN error=None")
    with pytest.raises(CommandError, match="cannot receive email"):
        call_command("send_test_email", "x@y.example")
