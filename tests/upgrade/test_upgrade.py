"""An installation of an earlier release goes on after the upgrade, and nobody notices."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from accounts.models import Customer, Membership, OutboxMail, User
from agents.mailboxes.services.transports import get_transport
from agents.models import (
    Conversation,
    DataExport,
    Heartbeat,
    ImportJob,
    InboundMessage,
    Lead,
    Message,
    Task,
)
from agents.reports.selectors.reconcile import verify_ledger
from agents.states import MessageMode
from billing import gateway
from billing.models import BillingEvent
from hossagent import schedule
from hossagent.celery import app as celery
from hossagent.config import Config
from tests.factories import InboundMessageFactory
from tests.fakes.mail import MailServer
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET, FakeStripe
from tests.helpers import databases
from tests.helpers.clients import SiteClient
from tests.helpers.live import smtp_config
from tests.helpers.mailbag import reply
from tests.helpers.portal_world import World, pages
from tests.upgrade.dumps import kept, put_rows, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.upgrade.conftest import Upgraded

OURS = ("accounts", "agents", "billing")
LOOPS_OF_EMAIL = ("agents.process_inbound", "agents.sweep", "agents.send_due")


def models() -> list[Any]:
    return [model for label in OURS for model in apps.get_app_config(label).get_models()]


def run_loops(upgraded: Upgraded, *names: str, minutes: int = 0) -> None:
    """These loops once, or all, so many minutes after the moment. The inbox has just been
    read."""
    upgraded.clock.move_to(upgraded.moment + timedelta(minutes=minutes))
    for loop in ("agents.poll_inbox", "agents.process_inbound"):
        Heartbeat.objects.update_or_create(
            pk=loop, defaults={"beat_at": upgraded.moment + timedelta(minutes=minutes)}
        )
    for name in names or [loop.task for loop in schedule.loops(Config())]:
        celery.tasks[name]()


def world_of(upgraded: Upgraded) -> World:
    """A row of each kind, of the customer that the release served."""
    customer = Customer.objects.get(company=upgraded.facts["company"])
    of = {"customer": customer}
    membership = Membership.objects.get(**of)
    return World(
        membership,
        {
            "member": membership,
            "invitation": customer.invitations.get(),
            "lead": Lead.objects.get(**of, company="Was qualified"),
            "message": Message.objects.get(**of, subject="Opener 0"),
            "approval": Message.objects.get(**of, status="awaiting_approval"),
            "conversation": Conversation.objects.get(**of, status="human"),
            "task": Task.objects.get(**of, dedupe_key="was:done"),
            "export": DataExport.objects.get(**of),
        },
    )


def test_every_row_keeps_its_place_and_status(upgraded: Upgraded) -> None:
    rows = {model._meta.db_table: model._base_manager.count() for model in models()}
    statuses = {
        f"{model._meta.db_table} {status}": model._base_manager.filter(status=status).count()
        for model in models()
        if hasattr(model, "transitions")
        for status in model.transitions.states.values
    }

    old = upgraded.facts
    assert {table: rows[table] for table in old["rows"]} == old["rows"]
    assert {status: statuses[status] for status in old["statuses"]} == old["statuses"]


def test_the_tables_are_those_of_a_new_installation(upgraded: Upgraded) -> None:
    new, old = schema_of(databases.template()), schema_of(upgraded.url)

    assert sorted(new ^ old) == []
    assert len(new) > 1000


def test_the_release_left_something_in_every_state(upgraded: Upgraded) -> None:
    """Else the tests here would hold for want of rows."""
    missing = [name for name, count in upgraded.facts["statuses"].items() if not count]

    assert missing == []


def test_the_ledger_held_before_and_holds_after(upgraded: Upgraded) -> None:
    before = [line for line in upgraded.facts["ledger"] if not line.startswith("All ")]
    assert [line for line in before if not line.startswith("holds ")] == []

    after = verify_ledger(now=upgraded.moment)

    assert [check for check in after if not check.holds] == []
    rows = [int(re.findall(r"\((\d+) ", line)[0]) for line in before]
    assert [check.rows_checked for check in after] == rows


def test_live_messages_leave_once(upgraded: Upgraded, configure: Callable[..., None]) -> None:
    """Numbers 6 and 7 were claimed and queued; what left, or may have, never leaves again."""
    with MailServer() as server:
        configure(**smtp_config(server.port))
        for minutes in (3, 6, 30, 60):
            run_loops(upgraded, *LOOPS_OF_EMAIL, minutes=minutes)
        get_transport(MessageMode.LIVE).close()
    sent = sorted(letter.recipients[0] for letter in server.letters)
    openers = Message.objects.filter(subject__startswith="Opener").order_by("subject", "pk")

    to_leads = [to for to in sent if "lakeside-clinic" in to]
    assert to_leads == ["ann@lakeside-clinic6.com", "ann@lakeside-clinic7.com"]
    assert [message.status for message in openers] == [
        *("sent", "sent", "sent", "failed", "unknown", "unknown", "sent", "sent"),
    ]
    later = upgraded.moment + timedelta(minutes=60)
    assert [check for check in verify_ledger(now=later) if not check.holds] == []


def test_replies_that_waited_are_read(upgraded: Upgraded) -> None:
    run_loops(upgraded, "agents.process_inbound")

    first, second = InboundMessage.objects.filter(external_id__startswith="imap:").order_by(
        "external_id"
    )
    assert (first.status, first.label) == ("processed", "interested")
    assert first.message == Message.objects.get(subject="Opener 0")
    assert (second.status, second.label) == ("processed", "opt_out")
    leads = Lead.objects.filter(company__in=["Lakeside Clinic 0", "Lakeside Clinic 1"])
    assert [lead.status for lead in leads.order_by("company")] == ["qualified", "unsubscribed"]


def test_work_that_waited_is_done(upgraded: Upgraded, caplog: pytest.LogCaptureFixture) -> None:
    for minutes in (0, 20):
        run_loops(upgraded, minutes=minutes)

    of = {"customer__company": upgraded.facts["company"]}
    statuses = {
        "rows of the upload": ImportJob.objects.get(**of, file_name="unread.csv").total,
        "tasks": set(
            Task.objects.filter(**of, dedupe_key__in=["was:pending", "was:running"]).values_list(
                "status", flat=True
            )
        ),
        "export": DataExport.objects.get(**of).error,
        "mail": set(
            OutboxMail.objects.filter(subject__in=["Was queued", "Was sending"]).values_list(
                "status", flat=True
            )
        ),
    }
    assert statuses == {
        "rows of the upload": 2,
        "tasks": {"done"},
        "export": "",
        "mail": {"held"},
    }
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == []


def test_an_event_of_stripe_that_waited_is_processed(
    upgraded: Upgraded, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY=API_KEY, STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET)
    monkeypatch.setattr(gateway.client, "http_client", lambda: FakeStripe(upgraded.moment))
    monkeypatch.setattr(gateway.client, "_rejected", {})

    run_loops(upgraded, "billing.process_events")

    # It is about a subscription of nobody here.
    assert BillingEvent.objects.get(event_id="evt_pending").status == "ignored"


@pytest.mark.ignore_template_errors
def test_every_page_opens(upgraded: Upgraded) -> None:
    celery.tasks["agents.build_exports"]()
    browser, world = SiteClient(), world_of(upgraded)
    browser.force_login(world.membership.user)
    browser.enter_console(User.objects.get(email=upgraded.facts["operator"]))
    console = []
    for model in models():
        if admin.site.is_registered(model):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            console.append(reverse(f"{name}_changelist"))
            console += [reverse(f"{name}_change", args=[row.pk]) for row in model.objects.all()[:3]]
    urls = [*pages(world).values(), "/admin/", "/admin/summary", "/", "/pricing", *console]

    answers = {url: browser.get(url).status_code for url in urls}

    assert {url: code for url, code in answers.items() if code not in {200, 302, 405}} == {}
    assert len(console) > 60


def test_keys_that_people_hold_still_open(upgraded: Upgraded) -> None:
    """A sign-in link, an invitation, a portal link and an opt-out link, sent before."""
    facts, letter = upgraded.facts, upgraded.facts["letters"][2]
    browser = SiteClient()

    entered = browser.post(reverse("accounts:login_link", args=[facts["sign_in_token"]]))
    codes = {
        "sign-in": browser.get(reverse("portal:home")).status_code,
        "invitation": SiteClient()
        .get(reverse("invitation", args=[facts["invitation_token"]]))
        .status_code,
        "portal": SiteClient()
        .get(reverse("portal:preview", args=[facts["portal_token"]]))
        .status_code,
        "opt-out": SiteClient().post("/u/" + letter["opt_out"].split("/u/")[1]).status_code,
    }

    assert entered.status_code == 302
    assert codes == {"sign-in": 200, "invitation": 200, "portal": 200, "opt-out": 200}
    assert Lead.objects.get(email=letter["to"]).status == "unsubscribed"


def test_a_reply_to_an_address_given_before_finds_its_thread(upgraded: Upgraded) -> None:
    letter = upgraded.facts["letters"][2]
    mail = reply("Sounds good, call me.", to=letter["reply_to"], sender="boss@elsewhere.com")
    row = InboundMessageFactory.create(
        raw=mail, source="imap", received_at=upgraded.moment, due_at=upgraded.moment
    )

    run_loops(upgraded, "agents.process_inbound")

    row.refresh_from_db()
    assert row.conversation == Conversation.objects.get(lead__email=letter["to"])
    assert (row.status, row.matched_by) == ("processed", "token")


@pytest.mark.parametrize("dump", kept()[-1:], indirect=True, scope="session", ids=str)
def test_old_code_can_still_write_its_rows(upgraded: Upgraded) -> None:
    """While workers are replaced one by one, those of the version before write into the new
    tables: each of their rows, with the columns they know, must fit."""
    tables = list(upgraded.facts["rows"])

    put_rows(upgraded.old_url, upgraded.url, tables=tables)

    rows = {model._meta.db_table: model._base_manager.count() for model in models()}
    assert {table: rows[table] for table in tables} == upgraded.facts["rows"]


@pytest.mark.parametrize("dump", kept()[-1:], indirect=True, scope="session", ids=str)
def test_loops_of_the_release_are_still_known(upgraded: Upgraded) -> None:
    """An old beat ticks until it is replaced, and a new worker must know its words."""
    assert [name for name in upgraded.facts["tasks"] if name not in celery.tasks] == []
