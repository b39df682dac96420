"""The user guide: every guide opens, and its links lead to pages that exist."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from agents.leads.columns import SYNONYMS
from agents.outreach import warmup
from portal.guides import FOLDER, GUIDES, read_guide
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient


def test_every_file_is_a_guide_and_the_reverse() -> None:
    assert sorted(GUIDES) == sorted(path.stem for path in FOLDER.glob("*.md"))


def test_links_between_guides_are_addresses_of_pages() -> None:
    for slug in GUIDES:
        assert re.findall(r"\((?!\.\./|https?:)([^)\s]+\.md)\)", read_guide(slug)) == []


@pytest.mark.django_db
def test_every_guide_opens(client: SiteClient) -> None:
    client.force_login(MembershipFactory.create().user)

    for slug, title in GUIDES.items():
        page = client.get(reverse("portal:guide", args=[slug])).content.decode()
        assert f"<h1>{title}</h1>" in page
    assert client.get(reverse("portal:guide", args=["nothing"])).status_code == 404


def test_the_warm_up_schedule_is_the_one_in_force() -> None:
    text = read_guide("warm-up")

    assert f"| first day | {warmup.FIRST_DAY} |" in text
    assert f"| after each day that was used and clean | {warmup.STEP} more |" in text
    assert f"| at most | {warmup.CEILING} |" in text
    assert f"half, at least {warmup.FLOOR} |" in text


def test_every_column_in_the_csv_guide_is_understood() -> None:
    rows = re.findall(r"^\| `([^`]+)`", read_guide("csv-format"), flags=re.MULTILINE)
    understood = {name for names in SYNONYMS.values() for name in names}

    assert len(rows) == 10
    assert [name for name in rows if name not in understood] == []
