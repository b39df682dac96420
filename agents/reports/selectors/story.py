"""What the machine has done so far, in numbers: the table at the end of a simulation."""

from __future__ import annotations

from agents.models import InboundMessage, Lead, Message, Suppression, Task
from agents.states import MESSAGE_OUT
from billing.models import Invoice


def count_story() -> dict[str, int]:
    """What happened, in the order in which a person would tell it."""
    return {
        "leads found": Lead.objects.count(),
        "emails written (dry run)": Message.objects.filter(status__in=MESSAGE_OUT).count(),
        "emails received (simulated)": InboundMessage.objects.filter(is_simulated=True).count(),
        "leads that replied": Lead.objects.filter(replied_at__isnull=False).count(),
        "leads qualified": Lead.objects.filter(qualified_at__isnull=False).count(),
        "addresses suppressed": Suppression.objects.count(),
        "tasks done": Task.objects.filter(finished_at__isnull=False).count(),
        "invoices": Invoice.objects.count(),
    }
