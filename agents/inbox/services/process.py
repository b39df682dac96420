"""Reading the next pending mail: parse, match, classify, act; a failure is kept and retried."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from accounts.models import Customer
from agents.inbox.classify import Classification, Mail, classify, parse
from agents.inbox.classify.dsn import read_report
from agents.inbox.services import handle_reply, matching, notifications, opinions
from agents.inbox.services.follow_ups import resume_next
from agents.inbox.services.reclassify import reclassify_next
from agents.inbox.services.suppress import suppress_address
from agents.models import Conversation, InboundMessage, Lead, Message
from agents.states import (
    MESSAGE_OUT,
    InboundStatus,
    ReplyLabel,
    SuppressionReason,
)
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("agents.inbound")

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# After so many failures a person should look; the mail stays pending and is still tried.
MAX_ATTEMPTS = 5
# What we wrote in a thread is compared with what comes back; this much of it is enough.
_THREAD_TEXT = 50_000
_CONCERN_EVERYBODY = frozenset(
    {ReplyLabel.BOUNCE, ReplyLabel.DELAY, ReplyLabel.OPT_OUT, ReplyLabel.COMPLAINT}
)


def process_next(*, now: datetime) -> bool:
    """Read the pending mail that waits longest; False when there is nothing to do.

    When none is due, a conversation that asked to be reminded of by now is looked at,
    then history read by older rules. A mail that cannot be read is pushed back with its
    error, and the error is raised for the loop to count.
    """
    pk = (
        InboundMessage.objects.filter(due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)
        .first()
    )
    if pk is None:
        return resume_next(now=now) or reclassify_next(now=now)
    try:
        _process(pk, now=now)
    except Exception as error:
        _push_back(pk, error=error, now=now)
        raise
    return True


def _push_back(pk: int, *, error: Exception, now: datetime) -> None:
    inbound = InboundMessage.objects.filter(pk=pk, status=InboundStatus.PENDING).first()
    if inbound is None:
        return
    wait = min(FIRST_RETRY * 4**inbound.attempts, LONGEST_RETRY)
    InboundMessage.objects.filter(pk=pk, status=InboundStatus.PENDING).update(
        due_at=now + wait,
        attempts=min(inbound.attempts + 1, 1_000),
        error=f"{type(error).__name__}: {error}"[:2_000],
    )


def _process(pk: int, *, now: datetime) -> None:
    """Parse outside the transaction, decide and act inside it, under the customer's lock."""
    inbound = InboundMessage.objects.select_related("conversation__lead").get(pk=pk)
    mail, today = parse(bytes(inbound.raw)), inbound.received_at.date()
    match = _find(inbound, mail)
    rules = classify(mail, today=today, ours=_our_words(match))
    opinion = opinions.get_answer(inbound)
    verdict = opinions.with_opinion(rules, opinion, today=today)
    with transaction.atomic():
        _lock_customers(mail, verdict, match)
        held = (
            InboundMessage.objects.select_for_update()
            .filter(pk=pk, status=InboundStatus.PENDING, due_at__lte=now)
            .first()
        )
        if held is None or opinions.get_answer(held) != opinion:
            return  # somebody else read it, or the model has answered meanwhile: again
        if match is None:
            owner_id = _find_owner(held, mail)
            _finish(held, mail, verdict, now=now, status=InboundStatus.UNMATCHED, owner_id=owner_id)
            _honor_unmatched_opt_out(held, verdict, now=now)
            notifications.notify_of_unmatched(held, now=now)
            return
        before = held.label
        _finish(held, mail, verdict, now=now, status=InboundStatus.PROCESSED, match=match)
        _act(held, mail, verdict, match, before=before, now=now)
        if opinion is None:
            opinions.request_opinion(inbound=held, verdict=rules, now=now)
        else:
            opinions.note_decider(inbound=held, rules=rules.label)


