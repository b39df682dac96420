"""Who belongs to a customer: invited by mail, changed by owners, and never ownerless."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial

import pytest

from accounts.models import AuditEvent, Customer, Invitation, Membership, OutboxMail, User
from accounts.services import invitations, team
from accounts.services.invitations import accept_invitation, find_invitation
from accounts.states import Role
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory
from tests.helpers.threads import meet, names, together

pytestmark = pytest.mark.django_db

BOB = "bob@agency.test"
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def owner() -> Membership:
    made: Membership = MembershipFactory.create(
        user__email="ann@agency.test", customer__company="Northside"
    )
    return made


def invite(owner: Membership, email: str = BOB, role: Role = Role.MEMBER) -> Invitation:
    return team.invite_member(
        customer=owner.customer, email=email, role=role, by=owner.user, now=NOON
    )


def mailed_token(mail: OutboxMail) -> str:
    found = re.search(r"/invitation/([\w-]+)/", mail.text)
    assert found
    return found[1]


def trail() -> list[tuple[str, str]]:
    return list(AuditEvent.objects.order_by("pk").values_list("actor", "action"))


class TestInviting:
    def test_the_mail_says_who_where_and_as_what_and_its_link_works(
        self, owner: Membership
    ) -> None:
        invitation = invite(owner, role=Role.VIEWER)

        mail = OutboxMail.objects.get()
        assert (mail.to, mail.kind, mail.customer_id) == (
            BOB,
            "accounts/team_invitation",
            owner.customer_id,
        )
        assert mail.subject == "Join Northside on HossAgent"
        assert "ann@agency.test invites you" in mail.text
        assert "Your role will be viewer." in mail.text
        assert mail.expires_at == invitation.expires_at == NOON + timedelta(days=7)
        assert find_invitation(token=mailed_token(mail), now=NOON) == invitation
        assert trail() == [("ann@agency.test", "invitation.create")]

    def test_a_member_is_not_invited_again(self, owner: Membership) -> None:
        MembershipFactory.create(customer=owner.customer, user__email=BOB)

        with pytest.raises(team.AlreadyMember):
            invite(owner)

        assert OutboxMail.objects.count() == 0

    def test_a_person_of_another_customer_may_be_invited(self, owner: Membership) -> None:
        MembershipFactory.create(user__email=BOB)

        assert invite(owner).email == BOB

    def test_nobody_sends_mail_in_the_name_of_an_unproven_address(self, owner: Membership) -> None:
        invitation = invite(owner)
        owner.user.email_verified_at = None

        with pytest.raises(team.NotConfirmed):
            invite(owner, email="cid@agency.test")
        with pytest.raises(team.NotConfirmed):
            team.resend_invitation(invitation=invitation, by=owner.user, now=LATER)

        assert OutboxMail.objects.count() == 1

    def test_the_number_of_open_invitations_is_bounded(
        self, owner: Membership, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(team, "MOST_OPEN", 2)
        invite(owner, email="a@agency.test")
        invite(owner)

        with pytest.raises(team.TooManyInvitations):
            invite(owner, email="c@agency.test")
        # The same person again replaces an invitation and adds none.
        invite(owner, role=Role.VIEWER)

        assert Invitation.objects.open().count() == 2

    def test_a_second_mail_makes_the_first_link_worthless(self, owner: Membership) -> None:
        first = invite(owner)

        second = team.resend_invitation(invitation=first, by=owner.user, now=LATER)

        old, new = OutboxMail.objects.order_by("pk")
        assert find_invitation(token=mailed_token(old), now=LATER) is None
        assert find_invitation(token=mailed_token(new), now=LATER) == second
        assert (second.role, second.expires_at) == (Role.MEMBER, LATER + timedelta(days=7))

    def test_an_expired_invitation_can_be_sent_again(self, owner: Membership) -> None:
        weeks_later = NOON + timedelta(days=30)

        again = team.resend_invitation(invitation=invite(owner), by=owner.user, now=weeks_later)

        newest = OutboxMail.objects.latest("pk")
        assert find_invitation(token=mailed_token(newest), now=weeks_later) == again

    def test_a_revoked_invitation_is_over(self, owner: Membership) -> None:
        invitation = invite(owner)

        team.revoke_invitation(invitation=invitation, by="ann@agency.test", now=LATER)

        assert find_invitation(token=mailed_token(OutboxMail.objects.get()), now=LATER) is None
        with pytest.raises(team.InvitationOver):
            team.revoke_invitation(invitation=invitation, by="ann@agency.test", now=LATER)
        with pytest.raises(team.InvitationOver):
            team.resend_invitation(invitation=invitation, by=owner.user, now=LATER)
        assert trail() == [
            ("ann@agency.test", "invitation.create"),
            ("ann@agency.test", "invitation.revoke"),
        ]

    def test_an_accepted_invitation_is_over(self, owner: Membership) -> None:
        invitation = invite(owner)
        accept_invitation(invitation=invitation, signed_in_as=None, now=LATER)

        with pytest.raises(team.InvitationOver):
            team.revoke_invitation(invitation=invitation, by="ann@agency.test", now=LATER)


class TestRoles:
    def test_a_change_is_written_down(self, owner: Membership) -> None:
        bob = MembershipFactory.create(customer=owner.customer, user__email=BOB, role=Role.VIEWER)

        assert team.change_role(membership=bob, role=Role.OWNER, by="ann", now=NOON) is True
        assert team.change_role(membership=bob, role=Role.OWNER, by="ann", now=NOON) is False

        bob.refresh_from_db()
        assert bob.role == Role.OWNER
        event = AuditEvent.objects.get()
        assert (event.actor, event.action, event.customer_id) == (
            "ann",
            "member.role",
            owner.customer_id,
        )
        assert event.before == {"email": BOB, "role": "viewer"}
        assert event.after == {"email": BOB, "role": "owner"}

    def test_the_account_passes_to_another_owner(self, owner: Membership) -> None:
        bob = MembershipFactory.create(customer=owner.customer, role=Role.MEMBER)

        team.change_role(membership=bob, role=Role.OWNER, by="ann", now=NOON)
        team.change_role(membership=owner, role=Role.MEMBER, by="ann", now=NOON)

        roles = Membership.objects.order_by("pk").values_list("role", flat=True)
        assert list(roles) == [Role.MEMBER, Role.OWNER]

    @pytest.mark.parametrize("other", [None, Role.MEMBER, "switched off", "elsewhere"])
    def test_the_last_owner_cannot_go(self, owner: Membership, other: str | None) -> None:
        match other:
            case None:
                pass
            case "switched off":
                MembershipFactory.create(customer=owner.customer, user__is_active=False)
            case "elsewhere":
                MembershipFactory.create()
            case _:
                MembershipFactory.create(customer=owner.customer, role=other)

        with pytest.raises(team.LastOwner):
            team.change_role(membership=owner, role=Role.VIEWER, by="ann", now=NOON)
        with pytest.raises(team.LastOwner):
            team.remove_member(membership=owner, by="ann", now=NOON)

        owner.refresh_from_db()
        assert owner.role == Role.OWNER
        assert AuditEvent.objects.count() == 0

    def test_the_rows_state_counts_and_not_what_the_page_showed(self, owner: Membership) -> None:
        """The page was drawn while Bob was a viewer; meanwhile he is the only owner."""
        bob = MembershipFactory.create(customer=owner.customer, role=Role.VIEWER)
        stale = Membership.objects.get(pk=bob.pk)
        team.change_role(membership=bob, role=Role.OWNER, by="ann", now=NOON)
        team.remove_member(membership=owner, by="ann", now=NOON)

        with pytest.raises(team.LastOwner):
            team.remove_member(membership=stale, by="ann", now=NOON)

    @pytest.mark.parametrize(("by", "action"), [("ann", "member.remove"), (BOB, "member.leave")])
    def test_going_is_written_down(self, owner: Membership, by: str, action: str) -> None:
        bob = MembershipFactory.create(customer=owner.customer, user__email=BOB, role=Role.VIEWER)

        team.remove_member(membership=bob, by=by, now=NOON)

        assert list(Membership.objects.all()) == [owner]
        event = AuditEvent.objects.get()
        assert (event.actor, event.action) == (by, action)
        assert event.before == {"email": BOB, "role": "viewer"}
        with pytest.raises(Membership.DoesNotExist):
            team.remove_member(membership=bob, by=by, now=NOON)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Two people, or one person twice, at the same moment."""

    def test_two_owners_who_demote_each_other_leave_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        customer: Customer = CustomerFactory.create()
        pair = [MembershipFactory.create(customer=customer) for _ in range(2)]
        meet(monkeypatch, team, "_require_another_owner", after=True)

        ends = together(
            lambda: team.remove_member(membership=pair[0], by="b", now=NOON),
            lambda: team.change_role(membership=pair[1], role=Role.VIEWER, by="a", now=NOON),
        )

        assert names(ends) == ["LastOwner", "done"]
        assert Membership.objects.filter(customer=customer, role=Role.OWNER).count() == 1

    def test_two_owners_who_invite_one_person_leave_one_link(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The second waits for the customer's lock and revokes the first one's invitation."""
        customer: Customer = CustomerFactory.create()
        pair = [MembershipFactory.create(customer=customer) for _ in range(2)]
        meet(monkeypatch, Invitation.objects, "create")

        ends = together(*(partial(invite, owner) for owner in pair))

        assert names(ends) == ["done", "done"]
        assert Invitation.objects.open().filter(customer=customer).count() == 1

    def test_the_constraint_allows_one_open_invitation(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who calls the service underneath is held by the constraint."""
        customer: Customer = CustomerFactory.create()
        meet(monkeypatch, Invitation.objects, "create")
        send = partial(
            invitations.invite,
            customer=customer,
            email=BOB,
            role=Role.OWNER,
            by="system",
            expires_at=LATER,
            now=NOON,
        )

        assert names(together(send, send)) == ["IntegrityError", "done"]
        assert Invitation.objects.open().filter(customer=customer).count() == 1

    def test_an_invitation_accepted_twice_makes_one_person(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first holds the accepted row, uncommitted, until the second waits for it."""
        invitation = invite(MembershipFactory.create())
        meet(monkeypatch, invitations, "_person")
        accept = partial(accept_invitation, invitation=invitation, signed_in_as=None, now=LATER)

        people = together(accept, accept)

        assert sorted(people, key=bool) == [None, User.objects.get(email=BOB)]
