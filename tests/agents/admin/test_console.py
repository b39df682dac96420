"""The console: every page opens, looking is free, acting asks for a right, and every
deed leaves an audit row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Customer, User
from agents.admin.actions import offered_actions
from agents.models import Breaker, CycleRun, Message, SendAttempt, SystemSettings
from agents.reports.selectors.attention import list_decisions
from agents.states import AttemptOutcome, CycleAgent, TaskStatus
from billing.models import Invoice, Subscription
from hossagent.lib import clock
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    InvoiceFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
)
from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

OURS = [
    model
    for label in ("accounts", "billing", "agents")
    for model in apps.get_app_config(label).get_models()
    if admin.site.is_registered(model)
]
SWITCHES = ["autopilot-off", "autopilot-on", "outreach-stop", "outreach-resume"]


def fill(customer: Customer) -> None:
    """A row of every kind that a page of the console shows."""
    lead = MessageFactory.create(
        lead__customer=customer, held_code="window", held_reason="Outside the window."
    ).lead
    ConversationFactory.create(lead=lead, last_reply_at=NOON, is_awaiting_answer=True)
    InboundMessageFactory.create(customer=customer)
    InvoiceFactory.create(customer=customer)
    TaskFactory.create(customer=customer)
    CycleRun.objects.create(
        customer=customer, agent="ops", started_at=NOON, finished_at=NOON, outcome="idle"
    )
    SendAttempt.objects.create(
        at=NOON,
        customer_id=customer.pk,
        message_pk=1,
        lead_id=lead.pk,
        email="grace@clinic.com",
        subject="A quieter front desk",
        mode="DRY_RUN",
        outcome=AttemptOutcome.THROTTLED,
        code="hourly_cap",
    )


@pytest.fixture
def customer() -> Customer:
    membership = MembershipFactory.create()
    fill(membership.customer)
    return membership.customer


@pytest.fixture
def onlooker_client(operator_client: SiteClient) -> SiteClient:
    """An operator with no permission at all."""
    User.objects.filter(is_staff=True).update(is_superuser=False)
    return operator_client


def allow(permission: str) -> None:
    app, codename = permission.split(".")
    right = Permission.objects.get(content_type__app_label=app, codename=codename)
    User.objects.get(is_staff=True).user_permissions.add(right)


def queries(client: SiteClient, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_every_list_search_filter_and_record_opens(
    operator_client: SiteClient, customer: Customer
) -> None:
    failed = []
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        changelist = reverse(f"{name}_changelist")
        urls = [changelist, f"{changelist}?q=a"]
        request = operator_client.get(changelist).wsgi_request
        page = admin.site.get_model_admin(model)
        for spec in page.get_changelist_instance(request).filter_specs:
            choices = spec.choices(page.get_changelist_instance(request))
            urls += [changelist + choice["query_string"] for choice in choices]
        if row := model._default_manager.first():
            urls.append(reverse(f"{name}_change", args=[row.pk]))
        failed += [url for url in urls if operator_client.get(url).status_code != 200]

    assert len(OURS) >= 20
    assert failed == []


def test_no_form_of_the_console_edits_a_status(
    operator_client: SiteClient, customer: Customer
) -> None:
    request = operator_client.get("/admin/").wsgi_request

    editable = [
        model.__name__
        for model in OURS
        if admin.site.get_model_admin(model).has_change_permission(request)
        or admin.site.get_model_admin(model).has_add_permission(request)
        or admin.site.get_model_admin(model).has_delete_permission(request)
    ]

    assert editable == []


@pytest.mark.parametrize(
    "url", ["/admin/", "/admin/accounts/customer/", "/admin/summary", "/admin/agents/message/"]
)
def test_pages_cost_the_same_with_3_and_with_30_customers(
    operator_client: SiteClient, url: str
) -> None:
    for _ in range(3):
        fill(CustomerFactory.create())
    operator_client.get(url)  # content types are looked up once per process
    few = queries(operator_client, url)
    for _ in range(27):
        fill(CustomerFactory.create())

    assert queries(operator_client, url) == few


def test_the_customer_page_costs_the_same_however_much_happened(
    operator_client: SiteClient, customer: Customer
) -> None:
    url = reverse("admin:accounts_customer_change", args=[customer.pk])
    operator_client.get(url)  # content types are looked up once per process
    few = queries(operator_client, url)
    for _ in range(5):
        TaskFactory.create(customer=customer)
        MessageFactory.create(lead__customer=customer, held_code="x", held_reason="Held.")

    assert queries(operator_client, url) == few


def test_the_index_needs_no_script_and_says_what_the_numbers_are(
    operator_client: SiteClient, customer: Customer
) -> None:
    page = operator_client.get("/admin/").content.decode()

    assert "<script" not in page
    assert "style=" not in page
    for words in (
        "Revenue (internal metric)",
        "Outstanding (internal metric)",
        "EMAIL_MODE is DRY_RUN",
        "1 of them throttled",
        "7 days, 15 tasks, 20 leads, DRY_RUN emails only",
        "0 / 15",
        "View as customer",
    ):
        assert words in page


def test_an_onlooker_sees_everything_and_can_do_nothing(
    onlooker_client: SiteClient, customer: Customer
) -> None:
    pages = ["/admin/", "/admin/summary", "/admin/accounts/customer/", "/admin/agents/task/"]
    pages.append(reverse("admin:accounts_customer_change", args=[customer.pk]))
    before = Customer.objects.values().get(), Subscription.objects.values().get()

    looked = [onlooker_client.get(page).status_code for page in pages]
    posts = [reverse("admin:run_agent", args=[agent]) for agent in [*CycleAgent.values, "all"]]
    posts += [reverse("admin:switch", args=[name]) for name in SWITCHES]
    posts += [
        reverse("admin:customer_action", args=[customer.pk, action.slug])
        for action in offered_actions(Customer.objects.select_related("profile").get())
    ]
    acted = [onlooker_client.post(url, {"confirmed": "1"}).status_code for url in posts]

    assert looked == [200] * len(pages)
    assert acted == [403] * len(posts)
    assert (Customer.objects.values().get(), Subscription.objects.values().get()) == before
    assert AuditEvent.objects.count() == 0


def test_a_right_allows_its_own_actions_only(
    onlooker_client: SiteClient, customer: Customer
) -> None:
    allow("accounts.change_customer")

    pause = onlooker_client.post(reverse("admin:customer_action", args=[customer.pk, "pause"]))
    grant = onlooker_client.post(
        reverse("admin:customer_action", args=[customer.pk, "grant-complimentary"]),
        {"confirmed": "1"},
    )

    assert (pause.status_code, grant.status_code) == (302, 403)


@pytest.mark.parametrize(
    ("slug", "action", "before", "after"),
    [
        ("pause", "outreach.paused", {}, ["outreach_paused_at"]),
        ("run", "agents.run", {}, ["agents"]),
        (
            "grant-complimentary",
            "complimentary.granted",
            {"is_complimentary": False},
            ["is_complimentary"],
        ),
    ],
)
def test_a_deed_leaves_who_what_before_and_after(
    operator_client: SiteClient,
    customer: Customer,
    slug: str,
    action: str,
    before: dict[str, Any],
    after: list[str],
) -> None:
    url = reverse("admin:customer_action", args=[customer.pk, slug])

    operator_client.post(url, {"confirmed": "1"})

    event = AuditEvent.objects.get()
    assert (event.actor, event.action) == ("hoss@hossagent.test", action)
    assert (event.customer_id, event.subject_id) == (customer.pk, str(customer.pk))
    assert event.before == before
    assert list(event.after) == after


def test_what_hurts_is_asked_first(operator_client: SiteClient, customer: Customer) -> None:
    url = reverse("admin:customer_action", args=[customer.pk, "grant-complimentary"])

    asked = operator_client.post(url, {"back": "/admin/accounts/customer/?plan=trial"})
    is_granted = Subscription.objects.get().is_complimentary
    done = operator_client.post(
        url, {"back": "/admin/accounts/customer/?plan=trial", "confirmed": "1"}
    )

    page = asked.content.decode()
    assert "pays nothing" in page
    assert 'value="/admin/accounts/customer/?plan=trial"' in page
    assert is_granted is False
    assert Subscription.objects.get().is_complimentary is True
    assert done.headers["Location"] == "/admin/accounts/customer/?plan=trial"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:x"])
def test_the_way_back_never_leaves_the_console(
    operator_client: SiteClient, customer: Customer, back: str
) -> None:
    url = reverse("admin:customer_action", args=[customer.pk, "pause"])

    answer = operator_client.post(url, {"back": back})

    assert answer.headers["Location"] == reverse(
        "admin:accounts_customer_change", args=[customer.pk]
    )


def test_actions_follow_the_customers_state(customer: Customer) -> None:
    def slugs() -> set[str]:
        row = Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)
        return {action.slug for action in offered_actions(row)}

    running = slugs()
    Customer.objects.filter(pk=customer.pk).update(autopilot=False, closed_at=NOON)
    closed = slugs()

    assert {"run", "pause", "grant-complimentary"} <= running
    assert "resume" not in running
    assert closed & {"run", "pause", "resume", "grant-complimentary"} == set()


def test_a_busy_customer_is_said_to_be_busy(
    operator_client: SiteClient, customer: Customer
) -> None:
    Customer.objects.filter(pk=customer.pk).update(lease_until=clock.now() + timedelta(minutes=5))

    answer = operator_client.post(
        reverse("admin:customer_action", args=[customer.pk, "run"]), follow=True
    )

    assert "are working for" in answer.content.decode()
    assert AuditEvent.objects.count() == 0


def test_an_agent_runs_for_every_customer(operator_client: SiteClient) -> None:
    customer = CustomerFactory.create()

    answer = operator_client.post(reverse("admin:run_agent", args=["billing"]), follow=True)

    run = CycleRun.objects.get()
    assert (run.customer, run.agent) == (customer, CycleAgent.BILLING)
    assert run.started_by == "hoss@hossagent.test"
    assert AuditEvent.objects.get().after == {"agents": "billing"}
    assert "Billing: 1 customer, nothing to do." in answer.content.decode()


def test_switches_turn_and_say_so(operator_client: SiteClient) -> None:
    states = []
    for name in SWITCHES:
        operator_client.post(reverse("admin:switch", args=[name]))
        row = SystemSettings.objects.get()
        states.append((row.is_autopilot_on, row.outreach_stopped_at is not None))

    assert states == [(False, False), (True, False), (True, True), (True, False)]
    assert AuditEvent.objects.count() == 4


def test_nothing_changes_by_looking(operator_client: SiteClient, customer: Customer) -> None:
    urls = [
        reverse("admin:run_agent", args=["all"]),
        reverse("admin:switch", args=["outreach-stop"]),
        reverse("admin:customer_action", args=[customer.pk, "pause"]),
    ]

    assert [operator_client.get(url).status_code for url in urls] == [405] * 3
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("plan=trial", ["Trial"]),
        ("plan=trial_expired", ["Over"]),
        ("plan=pro", ["Late", "Paying"]),
        ("plan=complimentary", ["House"]),
        ("attention=yes", ["Late"]),
        ("status=past_due", ["Late"]),
        ("q=pay", ["Paying"]),
    ],
)
def test_customer_plans_answers_questions(
    operator_client: SiteClient, query: str, found: list[str]
) -> None:
    now = clock.now()
    trial = {"trial_started_at": now, "trial_ends_at": now + timedelta(days=7)}
    over = {"trial_started_at": NOON - timedelta(days=9), "trial_ends_at": NOON}
    customers: dict[str, dict[str, Any]] = {
        "Trial": trial,
        "Over": over,
        "Paying": {**over, "status": "active", "last_paid_at": NOON},
        "Late": {**over, "status": "past_due"},
        "House": {"is_complimentary": True},
    }
    for company, fields in customers.items():
        row = CustomerFactory.create(company=company)
        Subscription.objects.filter(pk=row.pk).update(**fields)

    page = operator_client.get(f"/admin/accounts/customer/?{query}")

    assert sorted(row.company for row in page.context["cl"].result_list) == found


def test_the_summary_page_and_its_json_agree(
    operator_client: SiteClient, customer: Customer
) -> None:
    page = operator_client.get("/admin/summary?period=week").content.decode()
    data = operator_client.get("/admin/summary?period=week&format=json").json()

    assert "Needs your attention" in page
    assert data["days"] == 7
    assert data["leads"]["total"] == 0  # the row of this test is older than a week


def choose(client: SiteClient, model: str, action: str, *rows: Any) -> str:
    answer = client.post(
        f"/admin/{model}/",
        {"action": action, "_selected_action": [row.pk for row in rows]},
        follow=True,
    )
    return answer.content.decode()


def test_failed_rows_get_another_go_and_others_are_named(operator_client: SiteClient) -> None:
    failed = TaskFactory.create(status=TaskStatus.FAILED, due_at=None, error="The writer was down.")
    pending = TaskFactory.create(title="Market snapshot, waiting")

    page = choose(operator_client, "agents/task", "retry", failed, pending)

    failed.refresh_from_db()
    assert failed.status == TaskStatus.PENDING
    assert "1 updated." in page
    assert "Market snapshot, waiting: only a failed task can be retried." in page
    event = AuditEvent.objects.get()
    assert (event.action, event.before) == ("task.retry", {"error": "The writer was down."})


def test_a_work_summary_is_issued_only_within_the_guard(operator_client: SiteClient) -> None:
    good, huge = (
        InvoiceFactory.create(total_cents=10_000),
        InvoiceFactory.create(total_cents=99_999),
    )
    for invoice in (good, huge):
        invoice.lines.create(description="Brief", amount_cents=invoice.total_cents, created_at=NOON)

    page = choose(operator_client, "billing/invoice", "issue", good, huge)

    states = dict(Invoice.objects.values_list("pk", "status"))
    assert states == {good.pk: "open", huge.pk: "draft"}
    assert "Not issued" in page
    assert AuditEvent.objects.get().action == "invoice.issue"


@pytest.mark.parametrize(
    ("model", "action"),
    [("agents/task", "retry"), ("billing/invoice", "issue"), ("billing/invoice", "void")],
)
def test_list_actions_ask_for_the_right(
    onlooker_client: SiteClient, model: str, action: str
) -> None:
    row = TaskFactory.create() if model == "agents/task" else InvoiceFactory.create()

    answer = onlooker_client.post(
        f"/admin/{model}/", {"action": action, "_selected_action": [row.pk]}
    )

    assert answer.status_code == 403
    assert AuditEvent.objects.count() == 0


def test_a_decision_link_opens_what_is_left_of_it(operator_client: SiteClient) -> None:
    task = TaskFactory.create(status=TaskStatus.FAILED, due_at=None)
    (decision,) = list_decisions(now=NOON)

    waiting = operator_client.get(decision.link)
    task.delete()
    resolved = operator_client.get(decision.link, follow=True).content.decode()
    forged = operator_client.get(decision.link[:-1] + "x", follow=True).content.decode()

    assert waiting.headers["Location"] == "/admin/agents/task/?status__exact=failed"
    assert "This is already resolved" in resolved
    assert "expired or invalid" in forged


def test_a_decision_link_is_worth_nothing_without_signing_in(client: SiteClient) -> None:
    TaskFactory.create(status=TaskStatus.FAILED, due_at=None)
    (decision,) = list_decisions(now=NOON)

    answer = client.get(decision.link)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/?next=/admin/decide/")


def test_unknown_send_is_resolved_by_a_person_and_not_sent_again(
    operator_client: SiteClient,
) -> None:
    message = MessageFactory.create(mode="live")
    rows = Message.objects.filter(pk=message.pk)
    for status in ("queued", "claimed", "sending"):
        rows.update(status=status, message_id="<1@test>", sending_at=NOON)
    rows.update(status="unknown", due_at=None, finished_at=NOON)

    page = choose(operator_client, "agents/message", "resolve_as_failed", message)
    again = choose(operator_client, "agents/message", "resolve_as_sent", message)

    assert "1 updated." in page
    assert "only an email with an unknown outcome can be resolved." in again
    assert rows.get().status == "failed"
    assert AuditEvent.objects.get().after == {"status": "failed"}


def test_breaker_is_named_and_reset_by_a_person(operator_client: SiteClient) -> None:
    breaker = Breaker.objects.create(
        code="bounces", scope="all", sentence="Too many bounced.", numbers={}, tripped_at=NOON
    )

    before = operator_client.get("/admin/").content.decode()
    choose(operator_client, "agents/breaker", "rearm", breaker)

    assert "1 circuit breaker has stopped email" in before
    breaker.refresh_from_db()
    assert breaker.rearmed_by == "hoss@hossagent.test"


def test_the_customer_page_explains_why_nothing_is_sending(
    operator_client: SiteClient, customer: Customer
) -> None:
    page = operator_client.get(
        reverse("admin:accounts_customer_change", args=[customer.pk])
    ).content.decode()

    assert "Why is nothing sending?" in page
    assert page.count('<span class="good">pass</span>') > 0
