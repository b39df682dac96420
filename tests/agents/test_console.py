"""The control room: every list opens, nothing can be forged, the buttons do their work."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, User
from agents.admin import panels
from agents.models import CycleRun, SendAttempt, SystemSettings
from agents.states import AttemptOutcome, CycleAgent
from tests.clients import SiteClient
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    InboundMessageFactory,
    InvoiceFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

OURS = [
    model
    for label in ("accounts", "billing", "agents")
    for model in apps.get_app_config(label).get_models()
    if admin.site.is_registered(model)
]


@pytest.fixture
def rows() -> None:
    membership = MembershipFactory.create()
    MessageFactory.create()
    ConversationFactory.create()
    InboundMessageFactory.create()
    InvoiceFactory.create(customer=membership.customer)
    TaskFactory.create(customer=membership.customer)
    SendAttempt.objects.create(
        at=NOON,
        customer_id=membership.customer.pk,
        message_pk=1,
        lead_id=1,
        email="grace@clinic.com",
        subject="A quieter front desk",
        mode="DRY_RUN",
        outcome=AttemptOutcome.THROTTLED,
        code="hourly_cap",
    )


def test_every_list_search_and_record_opens(operator_client: SiteClient, rows: None) -> None:
    failed = []
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls = [reverse(f"{name}_changelist"), f"{reverse(f'{name}_changelist')}?q=a"]
        if row := model._default_manager.first():
            urls.append(reverse(f"{name}_change", args=[row.pk]))
        failed += [url for url in urls if operator_client.get(url).status_code != 200]

    assert len(OURS) >= 20
    assert failed == []


def test_no_status_can_be_edited(operator_client: SiteClient, rows: None) -> None:
    editable = []
    for model in OURS:
        page = admin.site.get_model_admin(model)
        if getattr(page, "may_change", True):
            form = page.get_form(operator_client.get("/admin/").wsgi_request)
            editable += [f"{model._meta.model_name}.{name}" for name in form.base_fields]

    assert [name for name in editable if name.endswith((".status", ".autopilot"))] == []


def test_the_index_shows_the_numbers_and_the_last_attempts(
    operator_client: SiteClient, rows: None
) -> None:
    page = operator_client.get("/admin/").content.decode()

    assert "pending tasks" in page
    assert "internal metrics" in page
    assert "Throttled" in page
    assert "EMAIL_MODE is DRY_RUN" in page
    assert "<script" not in page
    assert "style=" not in page


def test_the_index_costs_the_same_however_many_rows(
    operator_client: SiteClient, rows: None
) -> None:
    operator_client.get("/admin/")  # content types are looked up once per process
    with CaptureQueriesContext(connection) as few:
        operator_client.get("/admin/")
    for _ in range(5):
        MessageFactory.create()
        TaskFactory.create()
    with CaptureQueriesContext(connection) as more:
        operator_client.get("/admin/")

    assert len(more) == len(few)


def test_an_agent_runs_for_every_customer_and_is_audited(operator_client: SiteClient) -> None:
    membership = MembershipFactory.create()

    answer = operator_client.post(reverse("admin:agents_run", args=["billing"]), follow=True)

    run = CycleRun.objects.get()
    assert (run.customer, run.agent) == (membership.customer, CycleAgent.BILLING)
    assert run.started_by == "hoss@hossagent.test"
    assert AuditEvent.objects.filter(action="agents.run.billing").count() == 1
    assert "Billing ran" in answer.content.decode()


def test_without_customers_the_button_says_so(operator_client: SiteClient) -> None:
    answer = operator_client.post(reverse("admin:agents_run", args=["bizdev"]), follow=True)

    assert "BizDev: no customer has its autopilot on." in answer.content.decode()


def test_switches_turn_everything_off_and_on(operator_client: SiteClient) -> None:
    for switch in ("autopilot-off", "outreach-stop"):
        operator_client.post(reverse("admin:agents_switch", args=[switch]))
    system = SystemSettings.objects.get()
    assert (system.is_autopilot_on, system.outreach_stopped_at is None) == (False, False)

    for switch in ("autopilot-on", "outreach-resume"):
        operator_client.post(reverse("admin:agents_switch", args=[switch]))
    system = SystemSettings.objects.get()
    assert (system.is_autopilot_on, system.outreach_stopped_at) == (True, None)


@pytest.mark.parametrize(
    "url", ["/admin/agents/cyclerun/run/billing/", "/admin/agents/cyclerun/switch/autopilot-off/"]
)
def test_buttons_need_post_an_operator_and_the_right(client: SiteClient, url: str) -> None:
    assert client.post(url).status_code == 302
    client.force_login(MembershipFactory.create().user)
    assert client.post(url).status_code == 302
    clerk = User.objects.create_operator(
        email="clerk@hossagent.test", password="long enough to pass", now=NOON, superuser=False
    )
    client.enter_console(clerk)
    assert client.get(url).status_code == 405
    client.post(url)

    assert not CycleRun.objects.exists()
    assert SystemSettings.objects.get().is_autopilot_on


def test_what_needs_a_person_is_counted() -> None:
    ConversationFactory.create(is_awaiting_answer=True, last_reply_at=NOON)

    tiles = panels.needs_a_person(None)["tiles"]  # type: ignore[arg-type] # it reads no request

    assert [(tile.value, tile.label) for tile in tiles] == [
        ("1", "conversations waiting for an answer")
    ]
