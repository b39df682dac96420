"""Which rows a check reads: those written since a moment, or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.db.models.functions import Coalesce

from agents.models import Message
from agents.states import MESSAGE_OUT

if TYPE_CHECKING:
    from datetime import datetime


def written_since(since: datetime | None, *fields: str) -> Q:
    """Rows of which one of `fields` is at or after `since`; all rows without it."""
    news = Q()
    for field in fields:
        news |= Q() if since is None else Q(**{f"{field}__gte": since})
    return news


def messages_out(since: datetime | None) -> Any:
    """Mails that left, or may have, with `left_at`: the point of no return of a real one,
    the record of a dry run."""
    return Message.objects.filter(
        written_since(since, "sending_at", "finished_at"), status__in=MESSAGE_OUT
    ).annotate(left_at=Coalesce("sending_at", "finished_at"))
