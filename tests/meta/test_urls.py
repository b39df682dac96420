"""The whole URL map, so that a new page is swept before anybody links to it.

Every address needs a sign-in unless `PUBLIC` lists it; every portal address answers 404
to people of other customers; nothing is changed by GET; viewers change nothing at all.
A page whose address has arguments is taught to `FILL` once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Invitation
from accounts.states import Role
from agents.models import ImportJob
from agents.states import InboundSource, InboundStatus, MessageStatus, ReplyLabel, TaskStatus
from hossagent.config import BASE_DIR
from tests.conftest import NOON
from tests.factories import (
    ConversationFactory,
    InboundMessageFactory,
    InvoiceFactory,
    LeadFactory,
    MembershipFactory,
    MessageFactory,
    TaskFactory,
    UserFactory,
)
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

# Open to everybody, by purpose.
PUBLIC = {
    # Health
    "healthz",
    "readyz",
    # Its own token, and 404 without one
    "metrics",
    # Signing in and up
    "accounts:login",
    "accounts:check_inbox",
    "account_login",
    "account_inactive",
    "account_signup",
    "start",
    "socialaccount_signup",
    "socialaccount_login_cancelled",
    "google_login",
    "google_callback",
    "microsoft_login",
    "microsoft_callback",
    # Signing out needs no session
    "accounts:logout",
    "account_logout",
    # The address itself is the secret
    "accounts:login_link",
    "invitation",
    "portal:preview",
    "agents:unsubscribe",
    # Signed by the sender
    "billing:stripe_webhook",
    "sendgrid_inbound",
    "agents:sendgrid_events",
}
PUBLIC_NAMESPACES = ("marketing:",)
# Reading is not all a viewer may do: anybody may ask for help, and anybody may go.
VIEWERS_MAY = {"portal:help", "portal:leave"}
# Machines post here, with a signature in place of a CSRF token (RFC 8058 for unsubscribing).
MACHINES = {
    "billing:stripe_webhook",
    "sendgrid_inbound",
    "agents:sendgrid_events",
    "agents:unsubscribe",
}


@dataclass
class World:
    """One customer with a row of everything that an address can name."""

    lead: Any
    message: Any
    waiting: Any
    conversation: Any
    task: Any
    invoice: Any
    upload: Any
    unmatched: Any
    colleague: Any
    invitation: Any

    @classmethod
    def of(cls, customer: Any) -> World:
        lead = LeadFactory.create(customer=customer)
        return cls(
            lead=lead,
            message=MessageFactory.create(lead=lead),
            waiting=MessageFactory.create(
                lead=LeadFactory.create(customer=customer),
                status=MessageStatus.AWAITING_APPROVAL,
            ),
            conversation=ConversationFactory.create(lead=lead),
            task=TaskFactory.create(
                customer=customer,
                status=TaskStatus.DONE,
                deliverable="# Done",
                finished_at=NOON,
                due_at=None,
            ),
            invoice=InvoiceFactory.create(customer=customer),
            unmatched=InboundMessageFactory.create(
                customer=customer,
                source=InboundSource.IMAP,
                status=InboundStatus.UNMATCHED,
                label=ReplyLabel.UNCLEAR,
                due_at=None,
            ),
            upload=ImportJob.objects.create(
                customer=customer,
                file_name="leads.csv",
                uploaded_by="ann@agency.test",
                uploaded_at=NOON,
                header=["email"],
                columns={"email": 0},
                finished_at=NOON,
            ),
            colleague=MembershipFactory.create(customer=customer, role=Role.MEMBER),
            invitation=Invitation.objects.create(
                customer=customer,
                email="bob@agency.test",
                role=Role.MEMBER,
                token_hash=f"{customer.pk:064}",
                created_at=NOON,
                expires_at=NOON,
            ),
        )


# How to fill the arguments of an address. `world` rows belong to one customer and must be
# 404 for everybody else's people; plain words mean the same for all.
OWNED: dict[str, Any] = {
    "portal:message_detail": lambda world: [world.message.pk],
    "portal:approval_edit": lambda world: [world.waiting.pk],
    "portal:approval_approve": lambda world: [world.waiting.pk],
    "portal:approval_skip": lambda world: [world.waiting.pk],
    "portal:lead_detail": lambda world: [world.lead.pk],
    "portal:lead_correct": lambda world: [world.lead.pk],
    "portal:lead_block": lambda world: [world.lead.pk],
    "portal:lead_decide": lambda world: [world.lead.pk, "qualify"],
    "portal:upload_detail": lambda world: [world.upload.pk],
    "portal:upload_result": lambda world: [world.upload.pk],
    "portal:task_detail": lambda world: [world.task.pk],
    "portal:task_download": lambda world: [world.task.pk],
    "portal:member_role": lambda world: [world.colleague.pk],
    "portal:member_remove": lambda world: [world.colleague.pk],
    "portal:invitation_act": lambda world: [world.invitation.pk, "revoke"],
    "portal:conversation_detail": lambda world: [world.conversation.pk],
    "portal:unmatched_match": lambda world: [world.unmatched.pk],
    "portal:conversation_act": lambda world: [world.conversation.pk, "close"],
}
WORDS: dict[str, list[Any]] = {
    "accounts:login_link": ["made-up"],
    "invitation": ["made-up"],
    "agents:unsubscribe": ["made-up"],
    "accounts:switch_customer": [999_999],
    "portal:preview": ["made-up"],
    "portal:guide": ["no-such-guide"],
    "portal:switch_autopilot": ["off"],
    "portal:export_download": [999_999],
}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for found in resolver.url_patterns:
        if isinstance(found, URLResolver):
            space = f"{prefix}{found.namespace}:" if found.namespace else prefix
            yield from patterns(found, space)
        else:
            yield f"{prefix}{found.name}", found


SITE = dict(patterns(get_resolver()))
CONSOLE = sorted(name for name in SITE if name.startswith("admin:"))
PAGES = sorted(name for name in SITE if not name.startswith("admin:"))
PRIVATE = [name for name in PAGES if name not in PUBLIC and not name.startswith(PUBLIC_NAMESPACES)]


PORTAL = [name for name in PRIVATE if name.startswith("portal:")]


def needs_arguments(name: str) -> bool:
    return bool(SITE[name].pattern.converters)


def address(name: str, world: World) -> str:
    if name in OWNED:
        return reverse(name, args=OWNED[name](world))
    return reverse(name, args=WORDS.get(name, []))


def console_address(name: str) -> str:
    """Any arguments will do: the sign-in comes first."""
    if name == "admin:app_list":
        return reverse(name, args=["accounts"])
    return reverse(name, args=["1"] * len(SITE[name].pattern.converters))


@pytest.fixture
def member() -> Any:
    return MembershipFactory.create(role=Role.OWNER)


@pytest.fixture
def world(member: Any) -> World:
    return World.of(member.customer)


def statuses(client: SiteClient, path: str) -> set[int]:
    """What GET and POST answer, without the method that the page does not know."""
    return {client.get(path).status_code, client.post(path).status_code} - {405}


def writes(queries: CaptureQueriesContext) -> list[str]:
    """Statements that change anything but a session."""
    return [
        query["sql"][:200]
        for query in queries.captured_queries
        if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
        and "django_session" not in query["sql"]
    ]


def test_every_address_with_arguments_is_known_here() -> None:
    taught = set(OWNED) | set(WORDS)

    assert {name for name in PAGES if needs_arguments(name)} == taught, (
        "Teach OWNED or WORDS how to fill the address."
    )


def test_templates_and_code_name_only_pages_that_exist() -> None:
    """Read from the files, so that a branch no test draws cannot hide a mistyped name."""
    tag = re.compile(r"""\{% (?:url|nav_link) ["']([\w:]+)["']""")
    quoted = re.compile(r"""["']((?:portal|marketing|accounts|billing):[a-z_]+)["']""")
    wrong = set()
    for folder in ("templates", "portal", "marketing", "accounts", "billing", "agents"):
        for file in (BASE_DIR / folder).rglob("*.*"):
            if file.suffix in {".html", ".txt", ".py", ".xml"} and "migrations" not in file.parts:
                text = file.read_text("utf-8")
                named = set(tag.findall(text)) | set(quoted.findall(text))
                wrong |= {(file.name, name) for name in named - SITE.keys()}

    assert wrong == set()


def test_the_public_list_names_only_what_exists() -> None:
    assert set(PAGES) >= PUBLIC


def test_everything_private_asks_a_stranger_to_sign_in(client: SiteClient, world: World) -> None:
    wrong = {}
    for name in PRIVATE:
        path = address(name, world)
        answers = [client.get(path), client.post(path)]
        places = {one.get("Location", str(one.status_code)).partition("?")[0] for one in answers}
        if places - {"405"} != {"/login"}:
            wrong[name] = places

    assert wrong == {}


def test_the_console_lets_neither_strangers_nor_customers_in(
    client: SiteClient, member: Any
) -> None:
    client.force_login(member.user)
    wrong = {}
    for name in CONSOLE:
        # The way in and out, and Django's catch-all for addresses that do not exist.
        if name in {"admin:login", "admin:logout", "admin:None"}:
            continue
        path = console_address(name)
        for browser in (SiteClient(), client):
            answers = [browser.get(path), browser.post(path)]
            places = {one.get("Location", str(one.status_code)) for one in answers}
            found = {place.partition("?")[0] for place in places} - {"405"}
            if found - {"/admin/login/"}:
                wrong[name] = found

    assert wrong == {}


def test_a_person_without_a_customer_gets_404_everywhere(client: SiteClient, world: World) -> None:
    client.force_login(UserFactory.create())

    found = {name: statuses(client, address(name, world)) for name in PORTAL}

    assert {name: codes for name, codes in found.items() if codes != {404}} == {}


def test_another_customers_people_get_404(client: SiteClient, world: World) -> None:
    """The stranger has rows of the same kinds, so that a leak would have something to show."""
    stranger = MembershipFactory.create(role=Role.OWNER)
    own = World.of(stranger.customer)
    client.force_login(stranger.user)

    found = {
        name: (statuses(client, address(name, world)), statuses(client, address(name, own)))
        for name in OWNED
    }

    assert {name: codes for name, (codes, _) in found.items() if codes != {404}} == {}
    assert [name for name, (_, codes) in found.items() if codes == {404}] == []


def test_looking_changes_nothing(client: SiteClient, member: Any, world: World) -> None:
    client.force_login(member.user)
    wrong = {}
    for name in PAGES:
        path = address(name, world)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
            client.head(path)
        if written := writes(queries):
            wrong[name] = written

    assert wrong == {}


def test_a_viewer_changes_nothing(client: SiteClient, member: Any, world: World) -> None:
    viewer = MembershipFactory.create(customer=member.customer, role=Role.VIEWER)
    client.force_login(viewer.user)
    wrong = {}
    for name in PORTAL:
        if name in VIEWERS_MAY:
            continue
        with CaptureQueriesContext(connection) as queries:
            status = client.post(address(name, world)).status_code
        if status not in {403, 404, 405} or writes(queries):
            wrong[name] = (status, writes(queries))

    assert wrong == {}


def test_every_form_asks_for_its_token(member: Any, world: World) -> None:
    client = SiteClient(enforce_csrf_checks=True)
    client.force_login(member.user)
    wrong = {}
    for name in PAGES:
        if name in MACHINES:
            continue
        with CaptureQueriesContext(connection) as queries:
            status = client.post(address(name, world)).status_code
        if status not in {403, 405} or writes(queries):
            wrong[name] = (status, writes(queries))

    assert wrong == {}


def test_every_page_carries_the_headers(client: SiteClient, member: Any, world: World) -> None:
    client.force_login(member.user)
    wrong = {}
    for name in set(PAGES) - MACHINES:
        answer = client.get(address(name, world))
        policy = answer.get("Content-Security-Policy", "")
        facts = (
            "default-src 'none'" in policy and "frame-ancestors 'none'" in policy,
            "unsafe-" in policy,
            answer.get("X-Content-Type-Options"),
            answer.get("X-Frame-Options"),
            answer.get("Cross-Origin-Opener-Policy"),
            answer.get("Referrer-Policy") in {"same-origin", "strict-origin", "no-referrer"},
        )
        if facts != (True, False, "nosniff", "DENY", "same-origin", True):
            wrong[name] = facts

    assert wrong == {}
