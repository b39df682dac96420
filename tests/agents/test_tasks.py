"""Every scheduled task runs, on an empty database too, and tells its heartbeat."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from agents.autopilot.services.prune import prune_next
from agents.models import CycleRun, DomainCheck, Heartbeat, HourlyQuota, SendAttempt
from agents.reports.selectors.story import count_story
from agents.states import AttemptOutcome
from hossagent import schedule
from hossagent.celery import app
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

# The inbox loop notes a visit only when the inbox was read, and there is none to read.
LOOPS = [loop for loop in schedule.loops(settings.CONFIG) if loop.task != "agents.poll_inbox"]


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: loop.task)
def test_a_tick_with_nothing_to_do_is_done_and_seen(loop: schedule.Loop) -> None:
    app.loader.import_default_modules()

    app.tasks[loop.task]()

    assert Heartbeat.objects.filter(loop=loop.task).count() == 1


def test_old_records_go_in_batches_and_new_ones_stay(configure: Callable[..., None]) -> None:
    configure(LOG_KEEP_ENTRIES=100)
    customer = CustomerFactory.create()
    for ago, outcome in ((1, "idle"), (24 * 20, "ok"), (7, "idle"), (24 * 40, "failed")):
        at = NOON - timedelta(hours=ago)
        CycleRun.objects.create(
            customer=customer, agent="ops", started_at=at, finished_at=at, outcome=outcome
        )
    HourlyQuota.objects.create(hour=NOON - timedelta(days=8), mode="live")
    HourlyQuota.objects.create(hour=NOON, mode="live")
    SendAttempt.objects.bulk_create(
        SendAttempt(
            at=NOON, customer_id=1, message_pk=n, lead_id=n, email="a@b.test", subject="s",
            mode="DRY_RUN", outcome=AttemptOutcome.DRY_RUN,
        )
        for n in range(120)
    )  # fmt: skip

    steps = 0
    while prune_next(now=NOON):
        steps += 1

    assert steps == 4
    kept = CycleRun.objects.order_by("-started_at").values_list("outcome", flat=True)
    assert list(kept) == ["idle", "ok"]
    assert HourlyQuota.objects.get().hour == NOON
    assert SendAttempt.objects.count() == 100
    assert SendAttempt.objects.earliest("pk").message_pk == 20


def test_simulate_reports_what_happened(
    configure: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    configure(SANDBOX_SPEED=1, MAX_NEW_LEADS_PER_CYCLE=5, MAX_EMAILS_PER_CYCLE=5)

    call_command("simulate", "--here", "--customers", "1", "--days", "1")

    assert "Every promise held at every step." in capsys.readouterr().out
    assert max(count_story().values()) > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--days", "0"], "Give at least one customer, one day and one email per cycle."),
        (["--here"], "A simulation needs SANDBOX_WORLD=TRUE and SANDBOX_SPEED=1."),
    ],
)
def test_simulate_refuses_what_makes_no_sense(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("simulate", *arguments)

    assert str(caught.value) == sentence


def test_simulate_never_touches_customers() -> None:
    CustomerFactory.create()

    with pytest.raises(CommandError, match="needs an empty one"):
        call_command("simulate", "--here")


def test_check_domain_shows_the_records_to_paste(monkeypatch: pytest.MonkeyPatch) -> None:
    detail: dict[str, Any] = {
        "found": "no record",
        "sentence": "Publish this record.",
        "paste": "v=spf1 -all",
        "name": "agency.com",
    }
    check = DomainCheck(domain="agency.com", spf="fail", dkim="unknown", dmarc="pass")
    check.details = dict.fromkeys(("spf", "dkim", "dmarc"), detail)
    # DNS cannot be reached here; the check itself has its own tests.
    monkeypatch.setattr("agents.management.commands.check_domain.check_domain", lambda **_: check)
    out = StringIO()

    call_command("check_domain", "Agency.com", stdout=out)

    assert "SPF    fail     no record" in out.getvalue()
    assert "TXT agency.com  v=spf1 -all" in out.getvalue()
    with pytest.raises(CommandError, match="Name a domain"):
        call_command("check_domain", stdout=out)
