"""On a phone: approve a mail, edit one, answer a reply, take over, close, place a mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.inbox.classify import CLASSIFIER_VERSION
from agents.models import Answer, Conversation, Message
from agents.states import (
    ConversationStatus,
    InboundStatus,
    LeadStatus,
    MessageStatus,
    ReplyLabel,
)
from hossagent.lib import clock
from tests.e2e.conftest import PHONE, Site, assert_accessible, assert_fits, make_member
from tests.factories import (
    ConversationFactory,
    InboundMessageFactory,
    LeadFactory,
    MessageFactory,
)
from tests.helpers.mailbag import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from accounts.models import Customer


def waiting(customer: Customer, company: str) -> Message:
    lead = LeadFactory.create(
        customer=customer,
        company=company,
        email=f"grace@{company.split(maxsplit=1)[0].lower()}.example",
    )
    message: Message = MessageFactory.create(lead=lead, status=MessageStatus.AWAITING_APPROVAL)
    return message


def replied(customer: Customer) -> Conversation:
    now = clock.now()
    lead = LeadFactory.create(
        customer=customer,
        company="Northgate Dental",
        email="grace@northgate.example",
        status=LeadStatus.REPLIED,
        next_action_at=None,
        replied_at=now,
    )
    conversation: Conversation = ConversationFactory.create(
        lead=lead, last_reply_at=now, is_awaiting_answer=True, label=ReplyLabel.QUESTION
    )
    InboundMessageFactory.create(
        raw=reply("How much is it?"),
        is_simulated=True,
        status=InboundStatus.PROCESSED,
        due_at=None,
        received_at=now,
        label=ReplyLabel.QUESTION,
        classifier_version=CLASSIFIER_VERSION,
        from_address="grace@northgate.example",
        from_name="Grace Hopper",
        text="How much is it?",
        customer=customer,
        conversation=conversation,
    )
    return conversation


def open_phone(site: Site, open_browser: Callable[..., Page], **options: Any) -> tuple[Page, Any]:
    membership = make_member()
    page = open_browser(width=PHONE, **options)
    site.sign_in(page, membership.user)
    return page, membership.customer


def test_approve_on_a_phone(site: Site, open_browser: Callable[..., Page]) -> None:
    page, customer = open_phone(site, open_browser, javascript=False)
    message = waiting(customer, "Northgate Dental")

    page.goto(site.path("portal:approval_list"))
    page.get_by_role("button", name="Approve the email to Northgate Dental").click()

    page.get_by_text("Approved. The email to Northgate Dental is queued.").wait_for()
    message.refresh_from_db()
    assert message.status == MessageStatus.QUEUED


def test_edit_on_a_phone(site: Site, open_browser: Callable[..., Page]) -> None:
    page, customer = open_phone(site, open_browser)
    message = waiting(customer, "Northgate Dental")

    page.goto(site.path("portal:approval_list"))
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("link", name="Edit the email to Northgate Dental").click()
    page.get_by_label("Text").wait_for()
    assert_fits(page)
    page.get_by_label("Text").fill("Hello Grace,\n\nmy own words.")
    page.get_by_role("button", name="Approve with this text").click()

    page.get_by_text("Approved with your changes").wait_for()
    message.refresh_from_db()
    assert (message.status, message.body) == (
        MessageStatus.QUEUED,
        "Hello Grace,\n\nmy own words.\n",
    )


def test_answer_and_take_over_on_a_phone(site: Site, open_browser: Callable[..., Page]) -> None:
    page, customer = open_phone(site, open_browser)
    conversation = replied(customer)

    page.goto(site.path("portal:conversation_list"))
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("link", name="Northgate Dental").click()
    page.get_by_role("button", name="Take over").wait_for()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Take over").click()
    page.get_by_text("You took over this conversation.").wait_for()
    conversation.refresh_from_db()
    assert conversation.status == ConversationStatus.HUMAN

    page.get_by_label("Your reply").fill("It is $99 a month.")
    page.get_by_role("button", name="Send reply").click()
    page.get_by_text("Saved as a dry run").wait_for()
    assert Answer.objects.get().body == "It is $99 a month.\n"


def test_close_on_a_phone(site: Site, open_browser: Callable[..., Page]) -> None:
    page, customer = open_phone(site, open_browser)
    conversation = replied(customer)

    page.goto(site.path("portal:conversation_detail", conversation.pk))
    page.get_by_role("button", name="Close").click()

    page.get_by_text("This conversation is closed. It reopens automatically").wait_for()
    assert page.get_by_role("button", name="Close").count() == 0
    assert_fits(page)
    assert_accessible(page)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.is_awaiting_answer) == (
        ConversationStatus.CLOSED,
        False,
    )


def test_place_a_mail_on_a_phone(site: Site, open_browser: Callable[..., Page]) -> None:
    page, customer = open_phone(site, open_browser)
    conversation = replied(customer)
    mail = InboundMessageFactory.create(
        raw=reply("Still on for Thursday?", sender="gh@private.example"),
        status=InboundStatus.UNMATCHED,
        due_at=None,
        received_at=clock.now(),
        label=ReplyLabel.QUESTION,
        classifier_version=CLASSIFIER_VERSION,
        from_address="gh@private.example",
        subject="Thursday",
        text="Still on for Thursday?",
        customer=customer,
    )

    page.goto(site.path("portal:conversation_list"))
    page.get_by_role("link", name="Match it").click()
    page.get_by_role("heading", name="Thursday").wait_for()
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("combobox").select_option(str(conversation.pk))
    page.get_by_role("button", name="Match the email from gh@private.example").click()

    page.get_by_text("Matched. It will be in the conversation with Northgate Dental").wait_for()
    page.get_by_text("No unmatched emails.").wait_for()
    assert_fits(page)
    mail.refresh_from_db()
    assert (mail.conversation_id, mail.status) == (conversation.pk, InboundStatus.PENDING)
