"""The people page: everybody looks and may leave, owners decide, strangers find nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Invitation, Membership, OutboxMail
from accounts.services import team
from accounts.states import Role
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    pass

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]

PEOPLE = "/portal/settings/people/"
CID = "cid@agency.test"


@pytest.fixture
def customer() -> Customer:
    made: Customer = CustomerFactory.create(company="Northside")
    return made


@pytest.fixture
def owner(customer: Customer) -> Membership:
    made: Membership = MembershipFactory.create(customer=customer, user__email="ann@agency.test")
    return made


@pytest.fixture
def viewer(customer: Customer, owner: Membership) -> Membership:
    made: Membership = MembershipFactory.create(
        customer=customer, user__email="vic@agency.test", role=Role.VIEWER
    )
    return made


@pytest.fixture
def invitation(owner: Membership) -> Invitation:
    return team.invite_member(
        customer=owner.customer, email=CID, role=Role.MEMBER, by=owner.user, now=NOON
    )


def sign_in(membership: Membership) -> SiteClient:
    browser = SiteClient()
    browser.force_login(membership.user)
    return browser


def read(browser: SiteClient, path: str = PEOPLE) -> str:
    return browser.get(path).content.decode()


def actions(viewer: Membership, invitation: Invitation) -> dict[str, tuple[str, dict[str, str]]]:
    """Everything that can be done to people: where, and with which form."""
    return {
        "invite": (PEOPLE, {"email": "dee@agency.test", "role": "viewer"}),
        "resend": (reverse("portal:invitation_act", args=[invitation.pk, "resend"]), {}),
        "revoke": (reverse("portal:invitation_act", args=[invitation.pk, "revoke"]), {}),
        "role": (reverse("portal:member_role", args=[viewer.pk]), {"role": "member"}),
        "remove": (reverse("portal:member_remove", args=[viewer.pk]), {}),
    }


def state() -> Any:
    return (
        list(Membership.objects.order_by("pk").values()),
        list(Invitation.objects.order_by("pk").values()),
        OutboxMail.objects.count(),
    )


@pytest.mark.parametrize("action", ["invite", "resend", "revoke", "role", "remove"])
@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 302), ("member", 403), ("viewer", 403), ("stranger", 404), ("nobody", 302)],
)
def test_who_may_do_what(
    owner: Membership,
    viewer: Membership,
    invitation: Invitation,
    action: str,
    who: str,
    status: int,
) -> None:
    browser = SiteClient()
    match who:
        case "owner":
            browser = sign_in(owner)
        case "viewer":
            browser = sign_in(viewer)
        case "member":
            browser = sign_in(MembershipFactory.create(customer=owner.customer, role=Role.MEMBER))
        case "stranger" if action == "invite":
            # The address is the same for all; it names no row of anybody else's.
            browser, status = sign_in(MembershipFactory.create()), 302
        case "stranger":
            browser = sign_in(MembershipFactory.create())
        case _:
            assert who == "nobody"
    path, form = actions(viewer, invitation)[action]
    before = state()

    answer = browser.post(path, form)

    assert answer.status_code == status
    if who == "nobody":
        assert answer["Location"].startswith("/login?")
    if who == "stranger" and action == "invite":
        assert not owner.customer.invitations.filter(email="dee@agency.test").exists()
    else:
        assert (state() != before) is (who == "owner")


def test_an_owner_sees_members_invitations_and_what_to_do(
    owner: Membership, viewer: Membership, invitation: Invitation
) -> None:
    page = read(sign_in(owner))

    for text in ("ann@agency.test", "vic@agency.test", CID, "Send invitation", "Revoke"):
        assert text in page
    assert page.count("Leave this account") == 1
    assert page.count(">Remove<") == 1


def test_the_others_see_who_is_there_and_no_button(
    viewer: Membership, invitation: Invitation
) -> None:
    page = read(sign_in(viewer))

    assert "ann@agency.test" in page
    assert CID in page
    assert "Only an owner can invite, change or remove people." in page
    assert f"{PEOPLE}invitations/" not in page
    assert "/role/" not in page


def test_a_forbidden_page_says_what_to_do(viewer: Membership) -> None:
    page = sign_in(viewer).post(PEOPLE, {"email": CID, "role": "member"}).content.decode()

    assert "Only an owner can do this. Ask an owner of the account." in page


def test_an_invitation_goes_from_the_form_to_a_member(owner: Membership) -> None:
    browser = sign_in(owner)

    answer = browser.post(PEOPLE, {"email": " Cid@Agency.TEST ", "role": "member"})

    assert answer["Location"] == PEOPLE
    assert f"The invitation to {CID} is on its way." in read(browser)
    link = OutboxMail.objects.get().text.partition("/invitation/")[2].split("\n")[0]
    SiteClient().post(f"/invitation/{link}")
    assert CID in read(browser)
    assert Membership.objects.get(user__email=CID).role == Role.MEMBER
    assert "No open invitations." in read(browser)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"email": "", "role": "member"}, "Enter your email address."),
        ({"email": "nonsense", "role": "member"}, "Enter a full email address, such as"),
        ({"email": CID, "role": "king"}, "Choose a role."),
        ({"email": "vic@agency.test", "role": "owner"}, "already belongs to the account."),
    ],
)
def test_a_wrong_invitation_says_why_and_keeps_the_form(
    owner: Membership, viewer: Membership, form: dict[str, str], sentence: str
) -> None:
    page = sign_in(owner).post(PEOPLE, form).content.decode()

    assert sentence in page
    assert f'value="{form["email"]}"' in page or not form["email"]
    assert Invitation.objects.count() == 0


def test_an_unproven_owner_is_told_to_confirm_first(owner: Membership) -> None:
    owner.user.email_verified_at = None
    owner.user.save()

    page = sign_in(owner).post(PEOPLE, {"email": CID, "role": "member"}).content.decode()

    assert "Confirm your own email address before you invite others." in page
    assert OutboxMail.objects.count() == 0


def test_a_flood_of_invitations_is_stopped(owner: Membership, invitation: Invitation) -> None:
    browser = sign_in(owner)
    for n in range(30):
        browser.post(PEOPLE, {"email": f"p{n}@agency.test", "role": "viewer"})
    sent = OutboxMail.objects.count()

    answer = browser.post(PEOPLE, {"email": "last@agency.test", "role": "viewer"})
    again = browser.post(reverse("portal:invitation_act", args=[invitation.pk, "resend"]))

    assert (answer.status_code, again.status_code) == (429, 302)
    assert "You have sent too many invitations." in answer.content.decode()
    assert "You have sent too many invitations." in read(browser)
    assert OutboxMail.objects.count() == sent == 31


def test_an_expired_invitation_says_so_and_can_be_sent_again(
    owner: Membership, invitation: Invitation, at_noon: time_machine.Traveller
) -> None:
    at_noon.shift(timedelta(days=7))
    browser = sign_in(owner)

    assert "Expired" in read(browser)
    browser.post(reverse("portal:invitation_act", args=[invitation.pk, "resend"]))

    page = read(browser)
    assert "The old link no longer works." in page
    assert "Expired" not in page


@pytest.mark.parametrize("action", ["resend", "revoke"])
def test_an_invitation_that_is_over_meanwhile_says_so(
    owner: Membership, invitation: Invitation, action: str
) -> None:
    Invitation.objects.update(accepted_at=NOON)
    browser = sign_in(owner)

    browser.post(reverse("portal:invitation_act", args=[invitation.pk, action]))

    assert "has already been accepted or revoked" in read(browser)


def test_an_unknown_action_is_not_found(owner: Membership, invitation: Invitation) -> None:
    path = reverse("portal:invitation_act", args=[invitation.pk, "burn"])

    assert sign_in(owner).post(path).status_code == 404


def test_a_role_is_changed_and_named(owner: Membership, viewer: Membership) -> None:
    browser, path = sign_in(owner), reverse("portal:member_role", args=[viewer.pk])

    browser.post(path, {"role": "member"})
    assert "vic@agency.test is now member." in read(browser)
    browser.post(path, {"role": "member"})
    assert "vic@agency.test is already member." in read(browser)
    browser.post(path, {"role": "king"})
    assert "Choose a role." in read(browser)

    viewer.refresh_from_db()
    assert viewer.role == Role.MEMBER


def test_removing_asks_first_and_shuts_the_person_out_at_once(
    owner: Membership, viewer: Membership
) -> None:
    browser, removed = sign_in(owner), sign_in(viewer)
    path = reverse("portal:member_remove", args=[viewer.pk])

    assert "Remove vic@agency.test?" in read(browser, path)
    assert removed.get("/portal/").status_code == 200
    browser.post(path)

    assert "vic@agency.test no longer belongs" in read(browser)
    assert removed.get("/portal/").status_code == 404
    assert AuditEvent.objects.get(action="member.remove").actor == "ann@agency.test"


def test_the_only_owner_stays_and_is_told_why(owner: Membership, viewer: Membership) -> None:
    browser = sign_in(owner)

    browser.post(reverse("portal:member_role", args=[owner.pk]), {"role": "viewer"})
    assert "Make someone else an owner first." in read(browser)
    browser.post(reverse("portal:leave"))
    assert "Make someone else an owner first." in read(browser)

    owner.refresh_from_db()
    assert owner.role == Role.OWNER


def test_ones_own_row_is_left_and_not_removed(owner: Membership) -> None:
    path = reverse("portal:member_remove", args=[owner.pk])

    assert sign_in(owner).post(path)["Location"] == reverse("portal:leave")
    assert Membership.objects.count() == 1


def test_a_viewer_may_leave(viewer: Membership) -> None:
    browser = sign_in(viewer)

    assert "Leave Northside?" in read(browser, reverse("portal:leave"))
    answer = browser.post(reverse("portal:leave"))

    assert answer["Location"] == "/account/customers"
    page = read(browser, "/account/customers")
    assert "You have left Northside." in page
    assert "You do not belong to any account." in page
    assert AuditEvent.objects.get(action="member.leave").actor == "vic@agency.test"


@pytest.mark.parametrize("members", [1, 3])
def test_the_page_costs_the_same_whatever_the_team(
    owner: Membership, members: int, django_assert_num_queries: Any
) -> None:
    for n in range(members):
        MembershipFactory.create(customer=owner.customer)
        team.invite_member(
            customer=owner.customer, email=f"p{n}@a.test", role=Role.VIEWER, by=owner.user, now=NOON
        )
    browser = sign_in(owner)

    with django_assert_num_queries(8):
        browser.get(PEOPLE)
