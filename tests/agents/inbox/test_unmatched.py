"""What follows from a mail that belongs to no conversation."""

from __future__ import annotations

import pytest

from agents.states import InboundStatus
from agents.suppression.selectors import is_suppressed
from tests.factories import CustomerFactory
from tests.helpers.inbox import deliver
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_unmatched_opt_out_counts_for_everybody() -> None:
    stored = deliver(reply("Stop emailing me", sender="stranger@else.com"))

    assert stored.status == InboundStatus.UNMATCHED
    assert is_suppressed(customer=CustomerFactory.create(), email="stranger@else.com")
