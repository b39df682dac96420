"""Signing in by mail: one credential, link and code, one use, fifteen minutes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, LoginLink, OutboxMail, User
from accounts.services import login_links
from tests.conftest import NOON
from tests.factories import MembershipFactory, UserFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

pytestmark = pytest.mark.django_db

LOGIN = "/login"
SENT = "/login/sent"
PORTAL = "/portal/"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def ann() -> User:
    user: User = MembershipFactory.create(user__email="ann@agency.test").user
    return user


def ask(client: SiteClient, email: str = "ann@agency.test", **extra: str) -> HttpResponse:
    return client.post(LOGIN, {"email": email, **extra})  # type: ignore[return-value] # the test client returns its own kind


def mail() -> OutboxMail:
    found: OutboxMail = OutboxMail.objects.latest("pk")
    return found


def path_in(text: str) -> str:
    match = re.search(r"/login/link/[\w-]+", text)
    assert match
    return match[0]


def code_in(text: str) -> str:
    match = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", text)
    assert match
    return match[0]


def signed_in_as(client: SiteClient) -> int | None:
    value = client.session.get("_auth_user_id")
    return None if value is None else int(value)


def test_the_mail_holds_link_and_code_and_says_who_asked(client: SiteClient, ann: User) -> None:
    client.post(
        LOGIN,
        {"email": " Ann@Agency.test "},
        headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"},
    )

    text = mail().text
    assert mail().to == "ann@agency.test"
    assert mail().kind == "accounts/login"
    assert "Requested from Firefox on Linux, March 4, 17:00 UTC." in text
    assert path_in(text) in mail().html
    assert code_in(text) in mail().html
    assert mail().expires_at == NOON + timedelta(minutes=15)


def test_neither_token_nor_code_is_stored(client: SiteClient, ann: User) -> None:
    ask(client)

    link = LoginLink.objects.get()
    stored = {str(value) for value in vars(link).values()}
    assert path_in(mail().text).rpartition("/")[2] not in stored
    assert code_in(mail().text).replace("-", "") not in stored


def test_another_browser_gets_a_button_and_signs_in_with_it(client: SiteClient, ann: User) -> None:
    ask(client)
    path, phone = path_in(mail().text), SiteClient()

    for _ in range(3):
        assert phone.get(path).status_code == 200
        assert phone.head(path).status_code == 200
    assert signed_in_as(phone) is None
    answer = phone.post(path)

    assert answer["Location"] == PORTAL
    assert signed_in_as(phone) == ann.pk
    # Somebody else's click never signs in the browser that asked.
    assert signed_in_as(client) is None


def test_the_asking_browser_needs_no_button_and_a_look_ahead_spends_nothing(
    client: SiteClient, ann: User
) -> None:
    ask(client)
    path = path_in(mail().text)

    client.head(path)
    assert signed_in_as(client) is None
    answer = client.get(path)

    assert answer["Location"] == PORTAL
    assert signed_in_as(client) == ann.pk


def test_the_code_works_in_the_asking_browser_in_any_spelling(
    client: SiteClient, ann: User
) -> None:
    ask(client)
    code = code_in(mail().text)

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
    path, code, other = path_in(mail().text), code_in(mail().text), SiteClient()

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
    used, phone = path_in(mail().text), SiteClient()
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
    older = path_in(mail().text)
    ask(client)

    client.get(path_in(mail().text))

    assert SiteClient().get(older).status_code == 410


def test_a_double_click_signs_in_once_and_shows_no_error_to_the_first(
    client: SiteClient, ann: User
) -> None:
    ask(client)
    path = path_in(mail().text)
    first, second = SiteClient(), SiteClient()

    answers = [first.post(path).status_code, second.post(path).status_code]

    assert answers == [302, 410]


def test_only_one_of_two_callers_redeems_a_link(ann: User) -> None:
    link = login_links.issue_link(user=ann, email=ann.email, now=NOON).link

    results = [login_links.redeem_link(link=link, signed_in_as=None, now=NOON) for _ in range(2)]

    assert results == [ann, None]


def test_five_wrong_codes_end_the_code_but_not_the_link(client: SiteClient, ann: User) -> None:
    ask(client)
    code, path = code_in(mail().text), path_in(mail().text)

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

    assert answers[0].headers == answers[1].headers
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

    assert client.get(path_in(mail().text)).status_code == 410


def test_the_session_key_changes_at_sign_in(client: SiteClient, ann: User) -> None:
    ask(client)
    planted = client.cookies["hoss"].value

    client.get(path_in(mail().text))

    assert client.cookies["hoss"].value != planted
    old = SiteClient()
    old.cookies["hoss"] = planted
    assert old.get(PORTAL).status_code == 302


def test_opening_anns_link_as_bob_leaves_nothing_of_bobs_session(
    client: SiteClient, ann: User
) -> None:
    ask(client)
    bob = SiteClient()
    bob.force_login(MembershipFactory.create(user__email="bob@agency.test").user)
    session = bob.session
    session["secret"] = "bob's"
    session.save()
    path = path_in(mail().text)

    assert "You are signed in as bob@agency.test" in bob.get(path).content.decode()
    bob.post(path)

    assert signed_in_as(bob) == ann.pk
    assert "secret" not in bob.session


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

    assert SiteClient().post(path_in(mail().text))["Location"] == reached


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
    answer = SiteClient().get(path_in(mail().text))

    assert answer["Referrer-Policy"] == "strict-origin"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_the_button_asks_for_the_csrf_token(client: SiteClient, ann: User) -> None:
    ask(client)

    assert SiteClient(enforce_csrf_checks=True).post(path_in(mail().text)).status_code == 403
    assert LoginLink.objects.filter(used_at=None).count() == 1


def test_signing_out_is_a_post_and_ends_the_session(client: SiteClient, ann: User) -> None:
    client.force_login(ann)

    assert client.get("/logout").status_code == 405
    client.post("/logout")

    assert client.get(PORTAL).status_code == 302


def test_signing_out_everywhere_ends_every_session_and_every_open_link(
    client: SiteClient, ann: User
) -> None:
    other, third = SiteClient(), SiteClient()
    for browser in (client, other):
        browser.force_login(ann)
    ask(third)

    client.post("/logout/everywhere")

    assert [browser.get(PORTAL).status_code for browser in (client, other)] == [302, 302]
    assert third.get(path_in(mail().text)).status_code == 410
    assert AuditEvent.objects.get().action == "signed_out_everywhere"


def test_the_command_prints_a_link_that_works(
    ann: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("login_link", "Ann@agency.test")

    browser = SiteClient()
    assert browser.post(path_in(capsys.readouterr().out)).status_code == 302
    assert signed_in_as(browser) == ann.pk


@pytest.mark.parametrize("person", ["nobody@agency.test", "hoss@hossagent.test"])
def test_the_command_says_why_it_prints_none(person: str) -> None:
    UserFactory.create(email="hoss@hossagent.test", is_staff=True)

    with pytest.raises(CommandError):
        call_command("login_link", person)


class TestUnverified:
    @pytest.fixture
    def eve(self, ann: User) -> User:
        """Signed up with Ann's mailbox, and never proved it."""
        User.objects.filter(pk=ann.pk).update(email_verified_at=None)
        ann.refresh_from_db()
        return ann

    def test_proving_the_address_elsewhere_ends_the_sessions_of_whoever_signed_up(
        self, client: SiteClient, eve: User
    ) -> None:
        client.force_login(eve)
        owner = SiteClient()
        ask(owner)

        owner.get(path_in(mail().text))

        assert client.get(PORTAL).status_code == 302
        assert owner.get(PORTAL).status_code == 200
        eve.refresh_from_db()
        assert eve.email_verified_at == NOON
        assert AuditEvent.objects.get().action == "address_proven"

    def test_proving_it_in_the_same_browser_keeps_other_sessions(
        self, client: SiteClient, eve: User
    ) -> None:
        client.force_login(eve)
        laptop = SiteClient()
        laptop.force_login(eve)
        client.post("/account/address/resend")

        client.get(path_in(mail().text))

        assert mail().kind == "accounts/confirm_address"
        assert [browser.get(PORTAL).status_code for browser in (client, laptop)] == [200, 200]

    def test_after_seven_days_only_proving_changing_and_signing_out_are_left(
        self, client: SiteClient, eve: User, at_noon: time_machine.Traveller
    ) -> None:
        client.force_login(eve)
        at_noon.shift(timedelta(days=7) - timedelta(seconds=1))
        assert client.get(PORTAL).status_code == 200
        at_noon.shift(1)

        assert client.get(PORTAL)["Location"] == "/account/address"
        assert (
            "Confirm it to open the portal again."
            in client.get("/account/address").content.decode()
        )
        client.post("/account/address/resend")
        assert client.post(SENT, {"code": code_in(mail().text)})["Location"] == PORTAL
        assert client.get(PORTAL).status_code == 200

    def test_a_mistyped_address_can_be_changed(self, client: SiteClient, eve: User) -> None:
        client.force_login(eve)

        client.post("/account/address", {"email": "Ann.New@agency.test"})
        assert mail().to == "ann.new@agency.test"
        client.get(path_in(mail().text))

        eve.refresh_from_db()
        assert (eve.email, eve.email_verified_at) == ("ann.new@agency.test", NOON)
        assert client.get(PORTAL).status_code == 200
        assert mail().kind == "accounts/address_changed"
        assert mail().to == "ann@agency.test"

    def test_somebody_elses_address_is_never_taken_over(
        self, client: SiteClient, eve: User
    ) -> None:
        bob = UserFactory.create(email="bob@agency.test")
        client.force_login(eve)

        answer = client.post("/account/address", {"email": "bob@agency.test"})

        assert answer["Location"] == SENT
        assert mail().kind == "accounts/login"
        assert LoginLink.objects.get().user == bob

    def test_an_address_taken_meanwhile_is_refused_and_nothing_changes(
        self, client: SiteClient, eve: User
    ) -> None:
        client.force_login(eve)
        client.post("/account/address", {"email": "new@agency.test"})
        path = path_in(mail().text)
        UserFactory.create(email="new@agency.test")

        answer = client.get(path)

        assert answer.status_code == 409
        eve.refresh_from_db()
        assert (eve.email, eve.email_verified_at) == ("ann@agency.test", None)


