"""What a transport is: one mail in, one result out, on every path (SPEC 4.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from hossagent.lib.text import single_line

# Characters of a server's words that are kept.
MAX_ERROR = 2_000

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class SendOutcome(StrEnum):
    """What an answer means for the mail, and so for its row."""

    ACCEPTED = "accepted"
    # A final no for this mail or address.
    REJECTED = "rejected"
    # Surely not accepted; the same step may be offered again, a few times.
    TRY_LATER = "try_later"
    # Surely not accepted, and nobody said anything about this mail: no connection, no time.
    UNREACHABLE = "unreachable"
    # Surely not accepted, and it was not about this mail: stop the way out.
    QUOTA = "quota"
    REPUTATION = "reputation"
    AUTH = "auth"
    # It may have been accepted. Nobody may offer it again.
    UNKNOWN = "unknown"


# After these the step may be planned anew: no server has the mail.
NOT_ACCEPTED = frozenset(
    {
        *(SendOutcome.TRY_LATER, SendOutcome.UNREACHABLE),
        *(SendOutcome.QUOTA, SendOutcome.REPUTATION, SendOutcome.AUTH),
    }
)


@dataclass(frozen=True, slots=True)
class SendResult:
    """`mode` is DRY_RUN, SENDGRID or SMTP; `error` is None exactly on success.

    `status` is the enhanced status code (RFC 3463) when the answer held one. A server may
    answer anything; `error` is its words on one line without control characters, because a
    byte that the database refuses would lose the results of a whole batch.
    """

    success: bool
    mode: str
    error: str | None
    outcome: SendOutcome = SendOutcome.ACCEPTED
    status: str = ""

    def __post_init__(self) -> None:
        if self.error is not None:
            object.__setattr__(self, "error", single_line(self.error, MAX_ERROR))


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One finished mail. Addresses are bare; names are any text and are made safe here.

    `unsubscribe_url` is empty only for a person's answer in a running conversation.
    """

    from_name: str
    from_address: str
    to_name: str
    to_address: str
    reply_to: str
    subject: str
    body: str
    message_id: str
    date: datetime
    unsubscribe_url: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    message_pk: int = 0


class Transport(Protocol):
    """`send` and `send_all` never raise. `deadline` is a `time.monotonic()` value after which
    no mail must begin to leave; a transport that sees it passed answers UNREACHABLE."""

    name: str

    def send(self, mail: OutgoingMail, *, deadline: float) -> SendResult: ...

    def send_all(self, mails: Sequence[OutgoingMail], *, deadline: float) -> list[SendResult]:
        """One mail after the other; one result for each, in the same order."""
        return [self.send(mail, deadline=deadline) for mail in mails]

    def close(self) -> None: ...
