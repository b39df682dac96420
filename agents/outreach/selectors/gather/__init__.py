"""Everything that the send gate asks, gathered once for a batch of messages.

A file for each subject of `SendFacts`. The number of queries does not depend on the number
of messages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.gate import CONTACT_GAP, SendFacts
from agents.outreach.selectors.gather.health import get_health
from agents.outreach.selectors.gather.limits import get_limits, group_of
from agents.outreach.selectors.gather.messages import get_message_facts
from agents.outreach.selectors.gather.recipients import get_recipients
from agents.outreach.selectors.gather.senders import get_senders
from agents.outreach.selectors.gather.switches import get_switches
from agents.outreach.selectors.gather.windows import get_windows
from agents.states import MessageMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from agents.models import Mailbox, Message

__all__ = ["CONTACT_GAP", "get_send_facts"]


def get_send_facts(
    *,
    messages: Sequence[Message],
    now: datetime,
    problems: Mapping[int, tuple[str, ...]],
    mailbox: Mailbox | None = None,
) -> dict[int, SendFacts]:
    """The gate's facts for each message, by primary key.

    `messages` come with `lead__conversation`, `customer__profile` and
    `customer__subscription` loaded, read in the caller's transaction. `problems` is what
    the lint says of each text; `mailbox` the sender's row when the caller has it locked.
    """
    customers = {message.customer_id: message.customer for message in messages}
    is_live = any(message.mode == MessageMode.LIVE for message in messages)
    has_follow_ups = any(message.step > 0 for message in messages)
    switches = get_switches(customers=customers.values())
    senders = get_senders(customers=customers.values(), now=now)
    recipients = get_recipients(messages=messages, now=now, is_live=is_live)
    texts = get_message_facts(messages=messages, now=now, problems=problems)
    windows = get_windows(messages=messages)
    limits = get_limits(messages=messages, now=now, mailbox=mailbox, is_live=is_live)
    health = get_health(
        customers=customers.values(), is_live=is_live, has_follow_ups=has_follow_ups
    )
    facts = {}
    for message in messages:
        clock, counters = limits[group_of(message)]
        facts[message.pk] = SendFacts(
            now=now,
            clock=clock,
            switches=switches[message.customer_id],
            sender=senders[message.customer_id],
            recipient=recipients[message.pk],
            message=texts[message.pk],
            window=windows[message.pk],
            limits=counters,
            health=health[message.customer_id],
        )
    return facts
