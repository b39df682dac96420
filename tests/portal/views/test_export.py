"""An export holds everything of the customer, nothing internal and nobody else's."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.db.models import Model
from django.urls import reverse

from accounts.models import Customer, Invitation, Membership
from accounts.states import Role
from agents.models import (
    Answer,
    ApprovalDecision,
    DataExport,
    ImportChunk,
    ImportJob,
    Suppression,
)
from agents.reports.selectors.export import EXPORTED, LEFT_OUT, TABLES, list_files
from agents.reports.services import exports
from agents.states import AnswerStatus, ApprovalOutcome, MessageMode, TaskStatus
from billing.models import InvoiceLine
from billing.states import InvoiceStatus
from tests.conftest import NOON
from tests.factories import (
    InvoiceFactory,
    LeadFactory,
    MembershipFactory,
    TaskFactory,
)
from tests.helpers.clients import SiteClient
from tests.helpers.portal_world import INTERNAL, STRANGER, World, make_world

pytestmark = pytest.mark.django_db


def test_an_export_holds_what_is_mine_and_nothing_internal(
    client: SiteClient, member: Membership
) -> None:
    customer = member.customer
    LeadFactory.create(customer=customer, company="=cmd|' /C calc'!A0", contact_name="José")
    LeadFactory.create(company="Somebody else's")
    TaskFactory.create(
        customer=customer,
        title="Market snapshot",
        status=TaskStatus.DONE,
        deliverable="# Snapshot",
        finished_at=NOON,
        due_at=None,
        reward_cents=987_654,
    )

    client.post(reverse("portal:export"))
    client.post(reverse("portal:export"))
    assert DataExport.objects.count() == 1
    due = DataExport.objects.get().due_at
    assert due is not None
    assert exports.build_next(now=due)
    assert not exports.build_next(now=due)

    package = DataExport.objects.get()
    answer = client.get(reverse("portal:export_download", args=[package.pk]))
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    task = customer.tasks.get()
    assert archive.namelist() == [
        "about.json",
        *(table.file for table in TABLES),
        f"work/{task.pk:06d}-market-snapshot.md",
    ]
    rows = list(csv.DictReader(io.StringIO(archive.read("leads.csv").decode("utf-8-sig"))))
    assert [(row["company"], row["contact_name"]) for row in rows] == [
        ("'=cmd|' /C calc'!A0", "José")
    ]
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Somebody else" not in everything
    assert b"987654" not in everything
    assert b"9876" not in everything


def owned_models() -> set[type[Model]]:
    """Every model of ours that reaches the customer through its keys."""
    ours = [m for m in apps.get_models() if m._meta.app_label in {"accounts", "billing", "agents"}]
    owned: set[type[Model]] = {Customer}
    while True:
        more = {
            model
            for model in ours
            if model not in owned
            and any(column.related_model in owned for column in model._meta.concrete_fields)
        }
        if not more:
            return owned
        owned |= more


def test_every_model_of_a_customer_is_exported_or_left_out() -> None:
    assert owned_models() == EXPORTED | LEFT_OUT.keys()
    assert set() == EXPORTED & LEFT_OUT.keys()


def test_an_export_holds_every_kind_and_nobody_elses() -> None:
    mine, stranger = make_world(marker="Marigold"), make_world(marker=STRANGER)
    for world in (mine, stranger):
        add_the_rest(world)

    files = {name: "".join(chunks) for name, chunks in list_files(customer=mine.customer, now=NOON)}

    empty = {name for name, text in files.items() if "Marigold" not in text}
    assert empty == set()
    assert sum(name.startswith("uploads/") for name in files) == 1
    assert sum(name.startswith("work/") for name in files) == 1
    everything = "".join(files.values())
    assert [word for word in (*INTERNAL, STRANGER) if word in everything] == []
    for name, text in files.items():
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == [], name
    about = json.loads(files["about.json"])
    assert about["approval_mode"] == mine.customer.profile.approval_mode
    assert about["window_weekdays"] == mine.customer.profile.window_weekdays
    answers = list(csv.DictReader(io.StringIO(files["answers.csv"].removeprefix("\ufeff"))))
    assert [row["body"] for row in answers] == ["'=1+1 Marigold types"]


def add_the_rest(world: World) -> None:
    """What `make_world` has not: a row of each other kind, with the marker in its text."""
    customer, marker = world.customer, world.membership.user.name
    Answer.objects.create(
        customer=customer,
        conversation=world.rows["conversation"],
        mode=MessageMode.DRY_RUN,
        status=AnswerStatus.DRY_RUN,
        subject="Re: hello",
        body=f"=1+1 {marker} types",
        written_by="ann@studio.test",
        form_key="1",
        created_at=NOON,
        finished_at=NOON,
    )
    ApprovalDecision.objects.create(
        customer=customer,
        message=world.rows["message"],
        outcome=ApprovalOutcome.APPROVED,
        by="ann@studio.test",
        at=NOON,
    )
    Suppression.objects.create(
        customer=customer,
        kind="domain",
        value=f"{marker.split()[0].lower()}.test",
        value_hash=f"hash of {marker}",
        reason="manual",
        note=marker,
        created_at=NOON,
    )
    job = ImportJob.objects.create(
        customer=customer,
        file_name=f"{marker}.csv",
        uploaded_by="ann@studio.test",
        uploaded_at=NOON,
        header=["Company"],
        total=1,
        finished_at=NOON,
    )
    ImportChunk.objects.create(
        job=job, number=0, rows=[[1, [marker], ""]], results=[["created", 1, ""]]
    )
    Invitation.objects.create(
        customer=customer,
        email=f"{marker.split()[0]}@studio.test",
        role=Role.MEMBER,
        token_hash=f"hash of {marker}",
        created_at=NOON,
        expires_at=NOON + timedelta(days=7),
    )
    issued = InvoiceFactory.create(
        customer=customer, status=InvoiceStatus.OPEN, issued_at=NOON, total_cents=100
    )
    InvoiceLine.objects.create(
        invoice=issued, description=f"{marker} issued", amount_cents=100, created_at=NOON
    )


def test_a_package_is_not_for_strangers_and_goes_after_a_week(
    client: SiteClient, member: Membership
) -> None:
    package = exports.request_export(customer=member.customer, by="ann", now=NOON)
    exports.build_next(now=NOON)
    url = reverse("portal:export_download", args=[package.pk])
    assert client.get(url).status_code == 200
    stranger = SiteClient()
    stranger.force_login(MembershipFactory.create().user)
    assert stranger.get(url).status_code == 404

    assert not exports.expire_next(now=NOON + timedelta(days=6))
    assert exports.expire_next(now=NOON + timedelta(days=8))
    assert client.get(url).status_code == 404


def test_a_packer_that_died_is_followed_by_another(member: Membership) -> None:
    exports.request_export(customer=member.customer, by="ann", now=NOON)
    DataExport.objects.update(attempts=1, due_at=NOON + exports.LEASE)

    assert not exports.build_next(now=NOON)
    assert exports.build_next(now=NOON + exports.LEASE)
    assert DataExport.objects.get().finished_at == NOON + exports.LEASE


def test_a_package_that_cannot_be_made_says_so(
    member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports.request_export(customer=member.customer, by="ann", now=NOON)
    monkeypatch.setattr(exports, "list_files", lambda **_: 1 / 0)

    later = NOON
    for _ in range(exports.MAX_ATTEMPTS):
        assert exports.build_next(now=later)
        later += timedelta(hours=1)

    package = DataExport.objects.get()
    assert (package.due_at, package.error) == (None, "ZeroDivisionError: division by zero")
