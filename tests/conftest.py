"""What every test shares: the moment it happens at, and a quiet world."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from accounts.models import User
from tests.helpers import databases
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest_django

# A Wednesday, inside every default sending window of the United States.
NOON = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The run's database starts as a copy of the migrated one, not empty."""
    template, test = databases.template(), connection.settings_dict["TEST"]
    if databases.server():
        test["TEMPLATE"] = databases.name_of(template)
        connection.ops.sql_flush = databases.sql_flush  # type: ignore[method-assign] # for the run
    else:
        databases.copy_file(template, Path(test["NAME"]))


@pytest.fixture(scope="session")
def django_db_keepdb(*, django_db_keepdb: bool) -> bool:
    """SQLite's file is taken as it was copied; the next run copies it anew."""
    return django_db_keepdb or not databases.server()


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Rate limits are counted in the cache, which all tests of a process share."""
    cache.clear()


@pytest.fixture
def now() -> datetime:
    """Noon in New York on a working day; pass it on, never read the clock."""
    return NOON


@pytest.fixture
def at_noon() -> Iterator[time_machine.Traveller]:
    """The clock stands at noon, and only the test moves it."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def client() -> SiteClient:
    """A browser; `client.force_login(user)` is a member's, `enter_console` an operator's."""
    return SiteClient()


@pytest.fixture
def operator_client(db: None) -> SiteClient:
    """A browser in which an operator is signed in at /admin."""
    operator = User.objects.create_operator(
        email="hoss@hossagent.test", password="correct horse battery", now=NOON
    )
    browser = SiteClient()
    browser.enter_console(operator)
    return browser


@pytest.fixture
def configure(settings: pytest_django.Settings) -> Callable[..., None]:
    """`configure(EMAIL_MODE="SMTP", ...)`: the product's configuration for one test."""

    def change(**values: Any) -> None:
        config = django_settings.CONFIG
        settings.CONFIG = type(config).model_validate({**config.model_dump(), **values})

    return change


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Race tests need Postgres, and what is marked `sqlite` is about one machine's own
    database; on the other one they are deselected, and counted as such. So is on Postgres
    what asks for no database at all."""
    on_postgres = connection.vendor == "postgresql"
    other = "sqlite" if on_postgres else "postgres"
    dropped = [
        item
        for item in items
        if item.get_closest_marker(other) or (on_postgres and not _can_tell_databases_apart(item))
    ]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    gone = set(dropped)
    keep = [item for item in items if item not in gone]
    if on_postgres:
        # The half on SQLite has measured what these cover, and measuring takes time.
        for item in keep:
            if not item.get_closest_marker("postgres") and _LIBRARY not in item.path.parents:
                item.add_marker("no_cover")
    items[:] = _longest_first(keep)


# Its ways of talking to a database differ from one to the other.
_LIBRARY = Path(__file__).parent / "hossagent" / "lib"
# Their tests reach databases past Django, or read the SQL that is made for one.
_PAST_DJANGO = {Path(__file__).parent / name for name in ("faults", "meta", "upgrade")}
_DATABASE_FIXTURES = {"db", "transactional_db", "machine"}


def _can_tell_databases_apart(item: pytest.Item) -> bool:
    """Whether the test can see which database there is. pytest-django keeps a test that
    asks for none away from it, so its result on SQLite is its result on Postgres."""
    return bool(
        item.get_closest_marker("django_db")
        or _DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
        or _PAST_DJANGO & set(item.path.parents)
    )


def _longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """A run ends when its last test does, so the longest begins first. The short ones come
    next: a worker is handed some tests at a time, and those wait behind the long one."""
    ordered = sorted(items, key=_minutes)
    if ordered and _minutes(ordered[-1]):
        ordered.insert(0, ordered.pop())
    return ordered


def _minutes(item: pytest.Item) -> float:
    marker = item.get_closest_marker("slow")
    return float(marker.kwargs.get("minutes", 0)) if marker else 0
