"""A tripped breaker is told of once, with its numbers, and only a named person closes it.
The console's test email stands beside it: it shows whether email can leave."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import AuditEvent, OutboxMail, User
from agents.mailboxes.services.transports import SendOutcome, get_transport
from agents.models import Breaker, DeliveryEvent, HourlyQuota, Lead, Message
from agents.outreach.services import breakers
from agents.outreach.services.delivery import DeliveryReport, record_event
from agents.states import DeliveryKind
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.mail import MailServer
from tests.helpers.live import FROM, later, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from accounts.models import Customer
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
HOSS = "hoss@hossagent.test"


def trip(scope: str = "all", **numbers: object) -> bool:
    return breakers.trip(
        code="bounces",
        scope=scope,
        sentence="3 of 50 emails bounced since 2026-02-25. "
        "Sending has stopped until a person checks.",
        numbers={"sent": 50, "count": 3, **numbers},
        now=NOON,
    )


@pytest.fixture
def _operator(configure: Callable[..., None]) -> None:
    configure(OPERATOR_EMAIL=HOSS, BASE_URL="https://app.agency.com")


@pytest.mark.usefixtures("_operator")
def test_a_trip_is_mailed_once_with_its_numbers() -> None:
    assert [trip(), trip()] == [True, False]

    mail = OutboxMail.objects.get()
    assert (mail.kind, mail.to) == ("agents/breaker_tripped", HOSS)
    assert mail.subject == "[BREAKER] All outreach has stopped: bounces"
    for text in (mail.text, mail.html):
        assert "3 of 50 emails bounced since 2026-02-25" in text
        assert "sent: 50" in text
        assert "count: 3" in text
        assert "tripped at: 2026-03-04 17:00 UTC" in text
        assert "https://app.agency.com/admin/agents/breaker/?open=yes" in text

    # Closed and open again is another trip, and another mail.
    breakers.reset_breaker(breaker=Breaker.objects.get(), by=HOSS, now=later(hours=1))
    assert trip() is True
    assert OutboxMail.objects.count() == 2


@pytest.mark.usefixtures("_operator")
def test_the_mail_names_the_customer_whose_outreach_stopped() -> None:
    customer = CustomerFactory.create(company="Byron & Sons")

    trip(f"customer:{customer.pk}")

    mail = OutboxMail.objects.get()
    assert mail.subject == "[BREAKER] Outreach of Byron & Sons has stopped: bounces"
    assert "the outreach of Byron & Sons." in mail.text
    assert AuditEvent.objects.get(action="breaker.tripped").customer_id == customer.pk


@pytest.mark.usefixtures("_operator")
def test_answer_about_us_is_mailed_and_one_about_a_mail_is_not() -> None:
    for outcome in (
        SendOutcome.REJECTED,
        SendOutcome.TRY_LATER,
        SendOutcome.UNKNOWN,
        SendOutcome.ACCEPTED,
    ):
        assert not breakers.trip_for_outcome(outcome=outcome, error="550 no", now=NOON)
    assert breakers.trip_for_outcome(outcome=SendOutcome.AUTH, error="535 bad login", now=NOON)

    mail = OutboxMail.objects.get()
    assert "Check the credentials" in mail.text
    assert "answer: 535 bad login" in mail.text


@pytest.mark.usefixtures("_operator")
def test_a_trip_that_is_rolled_back_is_not_told_of() -> None:
    with transaction.atomic():
        assert trip() is True
        transaction.set_rollback(True)

    assert (Breaker.objects.count(), OutboxMail.objects.count()) == (0, 0)


def test_without_an_address_the_breaker_still_trips() -> None:
    assert trip() is True

    assert (Breaker.objects.count(), OutboxMail.objects.count()) == (1, 0)


# --- The numbers ----------------------------------------------------------------------


def make_numbers(
    kind: str,
    *,
    sent: int,
    back: int,
    at: datetime = NOON,
    customer: Customer | None = None,
    status: str = "sent",
) -> Customer:
    """`sent` live mails that began to leave at `at`, of which `back` came back."""
    customer = customer or CustomerFactory.create()
    first = Message.objects.count()
    leads = Lead.objects.bulk_create(
        Lead(
            customer=customer,
            company="Clinic",
            email=f"grace@clinic{first + n}.com",
            email_key=f"grace@clinic{first + n}.com",
            domain=f"clinic{first + n}.com",
            source="test",
            created_at=NOON,
        )
        for n in range(sent)
    )
    messages = Message.objects.bulk_create(
        Message(
            customer=customer,
            lead=lead,
            step=0,
            mode="live",
            status=status,
            message_id=f"<{lead.pk}@x>",
            sending_at=at,
            created_at=NOON,
        )
        for lead in leads
    )
    DeliveryEvent.objects.bulk_create(
        DeliveryEvent(
            source="dsn",
            external_id=f"{message.pk}:{number}",
            kind=kind,
            message=message,
            at=at,
            received_at=at,
        )
        for message in messages[:back]
        # Told twice, and counted once.
        for number in range(2)
    )
    return customer


@pytest.mark.parametrize(
    ("kind", "sent", "back", "opened"),
    [
        ("bounced", 49, 49, []),
        ("bounced", 50, 2, []),
        ("bounced", 50, 3, ["customer"]),
        ("bounced", 99, 50, ["customer"]),
        # Exactly five per cent, and enough for everybody's breaker.
        ("bounced", 100, 5, ["customer", "all"]),
        ("complained", 99, 99, []),
        ("complained", 100, 1, ["customer"]),
        ("complained", 199, 1, ["customer"]),
        ("complained", 200, 1, ["customer", "all"]),
        ("complained", 400, 1, []),
        ("soft_bounced", 100, 100, []),
    ],
)
def test_a_share_stops_sending_once_enough_have_left(
    kind: str, sent: int, back: int, opened: list[str]
) -> None:
    customer = make_numbers(kind, sent=sent, back=back)

    breakers.check_rates(customer_id=customer.pk, now=later(hours=1))

    found = list(Breaker.objects.order_by("pk").values_list("scope", flat=True))
    assert [scope.partition(":")[0] for scope in found] == opened
    if opened:
        numbers = Breaker.objects.earliest("pk").numbers
        assert (numbers["sent"], numbers["count"]) == (sent, back)


def test_the_bounce_that_is_one_too_many_stops_sending_by_itself() -> None:
    customer = make_numbers("bounced", sent=50, back=1)
    for number, message in enumerate(Message.objects.order_by("-pk")[:2]):
        assert Breaker.objects.count() == 0
        report = DeliveryReport(
            source="dsn",
            external_id=f"late-{number}",
            kind=DeliveryKind.BOUNCED,
            email="",
            at=NOON,
        )
        record_event(report, message=message, now=later(hours=1))

    assert Breaker.objects.get().scope == f"customer:{customer.pk}"


def test_only_what_left_lately_and_for_this_customer_counts() -> None:
    customer = make_numbers("bounced", sent=50, back=50, at=later(days=-8))
    make_numbers("bounced", sent=50, back=0, customer=customer)
    other = make_numbers("bounced", sent=49, back=49)
    # Offered to a server that said "later": no server has them.
    make_numbers("bounced", sent=50, back=0, customer=other, status="canceled")

    assert breakers.check_rates(customer_id=customer.pk, now=later(hours=1)) == []
    assert breakers.check_rates(customer_id=other.pk, now=later(hours=1)) == []


def test_each_re_arming_starts_the_count_anew() -> None:
    """The last one counts, not the first."""
    customer = make_numbers("bounced", sent=50, back=5)
    mine = Breaker.objects.filter(scope=f"customer:{customer.pk}", rearmed_at=None)

    for hours in (1, 3):
        breakers.check_rates(customer_id=customer.pk, now=later(hours=hours))
        assert mine.get().numbers["sent"] == 50
        breakers.reset_breaker(breaker=mine.get(), by=HOSS, now=later(hours=hours, minutes=30))
        breakers.check_rates(customer_id=customer.pk, now=later(hours=hours + 1))
        assert not mine.exists()
        make_numbers("bounced", sent=50, back=5, at=later(hours=hours + 1), customer=customer)


# --- Re-arming ------------------------------------------------------------------------


def run(*words: str) -> str:
    out = StringIO()
    call_command("breakers", *words, stdout=out)
    return out.getvalue()


def test_command_lists_and_resets_in_a_name() -> None:
    assert run() == "No circuit breaker is open.\n"
    trip()
    pk = str(Breaker.objects.get().pk)

    assert run() == (
        f"{pk}  bounces (all) since 2026-03-04 17:00 UTC: 3 of 50 emails bounced since "
        "2026-02-25. Sending has stopped until a person checks. [sent 50, count 3]\n"
    )
    with pytest.raises(CommandError, match="Name the person who decides"):
        run("--reset", pk, "--by", " ")
    with pytest.raises(CommandError, match="no circuit breaker 0"):
        run("--reset", "0", "--by", HOSS)
    assert run("--reset", pk, "--by", HOSS, "--note", "list cleaned").startswith("Reset bounces")
    # The option's name until 0.2.
    with pytest.raises(CommandError, match=f"was already reset by {HOSS}"):
        run("--rearm", pk, "--by", "other@hossagent.test")

    event = AuditEvent.objects.get(action="breaker.rearmed")
    assert (event.actor, event.note) == (HOSS, "list cleaned")
    assert event.before["numbers"] == {"sent": 50, "count": 3}
    assert Breaker.objects.get().rearmed_by == HOSS


def test_console_resets_with_an_audit_row(operator_client: SiteClient) -> None:
    trip()
    form = {"action": "rearm", "_selected_action": [Breaker.objects.get().pk]}

    operator_client.post("/admin/agents/breaker/", form)
    answer = operator_client.post("/admin/agents/breaker/", form, follow=True)

    assert "it was already reset" in answer.content.decode()
    assert Breaker.objects.get().rearmed_by == HOSS
    assert AuditEvent.objects.get(action="breaker.rearmed").actor == HOSS


def test_who_may_only_look_cannot_reset(operator_client: SiteClient) -> None:
    trip()
    User.objects.filter(is_staff=True).update(is_superuser=False)
    form = {"action": "rearm", "_selected_action": [Breaker.objects.get().pk]}

    operator_client.post("/admin/agents/breaker/", form)

    assert Breaker.objects.get().rearmed_at is None


# --- The test mail --------------------------------------------------------------------

PAGE = "/admin/test-mail/"


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    with MailServer() as running:
        configure(**smtp_config(running.port))
        yield running
        get_transport("live").close()


def audited() -> list[tuple[str, dict[str, object]]]:
    return list(AuditEvent.objects.filter(action="email.tested").values_list("actor", "after"))


def test_the_panel_offers_it_with_the_operators_own_address(operator_client: SiteClient) -> None:
    page = operator_client.get("/admin/").content.decode()

    assert f'action="{PAGE}"' in page
    assert (
        f'name="to" type="email" required maxlength="254" autocomplete="email" value="{HOSS}"'
        in (page)
    )
    assert operator_client.get(PAGE).status_code == 405


def test_in_a_dry_run_nothing_leaves_and_it_says_so(operator_client: SiteClient) -> None:
    answer = operator_client.post(PAGE, {"to": "hoss@agency.com"}, follow=True)

    assert "Dry run: nothing was sent." in answer.content.decode()
    assert audited() == [(HOSS, {"to": "hoss@agency.com", "success": True, "mode": "DRY_RUN"})]


def test_a_live_one_arrives_and_uses_no_budget(
    operator_client: SiteClient, server: MailServer
) -> None:
    answer = operator_client.post(PAGE, {"to": " hoss@agency.com "}, follow=True)

    assert "SMTP accepted the test email to hoss@agency.com" in answer.content.decode()
    server.wait_for(1)
    letter = server.letters[0]
    assert (letter.sender, letter.recipients) == (FROM, ["hoss@agency.com"])
    assert letter.mail["Subject"] == "HossAgent test email"
    assert HOSS in letter.mail.get_content()
    assert (HourlyQuota.objects.count(), Message.objects.count()) == (0, 0)
    assert audited() == [(HOSS, {"to": "hoss@agency.com", "success": True, "mode": "SMTP"})]


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("nonsense", "nonsense cannot receive email."),
        ("grace@clinic.example", "grace@clinic.example cannot receive email."),
        ("hoss@agency.com", "550 5.7.1 blocked"),
    ],
)
def test_what_does_not_leave_says_why_and_keeps_the_address(
    operator_client: SiteClient, server: MailServer, to: str, sentence: str
) -> None:
    server.refuse_rcpt = "550 5.7.1 blocked"

    answer = operator_client.post(PAGE, {"to": to}, follow=True)

    page = answer.content.decode()
    assert "The test email was not sent" in page
    assert sentence in page
    assert f'value="{to}"' in page
    assert server.letters == []
    # It is a person's test, not outreach: it stops nobody's mail.
    assert Breaker.objects.count() == 0


def test_an_empty_address_is_asked_for(operator_client: SiteClient) -> None:
    answer = operator_client.post(PAGE, {"to": " "}, follow=True)

    assert "Enter the address for the test email." in answer.content.decode()
    assert audited() == []


def test_who_may_only_look_gets_no_test_mail(operator_client: SiteClient) -> None:
    User.objects.filter(is_staff=True).update(is_superuser=False)

    assert operator_client.post(PAGE, {"to": "hoss@agency.com"}).status_code == 403
    assert PAGE not in operator_client.get("/admin/").content.decode()
    assert audited() == []
