"""What a person must put right first: the customer, the owner or the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.consent_rules import cold_mail_hold
from agents.outreach.gate.endings import in_brackets
from agents.outreach.gate.holds import DAILY, HOURLY, Hold
from agents.states import AddressCheck, ConversationStatus, HoldCode

if TYPE_CHECKING:
    from agents.outreach.gate.facts import SendFacts


def _taken_over(facts: SendFacts) -> Hold | None:
    recipient = facts.recipient
    if recipient.conversation == ConversationStatus.HUMAN:
        return Hold(
            HoldCode.TAKEN_OVER,
            f"A person is handling the conversation with {recipient.name}. HossAgent waits until "
            "it is handed back.",
            facts.later(HOURLY),
        )
    return None


def _risky_address(facts: SendFacts) -> Hold | None:
    recipient = facts.recipient
    if recipient.address_check == AddressCheck.RISKY:
        return Hold(
            HoldCode.RISKY_ADDRESS,
            f"The address of {recipient.name} is risky{in_brackets(recipient.address_flags)}. "
            "Find a better one, or close the lead.",
            facts.later(DAILY),
        )
    return None


def _no_plan(facts: SendFacts) -> Hold | None:
    if not facts.sender.may_work:
        return Hold(
            HoldCode.NO_PLAN,
            "The plan has ended. Subscribe to continue.",
            facts.later(HOURLY),
        )
    return None


def _not_entitled(facts: SendFacts) -> Hold | None:
    if facts.is_live and not facts.sender.may_send_live:
        return Hold(
            HoldCode.NOT_ENTITLED,
            "Real email needs a paid subscription. There is none at the moment.",
            facts.later(HOURLY),
        )
    return None


def _owner_unverified(facts: SendFacts) -> Hold | None:
    if facts.is_live and not facts.sender.is_owner_verified:
        return Hold(
            HoldCode.OWNER_UNVERIFIED,
            "The owner's email address is not confirmed. Open the link in the welcome email.",
            facts.later(HOURLY),
        )
    return None


def _no_identity(facts: SendFacts) -> Hold | None:
    if not facts.is_live:
        return None
    sender = facts.sender
    missing = [
        words
        for words, value in (
            ("a sender name", sender.name),
            ("a postal address", sender.postal_address),
            ("a From address", sender.address),
        )
        if not value.strip()
    ]
    if not missing:
        return None
    return Hold(
        HoldCode.NO_IDENTITY,
        f"Cold email must say who it is from. Add {' and '.join(missing)} in Settings.",
        facts.later(HOURLY),
    )


def _region(facts: SendFacts) -> Hold | None:
    if not facts.is_live:
        return None
    recipient = facts.recipient
    if reason := cold_mail_hold(country=recipient.country, mail_domain=recipient.mail_domain):
        return Hold(
            HoldCode.REGION,
            f"The email to {recipient.name} is waiting for a person: {reason}.",
            facts.later(DAILY),
        )
    return None


def _needs_approval(facts: SendFacts) -> Hold | None:
    if facts.message.needs_approval:
        return Hold(
            HoldCode.NEEDS_APPROVAL,
            "This email is waiting for your approval.",
            facts.later(HOURLY),
        )
    return None


def _copy(facts: SendFacts) -> Hold | None:
    problems = facts.message.problems
    if problems:
        return Hold(
            HoldCode.COPY,
            f"The email to {facts.recipient.name} cannot be sent as it is: {'; '.join(problems)}.",
            facts.later(DAILY),
        )
    return None


def _domain_check(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.health.domain_problem:
        return Hold(
            HoldCode.DOMAIN_CHECK,
            f"The sending domain is not ready: {facts.health.domain_problem}.",
            facts.later(HOURLY),
        )
    return None


def _breaker(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.health.breaker:
        return Hold(HoldCode.BREAKER, facts.health.breaker, facts.later(HOURLY))
    return None


CHECKS = (
    _taken_over,
    _risky_address,
    _no_plan,
    _not_entitled,
    _owner_unverified,
    _no_identity,
    _region,
    _needs_approval,
    _copy,
    _domain_check,
    _breaker,
)
