"""What comes back after a mail left, event by event, and who settles what is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import AuditEvent
from agents.models import Breaker, DailyQuota, DeliveryEvent, Lead, Message, Suppression
from agents.outreach.services.delivery import (
    DeliveryReport,
    find_message,
    record_event,
    resolve_unknown,
)
from agents.states import DeliveryKind, LeadStatus, MessageStatus
from agents.suppression.services.suppress import suppress
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory
from tests.helpers.live import later, make_live_customer, make_live_message

pytestmark = pytest.mark.django_db
HOSS = "hoss@hossagent.test"


def make_left(status: str = "sent") -> Message:
    """A live mail that left at noon, with its day counted."""
    message = make_live_message(make_live_customer())
    rows = Message.objects.filter(pk=message.pk)
    rows.move(source="queued", target="claimed")
    rows.move(source="claimed", target="sending", message_id=f"<{message.pk}.x@y>", sending_at=NOON)
    if status != "sending":
        rows.move(source="sending", target=status, due_at=None, finished_at=NOON)
    DailyQuota.objects.create(
        customer=message.customer, day=NOON.date(), mode="live", limit=10, used=1
    )
    message.refresh_from_db()
    return message


def happen(kind: DeliveryKind, message: Message | None, **changes: Any) -> bool:
    given: dict[str, Any] = {
        "source": "dsn",
        "external_id": f"{kind}:{message.pk if message else 0}",
        "email": "grace@clinic.com",
        "at": later(hours=1),
    }
    now = changes.pop("now", later(hours=2))
    report = DeliveryReport(kind=kind, **{**given, **changes})
    return record_event(report, message=message, now=now)


def test_a_mail_is_found_by_its_key_and_its_identity_together() -> None:
    message, other = make_left(), make_left()

    assert find_message() is None
    assert find_message(message_pk=message.pk) == message
    assert find_message(message_id=message.message_id) == message
    assert find_message(message_id=message.message_id.strip("<>")) == message
    assert find_message(message_pk=other.pk, message_id=message.message_id) is None
    assert find_message(message_pk=make_live_message(make_live_customer()).pk) is None


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (DeliveryKind.DELIVERED, "sent"),
        (DeliveryKind.DEFERRED, "sent"),
        (DeliveryKind.SOFT_BOUNCED, "sent"),
        (DeliveryKind.BOUNCED, "sent"),
        (DeliveryKind.COMPLAINED, "sent"),
        (DeliveryKind.UNSUBSCRIBED, "sent"),
        (DeliveryKind.DROPPED, "failed"),
    ],
)
def test_every_event_settles_an_unknown_mail(kind: DeliveryKind, status: str) -> None:
    message = make_left("unknown")

    assert happen(kind, message) is True

    row = Message.objects.get(pk=message.pk)
    assert (row.status, row.delivery, row.due_at) == (status, kind, None)
    contacted = Lead.objects.get(pk=message.lead_id).last_contacted_at
    assert contacted == (later(hours=2) if status == "sent" else None)


def test_an_event_does_not_take_a_mail_from_its_worker() -> None:
    """SENDING belongs to the worker, or to the sweeper; the event itself is kept."""
    message = make_left("sending")

    happen(DeliveryKind.DELIVERED, message)

    row = Message.objects.get(pk=message.pk)
    assert (row.status, row.delivery) == (MessageStatus.SENDING, "delivered")


def test_event_about_no_mail_of_ours_still_silences_the_address() -> None:
    assert happen(DeliveryKind.BOUNCED, None) is True
    assert happen(DeliveryKind.BOUNCED, None) is False
    assert happen(DeliveryKind.BOUNCED, None, external_id="2", status="5.7.1") is True

    assert list(Suppression.objects.values_list("value", "reason")) == [
        ("grace@clinic.com", "hard_bounce")
    ]
    assert DeliveryEvent.objects.count() == 2
    # Nobody knows whose mail it was, so it counts against nobody.
    assert Breaker.objects.count() == 0


def test_a_bounce_cancels_what_waits_and_spoils_the_day() -> None:
    message = make_left()
    waiting = make_live_message(message.customer, lead=message.lead, step=1)

    happen(DeliveryKind.BOUNCED, message)
    happen(DeliveryKind.BOUNCED, message, external_id="again")

    waiting.refresh_from_db()
    assert waiting.status == MessageStatus.CANCELED
    assert Lead.objects.get(pk=message.lead_id).status == LeadStatus.BOUNCED
    assert DailyQuota.objects.get().push_backs == 2


def test_bounce_for_reputation_stops_all_and_spares_the_address() -> None:
    message = make_left()
    waiting = make_live_message(message.customer, lead=message.lead, step=1)

    happen(DeliveryKind.BOUNCED, message, status="5.7.26", detail="550 5.7.26 unauthenticated")

    # Its opener never arrived.
    waiting.refresh_from_db()
    assert (waiting.status, waiting.held_code) == (MessageStatus.CANCELED, "bounced")
    assert Suppression.objects.count() == 0
    assert Breaker.objects.get().numbers == {"answer": "550 5.7.26 unauthenticated"}
    assert Message.objects.get(pk=message.pk).delivery == "bounced"


@pytest.mark.parametrize(("was_sent", "status"), [(True, "sent"), (False, "failed")])
def test_an_operator_settles_once_and_it_is_audited(*, was_sent: bool, status: str) -> None:
    message = make_left("unknown")

    settled = [
        resolve_unknown(message=message, was_sent=was_sent, by=HOSS, now=later(hours=1))
        for _ in range(2)
    ]

    assert settled == [True, False]
    assert Message.objects.get(pk=message.pk).status == status
    lead = Lead.objects.get(pk=message.lead_id)
    assert (lead.last_contacted_at is not None) == was_sent
    event = AuditEvent.objects.get(action="message.settled")
    assert (event.actor, event.before, event.after) == (
        HOSS,
        {"status": "unknown"},
        {"status": status},
    )


# --- The list -------------------------------------------------------------------------


def test_the_person_s_own_word_outlasts_a_bounce() -> None:
    values: dict[str, Any] = {"kind": "address", "value": "grace@clinic.com", "now": NOON}

    for reason in ("hard_bounce", "manual", "opt_out", "legal", "hard_bounce"):
        suppress(reason=reason, note=f"by {reason}", **values)

    row = Suppression.objects.get()
    assert (row.reason, row.note) == ("opt_out", "by opt_out")


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("opt_out", "unsubscribed"),
        ("complaint", "unsubscribed"),
        ("hard_bounce", "bounced"),
        ("soft_bounces", "bounced"),
        ("manual", "closed"),
        ("legal", "closed"),
    ],
)
def test_each_reason_ends_the_lead_in_its_own_way(reason: str, status: str) -> None:
    lead = LeadFactory.create(email="grace@mail.clinic.com")
    spared = LeadFactory.create(email="grace@otherclinic.com")

    suppress(kind="domain", value="@Clinic.com.", reason=reason, now=NOON)

    lead.refresh_from_db()
    spared.refresh_from_db()
    assert (lead.status, lead.next_action_at) == (status, None)
    assert spared.status == LeadStatus.NEW


def test_a_customer_s_list_spares_the_leads_of_others() -> None:
    mine = LeadFactory.create(email="grace@clinic.com")
    theirs = LeadFactory.create(email="grace@clinic.com")

    for customer in (mine.customer, CustomerFactory.create()):
        suppress(
            kind="address", value="grace@clinic.com", reason="manual", customer=customer, now=NOON
        )

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.status, theirs.status) == ("closed", "new")
    assert Suppression.objects.filter(customer=None).count() == 0
