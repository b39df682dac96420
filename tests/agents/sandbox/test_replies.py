"""The sandbox world's rows: only fictional leads, only dry runs, never in release mode."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.inbox.services.process import process_next
from agents.models import InboundMessage, Lead, Message, SandboxReaction
from agents.sandbox.internet import Persona
from agents.sandbox.services import replies
from agents.states import InboundSource, LeadStatus, MessageMode, MessageStatus, ReplyLabel
from tests.conftest import NOON
from tests.factories import ConversationFactory, CustomerFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def dry_run(lead: Lead, **values: Any) -> Message:
    message: Message = MessageFactory.create(
        lead=lead,
        **{"status": MessageStatus.DRY_RUN, "due_at": None, "finished_at": NOON, **values},
    )
    return message


def contacted(customer: Any, number: int) -> Lead:
    lead: Lead = LeadFactory.create(
        customer=customer,
        email=f"grace@clinic{number}.example",
        status=LeadStatus.CONTACTED,
        last_contacted_at=NOON,
    )
    ConversationFactory.create(lead=lead)
    return lead


def drain(step: Callable[..., bool], now: Any) -> int:
    return next(n for n in range(1_000) if not step(now=now))


def left(message: Message) -> SandboxReaction:
    """The row that recording a dry run leaves for the sandbox."""
    reaction: SandboxReaction = SandboxReaction.objects.create(message=message, answered_at=NOON)
    return reaction


def test_a_real_lead_is_never_answered() -> None:
    reaction = left(dry_run(LeadFactory.create(email="grace@clinic.com")))

    assert drain(replies.reply_next, NOON + timedelta(days=30)) == 1

    reaction.refresh_from_db()
    assert (reaction.persona, reaction.due_at) == (Persona.SILENT, None)
    assert InboundMessage.objects.count() == 0


def test_live_mail_is_never_answered() -> None:
    lead = LeadFactory.create(email="g@clinic.example")
    reaction = left(MessageFactory.create(lead=lead, mode=MessageMode.LIVE))

    assert drain(replies.reply_next, NOON + timedelta(days=30)) == 1

    reaction.refresh_from_db()
    assert (reaction.persona, reaction.due_at) == (Persona.SILENT, None)
    assert InboundMessage.objects.count() == 0


@pytest.mark.parametrize("off", [{"RELEASE_MODE": True}, {"SANDBOX_WORLD": False}])
def test_nobody_answers_in_release_mode_not_even_when_scheduled(
    configure: Callable[..., None], off: dict[str, bool]
) -> None:
    lead = contacted(CustomerFactory.create(), 1)
    message = dry_run(lead)
    SandboxReaction.objects.create(message=message, persona=Persona.INTERESTED, due_at=NOON)
    undecided = left(dry_run(lead, step=1))

    configure(**off)

    assert not replies.reply_next(now=NOON)
    undecided.refresh_from_db()
    assert (undecided.persona, undecided.answered_at) == ("", NOON)
    assert InboundMessage.objects.count() == 0


def test_ten_fictional_leads_answer_within_a_minute(
    configure: Callable[..., None],
) -> None:
    configure(SANDBOX_SPEED=1440)
    customer = CustomerFactory.create()
    leads = [contacted(customer, number) for number in range(10)]
    for lead in leads:
        left(dry_run(lead))
    soon = NOON + timedelta(minutes=1)

    # Each persona is chosen, and those that write have written.
    answered = drain(replies.reply_next, soon) - len(leads)
    interested = InboundMessage.objects.filter(is_simulated=True).count()

    reactions = list(SandboxReaction.objects.values_list("persona", flat=True))
    assert len(reactions) == 10
    assert reactions.count(Persona.INTERESTED) == 2
    assert answered == interested == 10 - reactions.count(Persona.SILENT)
    assert set(InboundMessage.objects.values_list("source", flat=True)) == {InboundSource.SANDBOX}
    assert not replies.reply_next(now=soon)


def test_an_interested_persona_makes_a_qualified_lead(configure: Callable[..., None]) -> None:
    configure(SANDBOX_SPEED=1440)
    lead = contacted(CustomerFactory.create(), 1)
    message = dry_run(lead)
    SandboxReaction.objects.create(message=message, persona=Persona.INTERESTED, due_at=NOON)

    assert replies.reply_next(now=NOON)
    assert process_next(now=NOON)

    lead.refresh_from_db()
    mail = InboundMessage.objects.get()
    assert lead.status == LeadStatus.QUALIFIED
    assert (mail.label, mail.is_simulated, mail.message) == (ReplyLabel.INTERESTED, True, message)


def test_absences_pass_at_the_speed_of_the_sandbox(configure: Callable[..., None]) -> None:
    configure(SANDBOX_SPEED=1440)
    lead = contacted(CustomerFactory.create(), 1)
    Lead.objects.update(next_action_at=NOON + timedelta(seconds=30))
    SandboxReaction.objects.create(
        message=dry_run(lead), persona=Persona.OUT_OF_OFFICE, due_at=NOON
    )

    assert replies.reply_next(now=NOON)
    assert process_next(now=NOON)

    lead.refresh_from_db()
    assert lead.status == LeadStatus.CONTACTED
    assert lead.next_action_at is not None
    assert timedelta(minutes=2) < lead.next_action_at - NOON < timedelta(minutes=16)


def test_answers_are_due_at_the_same_time_however_late_the_loop() -> None:
    customer = CustomerFactory.create()
    for number in range(10):
        left(dry_run(contacted(customer, number)))
    drain(replies.reply_next, NOON)
    chosen = list(SandboxReaction.objects.order_by("pk").values_list("persona", "due_at"))
    SandboxReaction.objects.update(persona="", due_at=None, answered_at=NOON)

    for _ in range(10):
        replies.reply_next(now=NOON + timedelta(seconds=1))

    again = SandboxReaction.objects.order_by("pk").values_list("persona", "due_at")
    assert list(again) == chosen
    assert len({due_at for _, due_at in chosen}) > 2
