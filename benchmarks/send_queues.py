"""What waits to be sent in the send benchmark, the same texts for either side, and a past."""

from __future__ import annotations

from datetime import timedelta

BODY = "Hello Grace,\n\n" + "would ten minutes next week suit you for a short call?\n" * 12
# Mails of the day before, on either side.
PAST = 4_000


def clear() -> None:
    from django.db import connection  # noqa: PLC0415 # settings come first

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE accounts_customer, post_office_email, accounts_user, "
            "agents_sendattempt, agents_hourlyquota, agents_mailbox CASCADE"
        )


def queue_ours(count: int) -> None:
    from agents.models import Conversation, Message  # noqa: PLC0415 # settings come first
    from agents.outreach.services.send import opt_out_url  # noqa: PLC0415 # settings come first
    from tests.faults.world import START, make_queue  # noqa: PLC0415 # settings come first

    clear()
    make_queue(customers=20, messages=count)
    _add_past()
    # As planning leaves them: each lead has its conversation, each text its footer.
    rows = list(Message.objects.filter(status="queued").select_related("customer__profile"))
    talks = Conversation.objects.bulk_create(
        Conversation(lead_id=row.lead_id, customer_id=row.customer_id, created_at=START)
        for row in rows
    )
    for row, talk in zip(rows, talks, strict=True):
        row.body = finished(row.customer.profile.postal_address, opt_out_url(talk.token))
    Message.objects.bulk_update(rows, ["body"], batch_size=1_000)
    vacuum()


def _add_past() -> None:
    """Mails that left the day before."""
    from accounts.models import Customer  # noqa: PLC0415 # settings come first
    from agents.models import Lead, Message  # noqa: PLC0415 # settings come first
    from tests.faults.world import START  # noqa: PLC0415 # settings come first

    owners = list(Customer.objects.all())
    leads = Lead.objects.bulk_create(
        Lead(
            customer=owners[n % len(owners)],
            company=f"Earlier {n}",
            email=f"grace@earlier{n}.com",
            email_key=f"grace@earlier{n}.com",
            domain=f"earlier{n}.com",
            source="benchmark",
            reason="It was in the queue.",
            country="US",
            status="contacted",
            last_contacted_at=START - timedelta(seconds=3_600 + n),
            created_at=START - timedelta(days=2),
        )
        for n in range(PAST)
    )
    Message.objects.bulk_create(
        Message(
            customer=lead.customer,
            lead=lead,
            step=0,
            mode="live",
            status="sent",
            subject=f"A question for {lead.company}",
            body=BODY,
            written_by="templates",
            message_id=f"<{lead.pk}@earlier>",
            transport="SMTP",
            recipient_domain=lead.domain,
            sending_at=lead.last_contacted_at,
            finished_at=lead.last_contacted_at,
            created_at=lead.created_at,
        )
        for lead in leads
    )


def finished(address: str, link: str) -> str:
    return f"{BODY}\n{address}\n\nTo opt out, use this link:\n{link}\n"


def vacuum() -> None:
    """So that neither side is measured while the other's rows are cleaned up."""
    from django.db import connection  # noqa: PLC0415 # settings come first

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def queue_theirs(count: int) -> None:
    from post_office import mail  # noqa: PLC0415 # settings come first
    from post_office.models import STATUS, Email  # noqa: PLC0415 # settings come first

    clear()
    Email._default_manager.bulk_create(  # noqa: SLF001 # it names no manager
        Email(  # type: ignore[no-untyped-call] # it has no types
            from_email="ada@agency.com",
            to=[f"grace@earlier{n}.com"],
            subject=f"A question for Earlier {n}",
            message=BODY,
            status=STATUS.sent,
        )
        for n in range(PAST)
    )
    mail.send_many(
        [
            {
                "sender": "ada@agency.com",
                "recipients": [f"grace@company{n}.com"],
                "subject": f"A question for Company {n}",
                "message": finished("1 Main Street, Austin, TX 78701", link),
                "headers": {
                    "Reply-To": f"ada+{token}@agency.com",
                    "List-Unsubscribe": f"<{link}>",
                    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                },
            }
            for n in range(count)
            for token in [f"{n:032x}"]
            for link in [f"https://app.agency.com/u/{token}/"]
        ]
    )
    vacuum()
