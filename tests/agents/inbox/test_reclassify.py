"""Mail that older rules have read is read again."""

from __future__ import annotations

import pytest

from accounts.models import OutboxMail
from agents.inbox.classify import CLASSIFIER_VERSION
from agents.inbox.services.process import process_next
from agents.models import InboundMessage, Task
from agents.states import InboundSource, InboundStatus, ReplyLabel
from tests.factories import InboundMessageFactory
from tests.helpers.inbox import NEXT_DAY, address_of, deliver, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_newer_rules_act_where_the_label_changes() -> None:
    """Where it stays the same only the version is raised, and nothing is done twice."""
    conversation = thread()
    stored = deliver(reply("Sounds good, let us talk.", to=address_of(conversation)))
    InboundMessage.objects.update(label=ReplyLabel.UNCLEAR, classifier_version=0)
    same = InboundMessageFactory.create(
        source=InboundSource.IMAP,
        raw=reply("Hm."),
        status=InboundStatus.UNMATCHED,
        due_at=None,
        label=ReplyLabel.UNCLEAR,
    )

    steps = 0
    while process_next(now=NEXT_DAY):
        steps += 1

    stored.refresh_from_db()
    same.refresh_from_db()
    assert steps == 3
    assert (stored.status, stored.label, stored.classifier_version) == (
        InboundStatus.PROCESSED,
        ReplyLabel.INTERESTED,
        CLASSIFIER_VERSION,
    )
    assert (same.status, same.classifier_version) == (
        InboundStatus.UNMATCHED,
        CLASSIFIER_VERSION,
    )
    assert Task.objects.count() == 1
    assert OutboxMail.objects.count() == 1
