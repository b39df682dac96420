"""Whoever signed up with somebody else's address keeps nothing once its owner proves it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from allauth.socialaccount.models import SocialAccount, SocialLogin, SocialToken

from accounts.models import AuditEvent, LinkPurpose, LoginLink, OutboxMail, User
from accounts.services import login_links, team
from accounts.services.address_proof import AddressTaken, prove_address
from accounts.services.connected_accounts import REMOVE
from accounts.states import Role
from accounts.views import address
from tests.conftest import NOON
from tests.factories import MembershipFactory, UserFactory
from tests.helpers.clients import SiteClient
from tests.helpers.social import PROVIDERS, come_back

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest_django

    Way = Callable[[SiteClient], None]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

ANN = "ann@northside.com"
EVE = "eve@evil.test"
MICROSOFT = {"provider": "microsoft", "uid": "eves-own-tenant"}
COMPANY = {
    "company": "Anything",
    "contact_name": "Ann Lee",
    "email": ANN,
    "niche": "dental clinics",
    "terms": "on",
}
GONE = 410


@pytest.fixture(autouse=True)
def providers(settings: pytest_django.Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = PROVIDERS


def by_microsoft(browser: SiteClient) -> Any:
    """Eve's own tenant may claim what it likes: her account there is known by its id."""
    return come_back(browser, "microsoft", EVE, verified=False, uid=MICROSOFT["uid"])


def last_mail(to: str) -> tuple[str, str]:
    """Path and code of the latest mail."""
    text = OutboxMail.objects.filter(to=to).latest("pk").text
    path = re.search(r"/(?:login/link|invitation)/\S+", text)
    code = re.search(r"\b[A-Z]{4}-[A-Z]{4}\b", text)
    assert path
    return path[0], code[0] if code else ""


class Squat(NamedTuple):
    """Eve has signed up as Ann with a Microsoft account of her own, and has asked to move to
    her own mailbox: she holds that mail."""

    eve: SiteClient
    link: str
    code: str


@pytest.fixture
def squat() -> Squat:
    eve = SiteClient()
    by_microsoft(eve)
    assert eve.post("/signup/company", COMPANY)["Location"] == "/portal/"
    assert eve.post("/account/address", {"email": EVE})["Location"] == "/login/sent"
    return Squat(eve, *last_mail(EVE))


def prove_by_link(ann: SiteClient) -> None:
    ann.post("/login", {"email": ANN})
    ann.get(last_mail(ANN)[0])


def prove_by_code(ann: SiteClient) -> None:
    """The code's page is the one of the browser that asked."""
    ann.post("/login", {"email": ANN})
    ann.post("/login/sent", {"code": last_mail(ANN)[1]})


def prove_by_sign_up(ann: SiteClient) -> None:
    ann.post("/signup", COMPANY)
    ann.get(last_mail(ANN)[0])


def prove_by_confirmation(ann: SiteClient) -> None:
    """The mail that the squatter's own sign-up has sent."""
    ann.post(last_mail(ANN)[0])


def prove_by_invitation(ann: SiteClient) -> None:
    owner = MembershipFactory.create()
    team.invite_member(customer=owner.customer, email=ANN, role=Role.OWNER, by=owner.user, now=NOON)
    ann.post(last_mail(ANN)[0])


def prove_by_google(ann: SiteClient) -> None:
    come_back(ann, "google", ANN, verified=True, uid="anns-google")


WAYS = {
    "link": prove_by_link,
    "code": prove_by_code,
    "sign-up": prove_by_sign_up,
    "confirmation": prove_by_confirmation,
    "invitation": prove_by_invitation,
    "google": prove_by_google,
}
every_way = pytest.mark.parametrize("prove", WAYS.values(), ids=WAYS)


def people() -> list[tuple[str, bool]]:
    """Who there is besides the inviting owner: address, and whether it is proven."""
    found = User.objects.filter(email__in=[ANN, EVE]).order_by("email")
    return [(one.email, one.email_verified_at is not None) for one in found]


def is_in(browser: SiteClient) -> bool:
    return browser.get("/portal/").status_code == 200


