"""What follows from a reply, in the database and in the transaction that reads it.

1. A send whose result nobody knew is resolved: whoever answers a mail has it (`sending`).
2. The breakers and the ramp learn of a bounce, a delay or a complaint (`sending`).
3. The label's own consequence: a report (`reports`), a request to stop (`opt_outs`), an
   automatic answer (`automatic`), or a person's words (`people`).

Callers hold the customer's lock. Everything may run a second time for the same mail (a
newer classifier looks again) and then changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.inbox.services.handle_reply.automatic import handle_absence, handle_auto_reply
from agents.inbox.services.handle_reply.opt_outs import handle_complaint, handle_opt_out
from agents.inbox.services.handle_reply.people import (
    handle_for_a_person,
    handle_interest,
    handle_no,
    handle_not_now,
)
from agents.inbox.services.handle_reply.reports import handle_bounce, handle_delay
from agents.inbox.services.handle_reply.sending import record_delivery, resolve_unknown_send
from agents.states import ReplyLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.inbox.services.handle_reply.context import ReplyContext

_CONSEQUENCES: dict[ReplyLabel, Callable[[ReplyContext], None]] = {
    ReplyLabel.BOUNCE: handle_bounce,
    ReplyLabel.DELAY: handle_delay,
    ReplyLabel.COMPLAINT: handle_complaint,
    ReplyLabel.OPT_OUT: handle_opt_out,
    ReplyLabel.AUTO_REPLY: handle_auto_reply,
    ReplyLabel.OUT_OF_OFFICE: handle_absence,
    ReplyLabel.INTERESTED: handle_interest,
    ReplyLabel.QUESTION: handle_for_a_person,
    ReplyLabel.REFERRAL: handle_for_a_person,
    ReplyLabel.UNCLEAR: handle_for_a_person,
    ReplyLabel.NOT_NOW: handle_not_now,
    ReplyLabel.NOT_INTERESTED: handle_no,
}


def handle_reply(context: ReplyContext) -> None:
    """Everything that follows from this mail's label."""
    resolve_unknown_send(context)
    record_delivery(context)
    _CONSEQUENCES[context.classification.label](context)
