"""Leads, messages, conversations and tasks."""

from __future__ import annotations

from datetime import timedelta

import factory

from agents.models import Conversation, InboundMessage, Lead, Message, Profile, Task
from agents.states import ApprovalMode, InboundSource, MessageMode
from hossagent.lib.signing import content_hash
from hossagent.lib.text import company_key, is_reserved_address, normalize_email, registrable_domain
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


class LeadFactory(factory.django.DjangoModelFactory[Lead]):
    """A NEW lead, due now. On a real-looking domain unless `email` says otherwise."""

    class Meta:
        model = Lead

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory")
    company = factory.Sequence(lambda n: f"Clinic {n}")
    contact_name = "Grace Hopper"
    email = factory.Sequence(lambda n: f"grace@clinic{n}.com")
    email_key = factory.LazyAttribute(lambda lead: normalize_email(lead.email))
    company_key = factory.LazyAttribute(lambda lead: company_key(lead.company))
    domain = factory.LazyAttribute(lambda lead: registrable_domain(lead.email))
    is_fictional = factory.LazyAttribute(lambda lead: is_reserved_address(lead.email))
    source = "test"
    reason = "A dental clinic in Austin."
    country = "US"
    created_at = NOON
    next_action_at = NOON


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