def removals() -> list[dict[str, Any]]:
    found = AuditEvent.objects.filter(action=REMOVE).values("actor", "before", "after")
    return [dict(row) for row in found]


class TestLinks:
    @every_way
    def test_a_link_to_the_squatters_mailbox_is_dead(
        self, client: SiteClient, squat: Squat, prove: Way
    ) -> None:
        prove(client)

        for browser in (SiteClient(), squat.eve, squat.eve):
            assert browser.post(squat.link).status_code == GONE
        assert people() == [(ANN, True)]
        assert (is_in(client), is_in(squat.eve)) == (True, False)

    @every_way
    def test_its_code_is_dead_too(self, client: SiteClient, squat: Squat, prove: Way) -> None:
        prove(client)

        squat.eve.post("/login/sent", {"code": squat.code})

        assert people() == [(ANN, True)]
        assert (is_in(client), is_in(squat.eve)) == (True, False)

    @every_way
    def test_no_link_of_any_purpose_stays_open(
        self, client: SiteClient, squat: Squat, prove: Way
    ) -> None:
        person = User.objects.get(email=ANN)
        for purpose in LinkPurpose.values:
            login_links.issue_link(user=person, email=ANN, purpose=purpose, now=NOON)

        prove(client)

        assert LoginLink.objects.filter(used_at=None).count() == 0

    @pytest.mark.parametrize("prove", [prove_by_invitation, prove_by_google])
    def test_a_proof_that_is_no_news_spends_them(self, client: SiteClient, prove: Way) -> None:
        """As signing in by mail does."""
        person = MembershipFactory.create(user__email=ANN).user
        client.force_login(person)
        login_links.issue_link(user=person, email=EVE, purpose="change", now=NOON)

        prove(client)

        assert LoginLink.objects.filter(used_at=None).count() == 0

    def test_other_peoples_links_stay_open(self, client: SiteClient, squat: Squat) -> None:
        bob = UserFactory.create()
        issued = login_links.issue_link(user=bob, email=bob.email, now=NOON)

        prove_by_google(client)

        assert LoginLink.objects.get(used_at=None) == issued.link

    def test_a_request_from_before_the_proof_issues_none_after_it(
        self, client: SiteClient, squat: Squat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Eve's browser was let in with a session that is over when the link is to be made."""

        def describe(request: object) -> str:
            prove_by_google(client)
            return "Firefox"

        monkeypatch.setattr(address, "describe_browser", describe)

        answer = squat.eve.post("/account/address", {"email": "eve2@evil.test"})

        assert answer["Location"] == "/login"
        assert LoginLink.objects.filter(used_at=None).count() == 0
        assert OutboxMail.objects.filter(to="eve2@evil.test").count() == 0


class TestDoubleSubmits:
    @every_way
    def test_the_squatters_finds_no_session(
        self, client: SiteClient, squat: Squat, prove: Way
    ) -> None:
        prove(client)

        assert squat.eve.post("/signup/company", COMPANY)["Location"] == "/login"
        assert not is_in(squat.eve)

    def test_the_owners_own_lands(self, client: SiteClient, squat: Squat) -> None:
        path = last_mail(ANN)[0]

        answers = [client.post(path) for _ in range(2)]

        assert [answer["Location"] for answer in answers] == ["/portal/"] * 2
        assert is_in(client)


class TestConnectedAccounts:
    @every_way
    def test_the_squatters_no_longer_opens_the_account(
        self, client: SiteClient, squat: Squat, prove: Way
    ) -> None:
        prove(client)

        eve = SiteClient()
        assert by_microsoft(eve)["Location"] == "/signup/company"
        assert (is_in(client), is_in(eve)) == (True, False)
        assert SocialAccount.objects.count() == 0
        assert removals() == [{"actor": ANN, "before": {"email": ANN, **MICROSOFT}, "after": {}}]

    def test_a_google_account_without_a_verified_address_goes_too(self, client: SiteClient) -> None:
        eve = SiteClient()
        come_back(eve, "google", EVE, verified=False, uid="eves-google")
        eve.post("/signup/company", COMPANY)
        assert SocialAccount.objects.count() == 1

        prove_by_google(client)

        assert SocialAccount.objects.count() == 0
        assert is_in(client)

    def test_tokens_go_with_it_and_other_peoples_accounts_stay(
        self, client: SiteClient, squat: Squat
    ) -> None:
        SocialToken.objects.create(account=SocialAccount.objects.get(), token="t")
        bobs = SocialAccount.objects.create(user=UserFactory.create(), provider="google", uid="1")

        prove_by_link(client)

        assert SocialToken.objects.count() == 0
        assert SocialAccount.objects.get() == bobs

    @pytest.mark.parametrize("prove", [prove_by_confirmation, prove_by_invitation, prove_by_google])
    def test_proving_it_in_the_browser_that_signed_up_keeps_it(self, prove: Way) -> None:
        ann = SiteClient()
        by_microsoft(ann)
        ann.post("/signup/company", COMPANY)

        prove(ann)

        assert people() == [(ANN, True)]
        assert is_in(ann)
        phone = SiteClient()
        by_microsoft(phone)
        assert is_in(phone)
        assert removals() == []

    @every_way
    def test_a_proof_that_is_no_news_keeps_it(self, client: SiteClient, prove: Way) -> None:
        person = MembershipFactory.create(user__email=ANN).user
        SocialAccount.objects.create(user=person, **MICROSOFT)
        if prove in {prove_by_invitation, prove_by_confirmation}:
            client.force_login(person)
            login_links.send_link(user=person, now=NOON, asked_from="Firefox")

        prove(client)

        assert SocialAccount.objects.get().user == person
        assert is_in(client)

    @pytest.mark.parametrize("where", ["own browser", "another browser"])
    def test_it_does_not_follow_to_another_address(self, where: str) -> None:
        """A mailbox is not taken over together with what was connected under the earlier one."""
        person = MembershipFactory.create(user__email=EVE).user
        SocialAccount.objects.create(user=person, **MICROSOFT)
        browser = SiteClient()
        if where == "own browser":
            browser.force_login(person)
        issued = login_links.issue_link(user=person, email=ANN, purpose="change", now=NOON)

        browser.post(issued.url)

        assert people() == [(ANN, True)]
        assert is_in(browser)
        assert SocialAccount.objects.count() == 0
        assert removals() == [{"actor": ANN, "before": {"email": EVE, **MICROSOFT}, "after": {}}]

    def test_a_proof_that_fails_removes_nothing(self, squat: Squat) -> None:
        UserFactory.create(email=EVE)
        person = User.objects.get(email=ANN)

        with pytest.raises(AddressTaken):
            prove_address(user_id=person.pk, email=EVE, signed_in_as=None, now=NOON)

        assert SocialAccount.objects.get().user == person
        assert removals() == []
        assert LoginLink.objects.filter(used_at=None).count() == 2

    def test_it_does_not_come_back_by_a_sign_in_that_had_read_it(
        self, client: SiteClient, squat: Squat
    ) -> None:
        read_before = SocialAccount.objects.get()
        prove_by_link(client)
        read_before.save()
        assert SocialAccount.objects.count() == 1

        eve = SiteClient()
        assert by_microsoft(eve)["Location"] == "/login"

        assert not is_in(eve)
        assert SocialAccount.objects.count() == 0

    def test_nobody_connects_one_outside_the_sign_up(self, squat: Squat) -> None:
        answer = come_back(
            squat.eve, "microsoft", EVE, verified=False, uid="2", process="connect", next="/portal/"
        )

        assert answer["Location"] == "/login"
        assert SocialAccount.objects.get().uid == MICROSOFT["uid"]

    def test_a_sign_up_that_cannot_connect_leaves_nobody_behind(
        self, client: SiteClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: object) -> None:
            raise ConnectionError("the database is gone")

        monkeypatch.setattr(SocialLogin, "connect", fail)
        by_microsoft(client)

        with pytest.raises(ConnectionError, match="is gone"):
            client.post("/signup/company", COMPANY)

        assert people() == []
        assert OutboxMail.objects.count() == 0
