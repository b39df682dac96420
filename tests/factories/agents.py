"""Leads, messages, conversations and tasks."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import factory

from agents.leads.providers import Candidate
from agents.leads.services.prepare import prepare
from agents.models import Conversation, InboundMessage, Lead, Message, Profile, Task
from agents.states import ApprovalMode, InboundSource, MessageMode
from hossagent.lib.signing import content_hash
from tests.conftest import NOON


class ProfileFactory(factory.django.DjangoModelFactory[Profile]):
    class Meta:
        model = Profile

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory", profile=None)
    offer = "booking systems for clinics"
    sender_name = "Ada Byron"
    postal_address = "1 Main Street, Austin, TX 78701"
    approval_mode = ApprovalMode.AUTOPILOT
    starter_tasks_at = NOON


_CANDIDATE = {field.name for field in fields(Candidate)}
# What the product makes of a candidate; a test that names one of them has its word.
_PREPARED = (
    "email_key",
    "company_key",
    "domain",
    "timezone",
    "address_check",
    "address_flags",
    "is_fictional",
    "next_action_at",
)


class LeadFactory(factory.django.DjangoModelFactory[Lead]):
    """A NEW lead with the keys, checks and due time that the product gives such a candidate;
    at a company of its own unless `email` says otherwise. Its research is done."""

    class Meta:
        model = Lead

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory")
    company = factory.Sequence(lambda n: f"Clinic {n}")
    contact_name = "Grace Hopper"
    email = factory.Sequence(lambda n: f"grace@clinic{n}.com")
    source = "test"
    reason = "A dental clinic in Austin."
    country = "US"
    created_at = NOON

    @classmethod
    def _adjust_kwargs(cls, **given: Any) -> dict[str, Any]:
        found = {name: given[name] for name in _CANDIDATE if name in given}
        row = prepare(Candidate(**found), default_reason="", now=NOON)
        return {
            **{name: getattr(row, name) for name in _PREPARED},
            **given,
            "email": row.email,
        }


class MessageFactory(factory.django.DjangoModelFactory[Message]):
    """A planned dry-run opener, due now."""

    class Meta:
        model = Message

    lead = factory.SubFactory(LeadFactory)
    customer = factory.SelfAttribute("lead.customer")
    step = 0
    mode = MessageMode.DRY_RUN
    subject = "A quieter front desk"
    body = "Hello Grace,\n\nwould ten minutes next week suit you?\n"
    written_by = "templates"
    created_at = NOON
    due_at = NOON


class ConversationFactory(factory.django.DjangoModelFactory[Conversation]):
    class Meta:
        model = Conversation

    lead = factory.SubFactory(LeadFactory)
    customer = factory.SelfAttribute("lead.customer")
    created_at = NOON


class InboundMessageFactory(factory.django.DjangoModelFactory[InboundMessage]):
    class Meta:
        model = InboundMessage

    source = InboundSource.SANDBOX
    external_id = factory.Sequence(lambda n: f"inbound-{n}")
    raw = factory.Sequence(lambda n: f"Subject: {n}\r\n\r\nHello\r\n".encode())
    content_hash = factory.LazyAttribute(lambda mail: content_hash(mail.raw))
    received_at = NOON
    due_at = NOON


class TaskFactory(factory.django.DjangoModelFactory[Task]):
    """A pending task, due now."""

    class Meta:
        model = Task

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory")
    kind = "market_snapshot"
    dedupe_key = factory.Sequence(lambda n: f"test:{n}")
    title = "Market snapshot"
    reward_cents = 2_500
    created_at = NOON
    due_at = NOON + timedelta(0)
