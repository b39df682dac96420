"""The operator sees every customer's uploads, by state, and why one stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from agents.admin.uploads import STATES, state_of
from agents.models import ImportJob
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.fixture
def jobs() -> dict[str, ImportJob]:
    customer = CustomerFactory.create()
    fields: dict[str, dict[str, Any]] = {
        "waiting": {"reading_due_at": NOON},
        "running": {"due_at": NOON, "total": 3},
        "done": {"finished_at": NOON + timedelta(minutes=1), "total": 3},
        "failed": {"finished_at": NOON, "error": "The import stopped after row 0."},
    }
    return {
        state: ImportJob.objects.create(
            customer=customer, file_name=f"{state}.csv", uploaded_at=NOON, **values
        )
        for state, values in fields.items()
    }


def test_each_upload_is_in_one_state(jobs: dict[str, ImportJob]) -> None:
    assert {name: state_of(job) for name, job in jobs.items()} == {name: name for name in STATES}
    for state, job in jobs.items():
        assert list(ImportJob.objects.filter(STATES[state])) == [job]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["failed.csv", "done.csv", "running.csv", "waiting.csv"]),
        ("state=failed", ["failed.csv"]),
        ("state=running", ["running.csv"]),
        ("q=done", ["done.csv"]),
    ],
)
def test_the_list_is_narrowed_by_state_and_words(
    operator_client: SiteClient, jobs: dict[str, ImportJob], query: str, shown: list[str]
) -> None:
    page = operator_client.get(f"{reverse('admin:agents_importjob_changelist')}?{query}")

    assert [job.file_name for job in page.context["cl"].result_list] == shown
