"""Fill a database of a release, with that release's own code.

Runs inside a checkout of the release, started by `tests/upgrade/release.py`. It names only
what stays from release to release: models, factories, commands and names of tasks.

    world      everything but live email, at MOMENT
    queue      live messages that become due from NOON on
    run TASK MINUTES    one loop, so many minutes after NOON
    rest       what is left claimed or planned at MOMENT
    facts      what a test compares, as JSON
    stream COUNT SECONDS    live openers that become due one after the other, from now on
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from datetime import time, timedelta
from typing import Any

import time_machine
from django.apps import apps
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from accounts.models import Customer, Invitation, OutboxMail, User
from accounts.services.login_links import issue_link
from agents.models import (
    Answer,
    Conversation,
    DailyQuota,
    DataExport,
    DomainCheck,
    Heartbeat,
    Lead,
    Message,
    Profile,
    Task,
)
from billing.models import BillingEvent, Checkout, Invoice, InvoiceLine, Subscription
from hossagent.celery import app as celery
from hossagent.lib import clock
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    CustomerFactory,
    InboundMessageFactory,
    InvoiceFactory,
    LeadFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
)

celery.loader.import_default_modules()
# When the release's last worker stopped.
MOMENT = NOON + timedelta(minutes=75)
# When each of the live openers is due, in minutes after noon.
DUE = (0, 0, 0, 0, 40, 65, 70, 80)
LIVE = "Lakeview Studio"
OWNER = "owner@lakeview.test"
OPERATOR = "hoss@hossagent.test"
INVITED = "colleague@lakeview.test"
TOKEN = "an-invitation-that-was-sent-before-the-upgrade"
CSV = b"Company,Email\nMaple Dental,hello@mapledental.com\nOak Dental,hello@oakdental.com\n"
# Reserved names cannot be written to, so live messages go to names that nobody has.
DOMAIN = "lakeside-clinic{n}.com"


def fill_stream(count: int, *, seconds: float) -> None:
    """Ten customers whose openers become due over the next `seconds`, day and night."""
    now = clock.now()
    DomainCheck.objects.create(
        pk="agency.com", checked_at=now, spf="pass", dkim="pass", dmarc="pass"
    )
    owners = []
    for n in range(10):
        owner = CustomerFactory.create(
            company=f"Stream {n}", created_at=now, subscription__is_complimentary=True
        )
        MembershipFactory.create(customer=owner)
        Profile.objects.filter(customer=owner).update(
            window_start=time(0), window_end=time(23, 59, 59), window_weekdays=list(range(7))
        )
        for days in (-1, 0, 1):
            DailyQuota.objects.create(
                customer=owner,
                day=(now + timedelta(days=days)).date(),
                mode="live",
                limit=100_000,
            )
        owners.append(owner)
    for n in range(count):
        MessageFactory.create(
            lead=LeadFactory.create(
                customer=owners[n % len(owners)],
                company=f"Stream Clinic {n}",
                email=f"ann@stream-clinic{n}.com",
                next_action_at=None,
                created_at=now,
            ),
            mode="live",
            status="queued",
            subject=f"Opener {n}",
            created_at=now,
            due_at=now + timedelta(seconds=seconds * n / count),
        )


def statuses_of(model: Any) -> list[str]:
    """Every status that a row of this model can have."""
    return [str(value) for value, _ in model._meta.get_field("status").choices]


def fill_world() -> None:
    """Two days of the sandbox world, the demo, and one row in each status."""
    with time_machine.travel(NOON - timedelta(days=3), tick=False):
        call_command("simulate", "--here", "--customers", "2", "--days", "2")
    with time_machine.travel(NOON, tick=False):
        call_command("seed_demo")
        User.objects.create_operator(email=OPERATOR, password="correct horse battery", now=NOON)
        customer = CustomerFactory.create(
            company=LIVE, email=OWNER, subscription__is_complimentary=True
        )
        MembershipFactory.create(customer=customer, user__email=OWNER)
    with time_machine.travel(MOMENT, tick=False):
        _leads(customer)
        _outreach(customer)
        _replies(customer)
        _work(customer)
        _account_mail(customer)
        _money()


def fill_queue() -> None:
    """Eight openers to eight clinics."""
    customer = Customer.objects.get(company=LIVE)
    DomainCheck.objects.create(
        pk="agency.com", checked_at=NOON, spf="pass", dkim="pass", dmarc="pass"
    )
    for n, minutes in enumerate(DUE):
        lead = LeadFactory.create(
            customer=customer,
            company=f"Lakeside Clinic {n}",
            email=f"ann@{DOMAIN.format(n=n)}",
            next_action_at=None,
        )
        MessageFactory.create(
            lead=lead,
            mode="live",
            status="queued",
            subject=f"Opener {n}",
            due_at=NOON + timedelta(minutes=minutes),
        )


def run(task: str, *, minutes: int) -> None:
    """One round of a loop; the inbox has just been read, as the send gate asks."""
    at = NOON + timedelta(minutes=minutes)
    for loop in ("agents.poll_inbox", "agents.process_inbound"):
        Heartbeat.objects.update_or_create(pk=loop, defaults={"beat_at": at})
    with time_machine.travel(at, tick=True):
        celery.tasks[task]()


def fill_rest() -> None:
    """Number 6 is claimed by a worker that is gone; number 7 is due soon, and the reply to
    number 0 and the opt-out of number 1 have been stored and not been read."""
    customer = Customer.objects.get(company=LIVE)
    claimed = Message.objects.filter(customer=customer, subject="Opener 6")
    claimed.move(source="queued", target="claimed", due_at=MOMENT + timedelta(minutes=2), fence=1)
    for n, text in ((0, "Please call me on Monday."), (1, "Please remove me from your list.")):
        sent = Message.objects.get(customer=customer, subject=f"Opener {n}")
        InboundMessageFactory.create(
            source="imap",
            external_id=f"imap:{n}",
            received_at=MOMENT,
            due_at=MOMENT,
            raw=(
                f"From: ann@{DOMAIN.format(n=n)}\r\nTo: ada@agency.com\r\n"
                f"Subject: Re: Opener {n}\r\nIn-Reply-To: {sent.message_id}\r\n"
                f"Message-ID: <reply{n}@{DOMAIN.format(n=n)}>\r\n\r\n{text}\r\n"
            ).encode(),
        )


def _leads(customer: Customer) -> None:
    times = {
        "contacted": {"last_contacted_at": MOMENT},
        "replied": {"last_contacted_at": MOMENT, "replied_at": MOMENT},
        "qualified": {"qualified_at": MOMENT},
        "converted": {"qualified_at": MOMENT, "converted_at": MOMENT},
    }
    for status in statuses_of(Lead):
        if status != "new":
            LeadFactory.create(
                customer=customer,
                company=f"Was {status}",
                status=status,
                next_action_at=None,
                **times.get(status, {}),
            )
    job = apps.get_model("agents", "ImportJob")
    unread = job.objects.create(
        customer=customer,
        file_name="unread.csv",
        uploaded_by=OWNER,
        uploaded_at=MOMENT,
        reading_due_at=MOMENT,
    )
    apps.get_model("agents", "ImportFile").objects.create(job=unread, content=CSV)


def _outreach(customer: Customer) -> None:
    """One dry-run message in each status; the sandbox world has made those that went."""
    for status in (
        "planned",
        "awaiting_approval",
        "queued",
        "claimed",
        "failed",
        "skipped",
        "canceled",
    ):
        is_open = status in {"planned", "awaiting_approval", "queued", "claimed"}
        MessageFactory.create(
            lead=LeadFactory.create(
                customer=customer, company=f"Dry {status}", next_action_at=None
            ),
            subject=f"Dry {status}",
            status=status,
            due_at=MOMENT + timedelta(minutes=30) if is_open else None,
            finished_at=None if is_open else MOMENT,
        )


def _replies(customer: Customer) -> None:
    for status in statuses_of(Conversation):
        ConversationFactory.create(
            lead=LeadFactory.create(
                customer=customer,
                company=f"Thread {status}",
                status="replied",
                last_contacted_at=NOON,
                replied_at=NOON,
                next_action_at=None,
            ),
            status=status,
            last_reply_at=NOON,
        )
    thread = Conversation.objects.get(customer=customer, status="human")
    for status in statuses_of(Answer):
        is_open, is_out = status in {"queued", "sending"}, status in {"sending", "sent", "unknown"}
        Answer.objects.create(
            customer=customer,
            conversation=thread,
            status=status,
            form_key=status,
            mode="live" if is_out else "dry_run",
            subject="Re: Hello",
            body=f"I am {status}.",
            written_by=OWNER,
            created_at=MOMENT,
            message_id=f"<{status}@agency.com>" if is_out else "",
            due_at=MOMENT + timedelta(minutes=4) if is_open else None,
            finished_at=None if is_open else MOMENT,
        )
    InboundMessageFactory.create(
        status="unmatched",
        due_at=None,
        source="imap",
        external_id="lost",
        received_at=MOMENT,
        from_address="nobody@elsewhere.com",
    )
    read = {"status": "processed", "due_at": None, "processed_at": MOMENT, "source": "imap"}
    for label in ("interested", "question", "unclear"):
        InboundMessageFactory.create(
            external_id=label,
            customer=customer,
            conversation=thread,
            label=label,
            confidence=0.9,
            from_address=thread.lead.email,
            text=f"This is {label}.",
            received_at=MOMENT,
            **read,
        )


def _work(customer: Customer) -> None:
    for status in statuses_of(Task):
        is_open = status in {"pending", "running"}
        TaskFactory.create(
            customer=customer,
            dedupe_key=f"was:{status}",
            title=f"Was {status}",
            status=status,
            due_at=MOMENT if is_open else None,
            attempts=1,
            deliverable="# Done" if status == "done" else "",
            finished_at=MOMENT if status == "done" else None,
        )
    DataExport.objects.create(
        customer=customer, requested_by=OWNER, requested_at=MOMENT, due_at=MOMENT
    )


def _account_mail(customer: Customer) -> None:
    for status in statuses_of(OutboxMail):
        is_open = status in {"queued", "sending"}
        OutboxMail.objects.create(
            kind="accounts/login",
            dedupe_key=f"was:{status}",
            customer_id=customer.pk,
            to=OWNER,
            subject=f"Was {status}",
            text="Hello",
            status=status,
            created_at=MOMENT,
            expires_at=MOMENT + timedelta(days=2),
            not_before_at=MOMENT if is_open else None,
            sent_at=MOMENT if status == "sent" else None,
        )
    Invitation.objects.create(
        customer=customer,
        email=INVITED,
        role="member",
        token_hash=hashlib.sha256(TOKEN.encode()).hexdigest(),
        created_at=MOMENT,
        expires_at=MOMENT + timedelta(days=7),
    )


def _money() -> None:
    customers = {}
    for word in statuses_of(Subscription):
        customers[word] = CustomerFactory.create(
            company=f"Pays {word}",
            email=f"{word}@pays.test",
            next_run_at=None,
            subscription__status=word,
            subscription__last_paid_at=NOON,
            subscription__stripe_customer_id=f"cus_{word}",
            subscription__stripe_subscription_id=f"sub_{word}",
        )
    payer = customers["active"]
    for status in statuses_of(Invoice):
        invoice = InvoiceFactory.create(
            customer=payer,
            status=status,
            total_cents=2_500,
            issued_at=None if status == "draft" else MOMENT,
            paid_at=MOMENT if status == "paid" else None,
            voided_at=MOMENT if status == "void" else None,
        )
        InvoiceLine.objects.create(
            invoice=invoice, description=f"Was {status}", amount_cents=2_500, created_at=MOMENT
        )
    for status in statuses_of(BillingEvent):
        BillingEvent.objects.create(
            event_id=f"evt_{status}",
            type="customer.subscription.updated",
            livemode=False,
            happened_at=MOMENT,
            received_at=MOMENT,
            stripe_customer_id="cus_of_nobody",
            status=status,
            due_at=MOMENT if status == "pending" else None,
        )
    for status in statuses_of(Checkout):
        Checkout.objects.create(
            customer=payer,
            purpose="start",
            status=status,
            stripe_session_id=f"cs_{status}",
            created_at=MOMENT,
            expires_at=MOMENT + timedelta(hours=1),
            finished_at=None if status == "open" else MOMENT,
        )


def facts() -> dict[str, Any]:
    """What must be the same after the upgrade, and the keys that people hold."""
    with time_machine.travel(MOMENT, tick=False):
        person = User.objects.get(email=OWNER)
        link = issue_link(user=person, email=OWNER, now=MOMENT)
    ours = [
        model
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "agents", "billing"}
    ]
    return {
        "moment": MOMENT.isoformat(),
        "company": LIVE,
        "owner": OWNER,
        "operator": OPERATOR,
        "rows": {model._meta.db_table: model._base_manager.count() for model in ours},
        "statuses": {
            f"{model._meta.db_table} {status}": model._base_manager.filter(status=status).count()
            for model in ours
            if hasattr(model, "transitions")
            for status in statuses_of(model)
        },
        "tasks": sorted(name for name in celery.tasks if not name.startswith("celery.")),
        "migrations": sorted(
            f"{app} {name}" for app, name in MigrationRecorder(connection).applied_migrations()
        ),
        "ledger": _ledger(),
        "sign_in_token": link.token,
        "invitation_token": TOKEN,
        "portal_token": Customer.objects.get(company=LIVE).public_token,
    }


def _ledger() -> list[str]:
    """What the release's own check of its counters prints; it fails when one breaks."""
    command = "verify_ledger" if "verify_ledger" in get_commands() else "ledger_proof"
    printed = io.StringIO()
    with time_machine.travel(MOMENT, tick=False):
        call_command(command, stdout=printed)
    return printed.getvalue().splitlines()


def main(stage: str, *arguments: str) -> None:
    if stage == "run":
        run(arguments[0], minutes=int(arguments[1]))
    elif stage == "stream":
        fill_stream(int(arguments[0]), seconds=float(arguments[1]))
    elif stage == "facts":
        sys.stdout.write(json.dumps(facts(), indent=2))
    else:
        {"world": fill_world, "queue": fill_queue, "rest": fill_rest}[stage]()


if __name__ == "__main__":
    main(*sys.argv[2:])
