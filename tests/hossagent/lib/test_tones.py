"""How each page colors a status: the same word looks the same in the portal and the console."""

from __future__ import annotations

import pytest

from accounts.states import OutboxStatus
from agents.states import (
    AddressCheck,
    AttemptOutcome,
    CycleOutcome,
    ImportState,
    InboundStatus,
    LeadStatus,
    MessageStatus,
    ReplyLabel,
    SourceResult,
)
from billing.entitlements import PlanStatus
from billing.states import EventStatus, InvoiceStatus, StripeInvoiceStatus, SubscriptionStatus
from hossagent.console import status_pill
from hossagent.lib.diagnosis import Result
from hossagent.lib.tones import Tone, Toned, tone_of
from hossagent.templatetags.ui import status as tag

CLASSES = {Tone.GOOD: " tag-go", Tone.BAD: " tag-stop", Tone.QUIET: " tag-quiet", Tone.NEUTRAL: ""}


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        # A reply is what outreach is for, whatever it says.
        (LeadStatus.REPLIED, Tone.GOOD),
        (LeadStatus.CONVERTED, Tone.GOOD),
        (LeadStatus.UNSUBSCRIBED, Tone.BAD),
        (LeadStatus.INVALID, Tone.BAD),
        # Somebody decided to end it; there is nothing to mend.
        (LeadStatus.CLOSED, Tone.QUIET),
        (MessageStatus.CANCELED, Tone.QUIET),
        (MessageStatus.SKIPPED, Tone.QUIET),
        (MessageStatus.DRY_RUN, Tone.NEUTRAL),
        (MessageStatus.UNKNOWN, Tone.BAD),
        (AttemptOutcome.THROTTLED, Tone.BAD),
        (ReplyLabel.INTERESTED, Tone.GOOD),
        (ReplyLabel.OPT_OUT, Tone.BAD),
        (ReplyLabel.NOT_NOW, Tone.NEUTRAL),
        (InboundStatus.UNMATCHED, Tone.BAD),
        (CycleOutcome.IDLE, Tone.QUIET),
        (CycleOutcome.ABANDONED, Tone.BAD),
        (SourceResult.OK, Tone.GOOD),
        (SourceResult.NO_CREDS, Tone.BAD),
        (AddressCheck.RISKY, Tone.NEUTRAL),
        (AddressCheck.UNDELIVERABLE, Tone.BAD),
        (ImportState.FAILED, Tone.BAD),
        (SubscriptionStatus.PAST_DUE, Tone.BAD),
        (PlanStatus.COMPLIMENTARY, Tone.GOOD),
        # Nobody has to act on a trial that ended; one that owes money is another matter.
        (PlanStatus.TRIAL_EXPIRED, Tone.QUIET),
        (PlanStatus.PAST_DUE_STOPPED, Tone.BAD),
        (InvoiceStatus.PAID, Tone.GOOD),
        (StripeInvoiceStatus.UNCOLLECTIBLE, Tone.BAD),
        (EventStatus.IGNORED, Tone.QUIET),
        (OutboxStatus.HELD, Tone.NEUTRAL),
        # The question could not be asked: what to fix stands above it.
        (Result.UNKNOWN, Tone.NEUTRAL),
    ],
    ids=str,
)
def test_portal_and_console_color_a_status_alike(status: Toned, tone: Tone) -> None:
    words = str(status).replace("_", " ")

    assert status.tone is tone
    assert status_pill(status) == f'<span class="pill {tone}">{words}</span>'
    if status != MessageStatus.DRY_RUN:  # the portal sets a dry run apart
        assert tag(status) == f'<span class="tag{CLASSES[tone]}">{words.capitalize()}</span>'


def test_the_word_that_a_row_stores_has_the_tone_of_its_status() -> None:
    assert [tone_of(word) for word in ("sent", "OK", "failed", "closed", "new")] == [
        *(Tone.GOOD, Tone.GOOD, Tone.BAD, Tone.QUIET, Tone.NEUTRAL)
    ]


def test_more_knowledge_replaces_the_tone_of_a_status() -> None:
    """A paying customer whose outreach is paused is green by its plan and red in the list."""
    assert status_pill(PlanStatus.ACTIVE, tone=Tone.BAD) == '<span class="pill bad">active</span>'
    assert tag("Expired", tone="bad") == '<span class="tag tag-stop">Expired</span>'


def test_a_mistyped_tone_is_an_error() -> None:
    with pytest.raises(ValueError, match="'green' is not a valid Tone"):
        tag("Ready", tone="green")
