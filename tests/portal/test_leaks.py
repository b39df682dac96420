"""What a customer must never see, asked of every page of the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.clients import SiteClient
from tests.helpers.portal_world import INTERNAL, STRANGER, World, make_world, pages

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

MINE = "Marigold"


@pytest.fixture
def mine() -> World:
    make_world(marker=STRANGER)
    return make_world(marker=MINE)


def read(client: SiteClient, url: str) -> tuple[int, str]:
    answer = client.get(url)
    body = b"" if answer.streaming else answer.content
    return answer.status_code, body.decode(errors="replace")


def test_no_page_shows_internal_numbers_or_anybody_elses_things(
    client: SiteClient, mine: World
) -> None:
    client.force_login(mine.membership.user)
    leaks, opened = [], 0
    for name, url in pages(mine).items():
        status, html = read(client, url)
        opened += status == 200
        leaks += [(name, word) for word in (*INTERNAL, STRANGER) if word in html]

    assert leaks == []
    assert opened >= 15


def test_the_preview_shows_the_work_and_nothing_internal(client: SiteClient, mine: World) -> None:
    status, html = read(client, f"/portal/{mine.customer.public_token}")

    assert status == 200
    assert f"{MINE} snapshot" in html
    assert [word for word in (*INTERNAL, STRANGER) if word in html] == []
    assert mine.customer.public_token not in html
    assert "<form" not in html


def test_a_preview_offers_nothing_to_buy(
    client: SiteClient, mine: World, configure: Callable[..., None]
) -> None:
    """Even where its owner is offered something."""
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY="sk_test_" + "a1" * 12)
    client.force_login(mine.membership.user)

    _, own = read(client, "/portal/")
    _, preview = read(client, f"/portal/{mine.customer.public_token}")

    assert "create-checkout-session" in own
    assert "create-checkout-session" not in preview
    assert "<form" not in preview


def test_a_stranger_finds_no_row(client: SiteClient, mine: World) -> None:
    stranger = make_world(marker="Somebody")
    client.force_login(stranger.membership.user)
    seen = []
    for name, url in pages(mine).items():
        if url.rstrip("/").rsplit("/", 1)[-1].isdecimal():
            status, html = read(client, url)
            if status not in {404, 405} or MINE in html:
                seen.append((name, status))

    assert seen == []


def test_nobody_else_gets_past_the_door(client: SiteClient, mine: World) -> None:
    doors = {
        name: client.get(url).status_code for name, url in pages(mine).items() if name != "preview"
    }

    # Signing in first, or (where only POST is known) not at all.
    assert {name: status for name, status in doors.items() if status not in {302, 405}} == {}
