"""A customer with something of everything, and a stranger whose things must never show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, reverse

from accounts.models import Customer, Invitation, Membership, SupportTicket
from accounts.states import Role
from agents.models import DataExport
from agents.states import InboundStatus, LeadStatus, MessageStatus, ReplyLabel, TaskStatus
from billing.models import InvoiceLine
from portal.urls import urlpatterns
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    InboundMessageFactory,
    InvoiceFactory,
    LeadFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
)

# Amounts that appear nowhere but in what is internal.
REWARD_CENTS = 987_613
COST_MICROS = 7_654_321_000
DRAFT_CENTS = 543_217
INTERNAL = (
    "9,876.13",
    "987613",
    "7,654.32",
    "7654321",
    "2,221.81",  # the profit
    "5,432.17",
    "543217",
    "reward",
    "profit",
)
STRANGER = "Zanzibar Secrets"


@dataclass(frozen=True, slots=True)
class World:
    membership: Membership
    rows: dict[str, Any]

    @property
    def customer(self) -> Customer:
        return self.membership.customer


def make_world(*, marker: str) -> World:
    """One row of each kind; every text of it holds `marker`."""
    membership = MembershipFactory.create(
        customer__company=f"{marker} Studio",
        customer__email="owner@studio.test",
        user__name=marker,
    )
    customer = membership.customer
    lead = LeadFactory.create(
        customer=customer,
        company=f"{marker} Clinic",
        status=LeadStatus.QUALIFIED,
        next_action_at=None,
        last_contacted_at=NOON,
        replied_at=NOON,
        qualified_at=NOON,
        reason=f"{marker} fits.",
    )
    message = MessageFactory.create(
        lead=lead,
        subject=f"{marker} subject",
        body=f"{marker} body",
        status=MessageStatus.DRY_RUN,
        due_at=None,
        finished_at=NOON,
    )
    approval = MessageFactory.create(
        lead__customer=customer,
        lead__company=f"{marker} Dental",
        subject=f"{marker} waits",
        body=f"{marker} text",
        status=MessageStatus.AWAITING_APPROVAL,
    )
    conversation = ConversationFactory.create(
        lead=lead, last_reply_at=NOON, is_awaiting_answer=True, label=ReplyLabel.INTERESTED
    )
    InboundMessageFactory.create(
        customer=customer,
        conversation=conversation,
        status=InboundStatus.PROCESSED,
        due_at=None,
        processed_at=NOON,
        label=ReplyLabel.INTERESTED,
        subject=f"Re: {marker}",
        text=f"{marker} answers",
        from_address=lead.email,
        is_simulated=True,
    )
    task = TaskFactory.create(
        customer=customer,
        lead=lead,
        title=f"{marker} snapshot",
        status=TaskStatus.DONE,
        deliverable=f"# {marker} document",
        finished_at=NOON,
        due_at=None,
        reward_cents=REWARD_CENTS,
        cost_micros=COST_MICROS,
    )
    draft = InvoiceFactory.create(customer=customer, total_cents=DRAFT_CENTS)
    InvoiceLine.objects.create(
        invoice=draft, description=f"{marker} work", amount_cents=DRAFT_CENTS, created_at=NOON
    )
    ticket = SupportTicket.objects.create(
        customer=customer,
        email=membership.user.email,
        subject=f"{marker} asks",
        body="Why?",
        created_at=NOON,
    )
    package = DataExport.objects.create(
        customer=customer,
        requested_by=membership.user.email,
        requested_at=NOON,
        finished_at=NOON,
        expires_at=NOON,
        content=b"zip",
        size=3,
    )
    colleague = MembershipFactory.create(
        customer=customer, user__name=f"{marker} Colleague", role=Role.VIEWER
    )
    invitation = Invitation.objects.create(
        customer=customer,
        email=f"{marker.split(maxsplit=1)[0].lower()}@invited.test",
        role=Role.MEMBER,
        token_hash=f"{customer.pk:064}",
        created_at=NOON,
        expires_at=NOON,
    )
    return World(
        membership,
        {
            "member": colleague,
            "invitation": invitation,
            "lead": lead,
            "message": message,
            "approval": approval,
            "conversation": conversation,
            "task": task,
            "ticket": ticket,
            "export": package,
        },
    )


def pages(world: World) -> dict[str, str]:
    """Every address of the portal that GET may open for this customer, by name."""
    found: dict[str, str] = {}
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        name, converters = str(pattern.name), pattern.pattern.converters
        arguments = {key: _value(name, key, world) for key in converters}
        if None not in arguments.values():
            found[name] = reverse(f"portal:{name}", kwargs=arguments)
    return found


def _value(name: str, key: str, world: World) -> Any:
    if key == "token":
        return world.customer.public_token
    if key == "slug":
        return "getting-started"
    if key == "action" and name == "invitation_act":
        return "resend"
    if key == "state":
        return "on"
    kind = next((kind for kind in world.rows if name.startswith(kind)), None)
    return world.rows[kind].pk if kind else None
