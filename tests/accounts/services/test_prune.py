"""Sign-in leftovers: what goes, what stays, and that a large heap goes in batches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from accounts.models import ConsoleSession, LoginLink
from accounts.services import login_links, prune
from tests.conftest import NOON
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


def sessions(model: type[Session | ConsoleSession]) -> list[str]:
    for key, expires in (("over", NOON - SECOND), ("now", NOON), ("alive", NOON + SECOND)):
        model.objects.create(session_key=key, session_data="", expire_date=expires)
    return ["alive", "now"]


@pytest.mark.parametrize("model", [Session, ConsoleSession])
def test_sessions_that_are_over_go_in_both_realms(model: type[Session | ConsoleSession]) -> None:
    kept = sessions(model)

    assert [prune.prune_next(now=NOON), prune.prune_next(now=NOON)] == [True, False]

    assert list(model.objects.order_by("pk").values_list("pk", flat=True)) == kept


def test_a_credential_is_kept_for_thirty_days_after_it_ended() -> None:
    person = UserFactory.create()
    link = login_links.issue_link(user=person, email=person.email, now=NOON).link
    ended = link.expires_at + timedelta(days=30)

    assert prune.prune_next(now=ended) is False
    assert LoginLink.objects.count() == 1
    assert prune.prune_next(now=ended + SECOND) is True
    assert LoginLink.objects.count() == 0
    person.refresh_from_db()


def test_a_heap_goes_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "BATCH", 2)
    for n in range(5):
        Session.objects.create(session_key=f"s{n}", session_data="", expire_date=NOON - SECOND)

    left = []
    while prune.prune_next(now=NOON):
        left.append(Session.objects.count())

    assert left == [3, 1, 0]