def _lock_customers(mail: Mail, verdict: Classification, match: matching.Match | None) -> None:
    """Whoever this mail concerns, in one order everywhere: an opt-out or a bounce closes
    the leads of every customer that wrote to the address."""
    concerned = Q(pk=match.conversation.customer_id) if match else Q(pk=None)
    if verdict.label in _CONCERN_EVERYBODY:
        keys = {normalize_email(mail.from_address)}
        if match is not None:
            keys.add(match.conversation.lead.email_key)
        concerned |= Q(pk__in=Lead.objects.filter(email_key__in=keys).values("customer_id"))
    Customer.objects.filter(concerned).lock_all()


def _find(inbound: InboundMessage, mail: Mail) -> matching.Match | None:
    if inbound.conversation is not None:
        # Matched before, by the rules or by a person: reading again never moves a mail.
        return matching.Match(
            inbound.conversation, inbound.message, inbound.matched_by or matching.BY_PERSON
        )
    if matching.is_our_own(mail):
        return None
    return matching.find_match(
        mail, is_simulated=inbound.is_simulated, is_report=read_report(mail) is not None
    )


def _find_owner(inbound: InboundMessage, mail: Mail) -> int | None:
    """The customer who may say where this mail belongs, if it is anybody's but ours."""
    if inbound.is_simulated or matching.is_our_own(mail):
        return None
    return matching.find_owner(mail, is_report=read_report(mail) is not None)


def _our_words(match: matching.Match | None) -> str:
    if match is None:
        return ""
    bodies = (
        Message.objects.filter(lead_id=match.conversation.lead_id, status__in=MESSAGE_OUT)
        .order_by("-pk")
        .values_list("body", flat=True)[:10]
    )
    return "\n".join(bodies)[:_THREAD_TEXT]


def _finish(
    inbound: InboundMessage,
    mail: Mail,
    verdict: Classification,
    *,
    now: datetime,
    status: InboundStatus,
    match: matching.Match | None = None,
    owner_id: int | None = None,
) -> None:
    """Write down what was read; the row is no longer pending."""
    values = {
        "classifier_version": verdict.version,
        "label": verdict.label,
        "confidence": verdict.confidence,
        "from_address": mail.from_address,
        "from_name": mail.from_name,
        "subject": mail.subject,
        "status_code": verdict.report.status if verdict.report else "",
        "resume_on": verdict.resume_on,
        "text": verdict.text,
        "processed_at": now,
        "due_at": None,
        "error": "",
        "customer_id": match.conversation.customer_id if match else owner_id,
        "conversation": match.conversation if match else None,
        "message": match.message if match else None,
        "matched_by": match.by if match else "",
    }
    InboundMessage.objects.filter(pk=inbound.pk).move(
        source=InboundStatus.PENDING, target=status, **values
    )
    inbound.refresh_from_db()


def _act(
    inbound: InboundMessage,
    mail: Mail,
    verdict: Classification,
    match: matching.Match,
    *,
    before: str,
    now: datetime,
) -> None:
    conversation = Conversation.objects.select_related("lead__customer", "customer").get(
        pk=match.conversation.pk
    )
    handle_reply.handle_reply(
        handle_reply.ReplyContext(
            inbound=inbound,
            mail=mail,
            verdict=verdict,
            conversation=conversation,
            message=match.message,
            before=before,
            now=now,
        )
    )
    logger.info(
        "[INBOUND][%s] conversation=%s lead_id=%s by=%s%s",
        verdict.label.value.upper(),
        conversation.pk,
        conversation.lead_id,
        match.by,
        " SIMULATED" if inbound.is_simulated else "",
    )


def _honor_unmatched_opt_out(
    inbound: InboundMessage, verdict: Classification, *, now: datetime
) -> None:
    """Whoever asks for no more mail gets none, even when we cannot tell which thread it is."""
    is_request = verdict.label in {ReplyLabel.OPT_OUT, ReplyLabel.COMPLAINT}
    if is_request and verdict.report is None and "@" in inbound.from_address:
        suppress_address(
            inbound.from_address,
            reason=SuppressionReason.OPT_OUT,
            note=f"Received mail {inbound.pk}, unmatched",
            now=now,
        )
