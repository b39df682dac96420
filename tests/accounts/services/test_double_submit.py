"""A double click on a button that signs in lands where the first click lands, and opens nothing."""

from __future__ import annotations

import re
from copy import copy
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.contrib.sessions.models import Session

from accounts.models import OutboxMail, User
from accounts.services import login_links
from accounts.services.invitations import invite
from accounts.states import Role
from accounts.views import sign_in
from tests.conftest import NOON
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient
from tests.helpers.threads import meet, together

if TYPE_CHECKING:
    from django.http import HttpResponse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

WANTED = "/portal/?tab=1"

# Of pressing the button: the status, where it leads, whether the browser is signed in then.
LANDED = (302, WANTED, True)
GONE = (410, "", False)
FORM_EXPIRED = (403, "", False)


class Button:
    """The page behind a link, open in a browser that checks its forms, ready to be pressed."""

    def __init__(self, path: str, browser: SiteClient | None = None, **typed: str) -> None:
        self.path = path
        self.typed = typed
        self.browser = browser or SiteClient(enforce_csrf_checks=True)
        page = self.browser.get(path).content.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found
        self.token = found[1]
        self.came_with = self.cookie

    @property
    def cookie(self) -> str:
        return str(self.browser.cookies["hoss"].value)

    def press(self) -> HttpResponse:
        form = {"csrfmiddlewaretoken": self.token, **self.typed}
        answer: HttpResponse = self.browser.post(self.path, form)  # type: ignore[assignment] # the test client returns its own kind
        return answer

    def lose_the_answer(self) -> None:
        """The browser was already on its way with the second submit."""
        self.browser.cookies["hoss"] = self.came_with

    def without_form_check(self) -> SiteClient:
        """As if the form were a fresh one, so that the link alone decides."""
        self.browser.handler.enforce_csrf_checks = False
        return self.browser

    def outcome(self) -> tuple[int, str, bool]:
        """Of pressing: the status, where it leads, whether the browser is signed in then."""
        answer = self.press()
        return answer.status_code, answer.get("Location", ""), is_signed_in(self.browser)


def is_signed_in(browser: SiteClient) -> bool:
    return browser.get("/portal/").status_code == 200


def a_link(person: User, *, email: str = "", purpose: str = "sign_in") -> str:
    issued = login_links.issue_link(
        user=person, email=email or person.email, purpose=purpose, next_url=WANTED, now=NOON
    )
    return issued.url[issued.url.index("/login/") :]


@pytest.fixture
def button(ann: User) -> Button:
    return Button(a_link(ann))


def sessions_of_people() -> int:
    return sum("_auth_user_id" in row.get_decoded() for row in Session.objects.all())


@pytest.mark.parametrize("first_answer", ["arrived", "lost"])
def test_it_lands_where_the_first_landed_in_the_same_session(
    button: Button, first_answer: str
) -> None:
    assert button.outcome() == LANDED
    session = button.cookie
    if first_answer == "lost":
        button.lose_the_answer()

    assert button.outcome() == LANDED
    assert button.cookie == session
    assert sessions_of_people() == 1


@pytest.mark.parametrize("first_answer", ["arrived", "lost"])
def test_the_link_itself_opened_twice_lands_too(ann: User, first_answer: str) -> None:
    button = Button(a_link(ann))
    button.press()
    if first_answer == "lost":
        button.lose_the_answer()

    assert button.browser.get(button.path)["Location"] == WANTED
    assert is_signed_in(button.browser)


def test_it_lands_when_the_address_changed_with_the_session(ann: User) -> None:
    browser = SiteClient(enforce_csrf_checks=True)
    browser.force_login(ann)
    button = Button(a_link(ann, email="new@agency.test", purpose="change"), browser)

    assert button.outcome() == LANDED
    button.lose_the_answer()

    assert button.outcome() == LANDED
    assert sessions_of_people() == 1


def test_another_browser_is_refused(ann: User, button: Button) -> None:
    other = Button(button.path)
    button.press()

    assert other.outcome() == GONE


def test_another_browser_of_the_same_person_is_refused(button: Button, ann: User) -> None:
    other = SiteClient()
    other.force_login(ann)
    button.press()

    assert other.post(button.path).status_code == 410


@pytest.mark.parametrize("address", ["/logout", "/logout/everywhere"])
@pytest.mark.parametrize("first_answer", ["arrived", "lost"])
def test_after_signing_out_the_same_browser_is_refused(
    button: Button, address: str, first_answer: str
) -> None:
    button.press()
    button.without_form_check().post(address)
    if first_answer == "lost":
        button.lose_the_answer()

    button.browser.handler.enforce_csrf_checks = True
    assert button.outcome() == FORM_EXPIRED
    button.without_form_check()
    assert button.outcome() == GONE


