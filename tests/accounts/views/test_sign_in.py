"""Signing in by mail: one credential, link and code, one use, fifteen minutes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from accounts.models import LoginLink, OutboxMail, User
from accounts.services import login_links
from tests.conftest import NOON
from tests.factories import UserFactory
from tests.helpers.clients import SiteClient
from tests.helpers.sign_in import (
    LOGIN,
    PORTAL,
    SENT,
    ask,
    code_in,
    last_mail,
    path_in,
    signed_in_as,
)

if TYPE_CHECKING:
    import time_machine

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def test_the_mail_holds_link_and_code_and_says_who_asked(client: SiteClient, ann: User) -> None:
    client.post(
        LOGIN,
        {"email": " Ann@Agency.test "},
        headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
    )

    text = last_mail().text
    assert last_mail().to == "ann@agency.test"
    assert last_mail().kind == "accounts/login"
    assert "Requested from Firefox on Linux, March 4, 17:00 UTC." in text
    assert path_in(text) in last_mail().html
    assert code_in(text) in last_mail().html
    assert last_mail().expires_at == NOON + timedelta(minutes=15)


def test_neither_token_nor_code_is_stored(client: SiteClient, ann: User) -> None:
    ask(client)

    link = LoginLink.objects.get()
    stored = {str(value) for value in vars(link).values()}
    assert path_in(last_mail().text).rpartition("/")[2] not in stored
    assert code_in(last_mail().text).replace("-", "") not in stored


def test_another_browser_gets_a_button_and_signs_in_with_it(client: SiteClient, ann: User) -> None:
    ask(client)
    path, phone = path_in(last_mail().text), SiteClient()

    for _ in range(3):
        assert phone.get(path).status_code == 200
        assert phone.head(path).status_code == 200
    assert signed_in_as(phone) is None
    answer = phone.post(path)

    assert answer["Location"] == PORTAL
    assert signed_in_as(phone) == ann.pk
    # Somebody else's click never signs in the browser that asked.
    assert signed_in_as(client) is None


def test_the_asking_browser_needs_no_button(client: SiteClient, ann: User) -> None:
    """A look ahead (HEAD), as mail scanners do it, spends nothing."""
    ask(client)
    path = path_in(last_mail().text)

    client.head(path)
    assert signed_in_as(client) is None
    answer = client.get(path)

    assert answer["Location"] == PORTAL
    assert signed_in_as(client) == ann.pk


def test_the_code_works_in_the_asking_browser_in_any_spelling(
    client: SiteClient, ann: User
) -> None:
    ask(client)
    code = code_in(last_mail().text)

    answer = client.post(SENT, {"code": code.lower().replace("-", " ")})

    assert answer["Location"] == PORTAL
    assert signed_in_as(client) == ann.pk


def test_the_code_is_worthless_in_a_browser_that_did_not_ask(client: SiteClient, ann: User) -> None:
    ask(client)
    thief = SiteClient()
    ask(thief, "nobody@agency.test")

    thief.post(SENT, {"code": code_in(OutboxMail.objects.earliest("pk").text)})

    assert signed_in_as(thief) is None


@pytest.mark.parametrize("first", ["link", "code"])
def test_link_and_code_are_one_credential(client: SiteClient, ann: User, first: str) -> None:
    ask(client)
    path, code, other = path_in(last_mail().text), code_in(last_mail().text), SiteClient()

    if first == "link":
        other.post(path)
        client.post(SENT, {"code": code})
        assert (signed_in_as(other), signed_in_as(client)) == (ann.pk, None)
    else:
        client.post(SENT, {"code": code})
        assert other.post(path).status_code == 410
        assert (signed_in_as(other), signed_in_as(client)) == (None, ann.pk)


def test_a_used_expired_or_tampered_link_is_gone(
    client: SiteClient, ann: User, at_noon: time_machine.Traveller
) -> None:
    ask(client)
    used, phone = path_in(last_mail().text), SiteClient()
    phone.post(used)
    at_noon.shift(1)
    expired = login_links.issue_link(user=ann, email=ann.email, now=NOON).url
    at_noon.shift(timedelta(minutes=15))

    for path in (used, path_in(expired), f"{used}x", used[:-1], "/login/link/x"):
        for answer in (phone.get(path), phone.post(path)):
            assert answer.status_code == 410
            assert "Get a new link" in answer.content.decode()


def test_signing_in_ends_every_other_open_link(client: SiteClient, ann: User) -> None:
    ask(client)
    older = path_in(last_mail().text)
    ask(client)

    client.get(path_in(last_mail().text))

    assert SiteClient().get(older).status_code == 410


def test_of_two_browsers_with_one_link_the_first_signs_in(client: SiteClient, ann: User) -> None:
    ask(client)
    path = path_in(last_mail().text)
    first, second = SiteClient(), SiteClient()

    answers = [first.post(path).status_code, second.post(path).status_code]

    assert answers == [302, 410]


def test_five_wrong_codes_end_the_code_but_not_the_link(client: SiteClient, ann: User) -> None:
    ask(client)
    code, path = code_in(last_mail().text), path_in(last_mail().text)

    for _ in range(5):
        client.post(SENT, {"code": "BBBB-BBBB"})
    answer = client.post(SENT, {"code": code})

    assert "This code no longer works" in answer.content.decode()
    assert signed_in_as(client) is None
    assert SiteClient().post(path).status_code == 302


def test_known_and_unknown_addresses_look_the_same(client: SiteClient, ann: User) -> None:
    stranger = SiteClient()
    answers = [ask(client), ask(stranger, "nobody@agency.test")]
    pages = [
        re.sub(r'value="\w{64}"', "", browser.get(SENT).content.decode())
        for browser in (client, stranger)
    ]
    wrong = [
        [browser.post(SENT, {"code": "BBBB-BBBB"}).content.decode() for _ in range(6)]
        for browser in (client, stranger)
    ]

    headers = [dict(answer.headers) for answer in answers]
    # Every request has a number of its own.
    numbers = {one.pop("X-Request-ID") for one in headers}
    assert (len(numbers), headers[0]) == (2, headers[1])
    assert pages[0].replace("ann@", "nobody@") == pages[1]
    assert [("This code no longer works" in page) for page in wrong[0]] == [
        ("This code no longer works" in page) for page in wrong[1]
    ]
    assert [row.kind for row in OutboxMail.objects.order_by("pk")] == [
        "accounts/login",
        "accounts/no_account",
    ]


def test_operators_and_switched_off_people_get_no_link(client: SiteClient) -> None:
    UserFactory.create(email="hoss@hossagent.test", is_staff=True)
    UserFactory.create(email="gone@agency.test", is_active=False)

    ask(client, "hoss@hossagent.test")
    ask(client, "gone@agency.test")

    assert LoginLink.objects.count() == 0


def test_a_link_dies_when_its_person_becomes_an_operator(client: SiteClient, ann: User) -> None:
    ask(client)
    User.objects.filter(pk=ann.pk).update(is_staff=True)

    assert client.get(path_in(last_mail().text)).status_code == 410


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/portal/?tab=1", "/portal/?tab=1"),
        ("https://evil.test/", PORTAL),
        ("//evil.test/", PORTAL),
        ("javascript:alert(1)", PORTAL),
    ],
)
def test_only_our_own_pages_are_gone_back_to(
    client: SiteClient, ann: User, wanted: str, reached: str
) -> None:
    ask(client, next=wanted)

    assert SiteClient().post(path_in(last_mail().text))["Location"] == reached


def test_too_many_requests_for_one_address_are_refused_in_words(
    client: SiteClient, ann: User
) -> None:
    for _ in range(3):
        ask(client)

    answer = ask(client)

    assert answer.status_code == 429
    assert "Too many requests. Wait a few minutes" in answer.content.decode()
    assert 'value="ann@agency.test"' in answer.content.decode()
    assert OutboxMail.objects.count() == 3


@pytest.mark.parametrize("bad", ["", "ann", "ann@", "a b@agency.test"])
def test_a_bad_address_gets_a_sentence_and_is_kept(client: SiteClient, bad: str) -> None:
    answer = ask(client, bad)

    assert answer.status_code == 200
    assert "Enter" in answer.content.decode()
    assert f'value="{bad}"' in answer.content.decode() or not bad
    assert OutboxMail.objects.count() == 0


def test_the_link_page_keeps_its_token_to_itself(client: SiteClient, ann: User) -> None:
    ask(client)
    answer = SiteClient().get(path_in(last_mail().text))

    assert answer["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_the_button_asks_for_the_csrf_token(client: SiteClient, ann: User) -> None:
    ask(client)

    assert SiteClient(enforce_csrf_checks=True).post(path_in(last_mail().text)).status_code == 403
    assert LoginLink.objects.filter(used_at=None).count() == 1


def test_who_is_signed_in_is_sent_on_from_the_sign_in_page(client: SiteClient, ann: User) -> None:
    client.force_login(ann)

    assert client.get(LOGIN)["Location"] == PORTAL
    assert client.get(f"{LOGIN}?next=/portal/work")["Location"] == "/portal/work"
    assert client.get(f"{LOGIN}?next=https://evil.test/")["Location"] == PORTAL


def test_the_code_page_without_a_request_asks_for_one(client: SiteClient) -> None:
    assert client.post(SENT, {"code": "BBBB-BBBB"})["Location"] == LOGIN


def test_codes_have_a_limit_for_one_address_on_the_net(client: SiteClient, ann: User) -> None:
    """Thirty a minute, whichever mails they are for; the right code is not even looked at."""
    ask(client)
    code = code_in(last_mail().text)
    for number in range(6):
        browser = SiteClient()
        ask(browser, f"nobody{number}@agency.test")
        for _ in range(5):
            browser.post(SENT, {"code": "BBBB-BBBB"})

    answer = client.post(SENT, {"code": code})

    assert answer.status_code == 429
    assert "Too many requests" in answer.content.decode()
    assert signed_in_as(client) is None
