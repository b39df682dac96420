"""The commands that run and seed the machine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import AuditEvent, Customer, Membership, User
from accounts.services import operators
from agents.autopilot.services.stages import STAGES
from agents.models import CycleRun
from agents.states import CycleAgent
from tests.conftest import NOON
from tests.factories import CustomerFactory, UserFactory

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

pytestmark = pytest.mark.django_db


def idle(*, customer: Customer, now: datetime) -> dict[str, int]:
    return {}


def busy(*, customer: Customer, now: datetime) -> dict[str, int]:
    assert now == NOON
    return {"created": 3, "skipped": 0}


def broken(*, customer: Customer, now: datetime) -> dict[str, int]:
    raise RuntimeError("nonsense")


@pytest.fixture(autouse=True)
def stages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def use(**functions: Any) -> None:
        for agent, function in functions.items():
            monkeypatch.setitem(STAGES, CycleAgent(agent), function)

    use(**{agent.value: idle for agent in CycleAgent})
    return use


def run_cycle(*arguments: str) -> str:
    out = io.StringIO()
    call_command("run_cycle", *arguments, stdout=out)
    return out.getvalue()


def test_run_cycle_works_for_everybody_with_autopilot_due_or_not(
    stages: Callable[..., None],
) -> None:
    stages(lead_source=busy)
    CustomerFactory.create(company="Acme", next_run_at=None)
    CustomerFactory.create(company="Resting", autopilot=False)

    shown = run_cycle("--now", "2026-03-04T12:00:00-05:00")

    assert "created 3" in shown
    assert "Resting" not in shown
    assert CycleRun.objects.count() == 5
    assert set(CycleRun.objects.values_list("started_by", "started_at")) == {("command", NOON)}


def test_run_cycle_can_be_narrowed_to_one_agent_and_one_customer() -> None:
    CustomerFactory.create()
    customer = CustomerFactory.create(autopilot=False)

    run_cycle("--agent", "ops", "--customer", str(customer.pk))

    assert list(CycleRun.objects.values_list("customer_id", "agent")) == [(customer.pk, "ops")]


def test_run_cycle_says_who_is_busy() -> None:
    customer = CustomerFactory.create(company="Acme")
    Customer.objects.update(lease_until="2099-01-01T00:00:00Z")

    shown = " ".join(run_cycle("--customer", str(customer.pk)).split())

    assert "busy" in shown
    assert not CycleRun.objects.exists()


def test_run_cycle_fails_when_an_agent_failed(stages: Callable[..., None]) -> None:
    CustomerFactory.create()
    stages(ops=broken)

    with pytest.raises(SystemExit) as ended:
        run_cycle("--now", "2026-03-04T17:00Z")

    assert ended.value.code == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--now", "noon"], "--now: 'noon' is not a time such as 2026-03-04T17:00Z."),
        (
            ["--now", "2026-03-04T17:00"],
            "--now: '2026-03-04T17:00' needs a time zone, for example 2026-03-04T17:00Z.",
        ),
        (["--customer", "999999"], "--customer: there is no customer 999999."),
    ],
)
def test_run_cycle_explains_bad_arguments(arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandError) as refused:
        run_cycle(*arguments)

    assert str(refused.value) == sentence


def test_the_demo_is_seeded_once_and_is_complete() -> None:
    for _ in range(2):
        call_command("seed_demo", stdout=io.StringIO())

    seeded = Customer.objects.select_related("subscription", "profile").order_by("pk")
    assert [
        (c.email, c.is_house, c.subscription.is_complimentary, c.profile.approval_mode)
        for c in seeded
    ] == [
        ("demo@northwind.example", False, False, "autopilot"),
        ("demo@harborlight.example", False, False, "review_all"),
        ("house@hossagent.example", True, True, "autopilot"),
    ]
    assert all(c.profile.postal_address and c.profile.sender_name for c in seeded)
    assert Membership.objects.count() == 2


def test_a_house_that_exists_is_left_alone() -> None:
    house = CustomerFactory.create(is_house=True)

    call_command("seed_demo", stdout=io.StringIO())

    assert Customer.objects.get(is_house=True) == house


def test_the_demo_is_not_for_release_mode(configure: Callable[..., None]) -> None:
    configure(RELEASE_MODE="TRUE")

    with pytest.raises(CommandError, match="not for release mode"):
        call_command("seed_demo")


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(operators, "VAR_DIR", tmp_path)
    return tmp_path


def test_first_operator_is_made_once_with_a_private_password(var: Path) -> None:
    first = operators.ensure_first_operator(now=NOON)
    second = operators.ensure_first_operator(now=NOON)

    assert first == second
    assert User.objects.get(is_staff=True).check_password(first.password)
    assert (var / "operator_password").stat().st_mode & 0o777 == 0o600
    assert AuditEvent.objects.get().action == "operator.created"


def test_a_changed_password_is_not_shown(var: Path) -> None:
    operators.ensure_first_operator(now=NOON)
    user = User.objects.get()
    user.set_password("another one")
    user.save(update_fields=["password"])

    assert operators.ensure_first_operator(now=NOON) == operators.Operator(user.email)


def test_no_operator_is_made_where_there_is_one(var: Path) -> None:
    UserFactory.create(email="hoss@agency.test", is_staff=True)

    assert operators.ensure_first_operator(now=NOON) == operators.Operator("hoss@agency.test")
    assert list(var.iterdir()) == []
