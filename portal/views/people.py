"""Who belongs to the account: its members, and who is invited.

Everybody may look and leave; owners invite, change and remove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import get_customer, get_membership
from accounts.models import Membership, User
from accounts.selectors.team import (
    get_invitation,
    get_member,
    list_invitations,
    list_members,
)
from accounts.services import team
from accounts.states import Role
from hossagent.lib import clock
from portal.forms.account import ROLES, InviteForm, RoleForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TOO_MANY = "You have sent too many invitations. Wait an hour, then try again."
LAST_OWNER = (
    "Every account needs an owner who can pay for it and close it. "
    "Make someone else an owner first."
)
SENTENCES: dict[type[Exception], str] = {
    team.NotConfirmed: "Confirm your own email address before you invite others.",
    team.AlreadyMember: "This person already belongs to the account.",
    team.TooManyInvitations: (
        f"{team.MOST_OPEN} invitations are still open. Revoke some before you invite more."
    ),
    team.InvitationOver: "This invitation has already been accepted or revoked.",
    team.LastOwner: LAST_OWNER,
    Membership.DoesNotExist: "This person has already left the account.",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Members and open invitations; an owner's POST invites somebody."""
    if request.method == "POST":
        get_customer(request, role=Role.OWNER)
    membership = get_membership(request)
    form, status = InviteForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="invite", user=request.user):
            form.add_error(None, TOO_MANY)
            status = 429
        elif problem := _invite(request, membership, form):
            form.add_error("email", problem)
        else:
            return redirect("portal:people")
    now, customer = clock.now(), membership.customer
    context = {
        "customer": customer,
        "me": membership,
        "is_owner": membership.role == Role.OWNER,
        "members": list_members(customer=customer),
        "invitations": [
            (invitation, invitation.expires_at <= now)
            for invitation in list_invitations(customer=customer)
        ],
        "form": form,
        "roles": ROLES,
    }
    return render(request, "portal/people.html", context, status=status)


def _invite(request: HttpRequest, membership: Membership, form: InviteForm) -> str:
    """Why not, or an empty string when the mail is on its way."""
    try:
        invitation = team.invite_member(
            customer=membership.customer,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            by=membership.user,
            now=clock.now(),
        )
    except (team.NotConfirmed, team.AlreadyMember, team.TooManyInvitations) as error:
        return SENTENCES[type(error)]
    messages.success(request, f"The invitation to {invitation.email} is on its way.")
    return ""


@login_required
@require_POST
def invitation_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Send an invitation's mail again, or revoke it."""
    customer = get_customer(request, role=Role.OWNER)
    invitation = get_invitation(customer=customer, pk=pk)
    if action not in {"resend", "revoke"}:
        raise Http404
    person, now = request.user, clock.now()
    assert isinstance(person, User)
    try:
        if action == "revoke":
            team.revoke_invitation(invitation=invitation, by=person.email, now=now)
            messages.success(request, f"The invitation to {invitation.email} no longer works.")
        elif ratelimit.consume(request, action="invite", user=person):
            team.resend_invitation(invitation=invitation, by=person, now=now)
            messages.success(
                request,
                f"A new email to {invitation.email} is on its way. The old link no longer works.",
            )
        else:
            messages.error(request, TOO_MANY)
    except (team.InvitationOver, team.NotConfirmed) as error:
        messages.error(request, SENTENCES[type(error)])
    return redirect("portal:people")


@login_required
@require_POST
def member_role(request: HttpRequest, pk: int) -> HttpResponse:
    customer = get_customer(request, role=Role.OWNER)
    member = get_member(customer=customer, pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a role.")
        return redirect("portal:people")
    role = form.cleaned_data["role"]
    try:
        changed = team.change_role(
            membership=member, role=role, by=str(request.user), now=clock.now()
        )
    except (team.LastOwner, Membership.DoesNotExist) as error:
        messages.error(request, SENTENCES[type(error)])
    else:
        word = "now" if changed else "already"
        messages.success(
            request, f"The role of {member.user.email} is {word} {role.label.lower()}."
        )
    return redirect("portal:people")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks first; then the person is out at once. One's own row is `leave`."""
    customer = get_customer(request, role=Role.OWNER)
    member = get_member(customer=customer, pk=pk)
    if member.user_id == request.user.pk:
        return redirect("portal:leave")
    if request.method == "POST":
        try:
            team.remove_member(membership=member, by=str(request.user), now=clock.now())
        except (team.LastOwner, Membership.DoesNotExist) as error:
            messages.error(request, SENTENCES[type(error)])
        else:
            messages.success(request, f"{member.user.email} no longer belongs to the account.")
        return redirect("portal:people")
    context = {"customer": customer, "member": member}
    return render(request, "portal/member_remove.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Anyone can leave, except the last owner."""
    membership = get_membership(request)
    customer = membership.customer
    if request.method == "POST":
        try:
            team.remove_member(membership=membership, by=str(request.user), now=clock.now())
        except (team.LastOwner, Membership.DoesNotExist) as error:
            messages.error(request, SENTENCES[type(error)])
            return redirect("portal:people")
        messages.success(request, f"You have left {customer.company}.")
        return redirect("accounts:choose_customer")
    return render(request, "portal/leave.html", {"customer": customer, "me": membership})