def test_a_proven_address_changes_only_soon_after_signing_in(
    client: SiteClient, ann: User, at_noon: time_machine.Traveller
) -> None:
    ask(client)
    client.get(path_in(mail().text))
    at_noon.shift(timedelta(minutes=31))

    answer = client.post("/account/address", {"email": "new@agency.test"})

    assert "sign in again" in answer.content.decode()
    assert OutboxMail.objects.filter(to="new@agency.test").count() == 0


def test_the_tries_are_counted_on_the_credential_itself(ann: User) -> None:
    issued = login_links.issue_link(user=ann, email=ann.email, now=NOON)

    def try_code(code: str) -> User | None:
        return login_links.redeem_code(
            link_id=issued.link.pk, code=code, signed_in_as=None, now=NOON
        )

    assert [try_code("BBBB-BBBB") for _ in range(5)] == [None] * 5
    assert try_code(issued.code) is None


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
    code = code_in(mail().text)
    for number in range(6):
        browser = SiteClient()
        ask(browser, f"nobody{number}@agency.test")
        for _ in range(5):
            browser.post(SENT, {"code": "BBBB-BBBB"})

    answer = client.post(SENT, {"code": code})

    assert answer.status_code == 429
    assert "Too many requests" in answer.content.decode()
    assert signed_in_as(client) is None


def test_turning_back_at_google_changes_nothing_and_says_so(client: SiteClient) -> None:
    page = client.get("/oauth/canceled", follow=True).content.decode()

    assert "Sign-in canceled. Nothing has changed." in page


def test_somebody_switched_off_is_told_so(client: SiteClient) -> None:
    assert client.get("/login/off").status_code == 403
