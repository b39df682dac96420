"""What a load balancer and a person ask first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hossagent import __version__

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient


def test_healthz_answers_without_the_database(client: SiteClient) -> None:
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, f"ok {__version__}\n".encode())


@pytest.mark.django_db
def test_readyz_answers_with_the_database(client: SiteClient) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.content) == (200, b"ready\n")
