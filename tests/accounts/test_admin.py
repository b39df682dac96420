"""The console's pages about people: questions answered, mail sent again, invitations seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import AuditEvent, Invitation, OutboxMail, SupportTicket, User
from accounts.services.invitations import invite
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.services.support import open_ticket
from accounts.states import OutboxStatus, Role
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    pass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

HOSS = "hoss@hossagent.test"
MAILS = "/admin/accounts/outboxmail/"


@pytest.fixture
def looker() -> SiteClient:
    """An operator who may look at questions and mail, and change neither."""
    operator = User.objects.create_operator(
        email="look@hossagent.test", password="correct horse battery", now=NOON, superuser=False
    )
    rights = ["view_supportticket", "view_outboxmail"]
    operator.user_permissions.set(Permission.objects.filter(codename__in=rights))
    browser = SiteClient()
    browser.enter_console(operator)
    return browser


class TestQuestions:
    @pytest.fixture
    def ticket(self) -> SupportTicket:
        return open_ticket(
            customer=CustomerFactory.create(),
            email="ann@agency.test",
            subject="Leads",
            body="Where are they?",
            now=NOON,
        )

    @staticmethod
    def answer(browser: SiteClient, ticket: SupportTicket, text: str) -> str:
        """Post an answer; returns the page that follows."""
        url = reverse("admin:accounts_ticket_answer", args=[ticket.pk])
        return browser.post(url, {"answer": text}, follow=True).content.decode()

    def test_an_answer_goes_by_mail_and_is_written_down(
        self, operator_client: SiteClient, ticket: SupportTicket
    ) -> None:
        page = self.answer(operator_client, ticket, "  Under Leads. ")

        ticket.refresh_from_db()
        assert (ticket.answer, ticket.answered_by, ticket.answered_at) == (
            "Under Leads.",
            HOSS,
            NOON,
        )
        assert "Answered. The email to ann@agency.test is on its way." in page
        assert OutboxMail.objects.get(kind="accounts/ticket_answered").to == "ann@agency.test"
        assert AuditEvent.objects.get(action="ticket.answer").actor == HOSS

    def test_an_empty_answer_is_asked_for_again(
        self, operator_client: SiteClient, ticket: SupportTicket
    ) -> None:
        assert "Write an answer first." in self.answer(operator_client, ticket, "   ")

        ticket.refresh_from_db()
        assert ticket.answered_at is None

    def test_a_second_answer_is_refused_and_not_sent(
        self, operator_client: SiteClient, ticket: SupportTicket
    ) -> None:
        self.answer(operator_client, ticket, "Under Leads.")

        page = self.answer(operator_client, ticket, "Somewhere else.")

        ticket.refresh_from_db()
        assert "Someone has answered this already. Your text was not sent." in page
        assert ticket.answer == "Under Leads."
        assert OutboxMail.objects.filter(kind="accounts/ticket_answered").count() == 1

    def test_who_may_only_look_answers_nothing(
        self, looker: SiteClient, ticket: SupportTicket
    ) -> None:
        assert "You may not answer questions." in self.answer(looker, ticket, "Under Leads.")

        ticket.refresh_from_db()
        assert ticket.answered_at is None
        assert OutboxMail.objects.filter(kind="accounts/ticket_answered").count() == 0

    def test_a_question_that_is_not_there_is_404(self, operator_client: SiteClient) -> None:
        url = reverse("admin:accounts_ticket_answer", args=[0])

        assert operator_client.post(url, {"answer": "Under Leads."}).status_code == 404


class TestSendingAgain:
    @pytest.fixture
    def mail(self) -> OutboxMail:
        queue_mail(
            AccountEmail(
                kind="accounts/no_account",
                to="ann@agency.test",
                context={"email": "ann@agency.test", "asked_from": "Firefox", "asked_at": NOON},
            ),
            dedupe_key="one",
            now=NOON,
        )
        mails = OutboxMail.objects.all()
        mails.move(source=OutboxStatus.QUEUED, target=OutboxStatus.SENDING)
        mails.move(
            source=OutboxStatus.SENDING,
            target=OutboxStatus.FAILED,
            attempts=12,
            error="Mailbox full",
            not_before_at=None,
        )
        return OutboxMail.objects.get()

    @staticmethod
    def send_again(browser: SiteClient, mail: OutboxMail) -> tuple[int, str]:
        chosen = {"action": "send_again", "_selected_action": [mail.pk]}
        answer = browser.post(MAILS, chosen, follow=True)
        return answer.status_code, answer.content.decode()

    def test_failed_mail_gets_another_go(
        self, operator_client: SiteClient, mail: OutboxMail
    ) -> None:
        _, page = self.send_again(operator_client, mail)

        mail.refresh_from_db()
        assert (mail.status, mail.attempts, mail.error) == ("queued", 0, "")
        assert "1 updated." in page
        event = AuditEvent.objects.get(action="mail.requeued")
        assert (event.actor, event.before) == (HOSS, {"error": "Mailbox full"})

    def test_mail_that_waits_is_left_alone(
        self, operator_client: SiteClient, mail: OutboxMail
    ) -> None:
        self.send_again(operator_client, mail)

        _, page = self.send_again(operator_client, mail)

        assert "only failed emails can be sent again." in page
        assert AuditEvent.objects.filter(action="mail.requeued").count() == 1

    def test_who_may_only_look_sends_nothing(self, looker: SiteClient, mail: OutboxMail) -> None:
        status, _ = self.send_again(looker, mail)

        mail.refresh_from_db()
        assert (status, mail.status) == (403, "failed")


def test_the_list_says_what_became_of_each_invitation(operator_client: SiteClient) -> None:
    customer = CustomerFactory.create()
    ends = {
        "accepted": {"accepted_at": NOON},
        "revoked": {"revoked_at": NOON},
        "expired": {"expires_at": NOON},
        "open": {},
    }
    for name, fields in ends.items():
        made, _ = invite(
            customer=customer,
            email=f"{name}@agency.test",
            role=Role.MEMBER,
            by=HOSS,
            expires_at=NOON + timedelta(days=1),
            now=NOON - timedelta(days=1),
        )
        Invitation.objects.filter(pk=made.pk).update(**fields)

    page = operator_client.get("/admin/accounts/invitation/").content.decode()

    rows = page.split("<tbody>")[1].split("</tr>")
    said = {
        name: state
        for name in ends
        for state in ends
        for row in rows
        if f"{name}@agency.test" in row and f'field-state">{state}<' in row
    }
    assert said == {name: name for name in ends}


@pytest.mark.parametrize("table", ["supportticket", "outboxmail", "invitation", "salesinquiry"])
def test_an_empty_list_is_a_page(operator_client: SiteClient, table: str) -> None:
    answer = operator_client.get(f"/admin/accounts/{table}/")

    assert answer.status_code == 200
    assert "paginator" in answer.content.decode()
