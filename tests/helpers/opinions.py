"""A reply that only the model understands, and what came of asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import SecondOpinion

if TYPE_CHECKING:
    from agents.models import InboundMessage

# Nothing that the rules know.
ODD = "Well, well. Pencil us in, we will bring the coffee."
YES = {"label": "interested", "confidence": 0.95, "words": "pencil us in"}


def outcome(mail: InboundMessage) -> tuple[str, str, str, str]:
    """What became of the mail and its label, and who decided what."""
    mail.refresh_from_db()
    opinion = SecondOpinion.objects.get(pk=mail.pk)
    return mail.status, mail.label, opinion.decided_by, opinion.label