@pytest.mark.parametrize("first_answer", ["arrived", "lost"])
def test_after_signing_out_everywhere_it_is_refused(
    button: Button, ann: User, first_answer: str
) -> None:
    button.press()
    other = SiteClient()
    other.force_login(ann)
    other.post("/logout/everywhere")
    if first_answer == "lost":
        button.lose_the_answer()

    button.without_form_check()
    assert button.outcome() == GONE


@pytest.mark.parametrize("first_answer", ["arrived", "lost"])
def test_a_minute_later_it_is_refused(
    button: Button, at_noon: time_machine.Traveller, first_answer: str
) -> None:
    button.press()
    at_noon.shift(timedelta(seconds=59))
    assert button.outcome() == LANDED
    at_noon.shift(1)
    if first_answer == "lost":
        button.lose_the_answer()

    assert button.press().status_code == 403
    button.without_form_check()
    assert button.press().status_code == 410


def test_the_first_click_opens_that_link_only(button: Button, ann: User) -> None:
    button.press()
    bobs = a_link(MembershipFactory.create(user__email="bob@agency.test").user)
    used = a_link(ann)
    SiteClient().post(used)

    assert button.browser.post(bobs).status_code == 403
    assert button.without_form_check().post(used).status_code == 410


def test_a_person_switched_off_meanwhile_is_refused(button: Button, ann: User) -> None:
    button.press()
    User.objects.filter(pk=ann.pk).update(is_active=False)
    button.lose_the_answer()

    assert button.outcome() == FORM_EXPIRED


def test_the_key_that_the_browser_came_with_opens_nothing_else(button: Button) -> None:
    button.press()
    button.lose_the_answer()

    assert not is_signed_in(button.browser)


def code_button(person: User) -> Button:
    """The form that takes the mail's code, in the browser that asked for the mail."""
    asking = Button("/login", email=person.email, next=WANTED)
    assert asking.press()["Location"] == "/login/sent"
    found = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", OutboxMail.objects.latest("pk").text)
    assert found
    return Button("/login/sent", asking.browser, code=found[0])


def signup_button() -> Button:
    return Button(
        "/signup",
        company="Northside Growth",
        contact_name="Ann Lee",
        email="ann@northside.com",
        niche="dental clinics",
        geography="Austin, Texas",
        terms="on",
    )


def invitation_button(person: User) -> Button:
    _, token = invite(
        customer=person.memberships.get().customer,
        email="bob@agency.test",
        role=Role.MEMBER,
        by=person.email,
        expires_at=NOON + timedelta(days=1),
        now=NOON,
    )
    return Button(f"/invitation/{token}/")


@pytest.mark.parametrize("first_answer", ["arrived", "lost"])
@pytest.mark.parametrize("form", ["code", "sign-up", "invitation"])
def test_every_form_that_signs_in_bears_a_double_submit(
    ann: User, form: str, first_answer: str
) -> None:
    if form == "code":
        button, where = code_button(ann), WANTED
    else:
        button = signup_button() if form == "sign-up" else invitation_button(ann)
        where = "/portal/"

    assert button.outcome() == (302, where, True)
    session, people = button.cookie, User.objects.count()
    if first_answer == "lost":
        button.lose_the_answer()

    assert button.outcome() == (302, where, True)
    assert button.cookie == session
    assert (sessions_of_people(), User.objects.count()) == (1, people)
    button.browser.handler.enforce_csrf_checks = False
    button.browser.post("/logout")
    button.browser.handler.enforce_csrf_checks = True
    assert button.press().status_code == 403


def test_a_wrong_code_is_no_double_submit(ann: User) -> None:
    button = code_button(ann)
    button.press()
    other = code_button(ann)
    other.typed = {"code": "AAAA-AAAA"}

    assert other.outcome() == (200, "", False)


def test_a_form_that_is_out_of_date_says_so(ann: User) -> None:
    button = signup_button()
    button.token = "x" * 64

    answer = button.press()

    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", ["link", "code"])
def test_two_clicks_at_the_same_moment_both_land_in_one_session(
    ann: User, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Both have seen the open link before either spends it, and the one that spends it
    takes its time with the session."""
    button = Button(a_link(ann)) if by == "link" else code_button(ann)
    meet(monkeypatch, login_links, f"redeem_{by}")
    meet(monkeypatch, sign_in, "start_session")
    twin = copy(button)
    twin.browser = SiteClient(enforce_csrf_checks=True)
    twin.lose_the_answer()

    answers = together(button.press, twin.press)

    assert [(it.status_code, it["Location"]) for it in answers] == [(302, WANTED)] * 2
    assert button.cookie == twin.cookie
    assert is_signed_in(twin.browser)
    assert sessions_of_people() == 1
