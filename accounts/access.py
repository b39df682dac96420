"""Which customer a request may see, and what it may do there.

The one way into a customer's data: a person reaches a customer through a membership, and
a stranger learns nothing (404). Viewers read, members work, owners also pay and close.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import Customer, Membership
from accounts.states import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

P = ParamSpec("P")

SESSION_KEY = "customer_id"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
RANK = {Role.VIEWER.value: 0, Role.MEMBER.value: 1, Role.OWNER.value: 2}
REFUSALS = {
    Role.MEMBER.value: (
        "Viewers can read but cannot change anything. Ask an owner to change your role."
    ),
    Role.OWNER.value: "Only an owner can do this. Ask an owner of the account.",
}


def signed_in_as(request: HttpRequest) -> int | None:
    """The signed-in person's id, or None for a stranger."""
    return request.user.pk if request.user.is_authenticated else None


def has_role(membership: Membership, role: str) -> bool:
    """The membership's role is `role` or stands above it."""
    return RANK[membership.role] >= RANK[role]


def list_memberships(request: HttpRequest) -> list[Membership]:
    """The signed-in person's memberships of open customers, oldest first, read once per
    request; empty for strangers and operators."""
    cached: list[Membership] | None = getattr(request, "memberships", None)
    if cached is not None:
        return cached
    user = request.user
    found: list[Membership] = []
    if user.is_authenticated and not user.is_staff:
        found = list(
            Membership.objects.filter(user=user, customer__closed_at=None)
            .select_related("customer__subscription", "customer__profile")
            .order_by("pk")
        )
    request.memberships = found  # type: ignore[attr-defined] # a cache on the request
    return found


def get_membership(request: HttpRequest) -> Membership:
    """The membership this request works under: the one chosen in `switch_customer`, else
    the oldest. Raises `Http404` for everybody without one."""
    memberships = list_memberships(request)
    if not memberships:
        raise Http404("no such customer")
    chosen = request.session.get(SESSION_KEY)
    return next((one for one in memberships if one.customer_id == chosen), memberships[0])


def get_customer(request: HttpRequest, *, role: str | None = None) -> Customer:
    """The customer whose pages this request sees, with `subscription` and `profile` loaded.

    Raises `Http404` for strangers. Raises `PermissionDenied`, with a sentence for the
    person, below `role`: by default a viewer may only read and a member may also post.
    """
    membership = get_membership(request)
    needed = role or (Role.VIEWER if request.method in SAFE_METHODS else Role.MEMBER)
    if not has_role(membership, needed):
        raise PermissionDenied(REFUSALS[needed])
    return membership.customer


def require_role(
    role: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Let only members with `role` or above into a view, whatever the method; it includes
    `login_required`."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            get_customer(request, role=role)
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value] # login_required forgets the arguments

    return decorate


def switch_customer(request: HttpRequest, *, customer_id: int) -> Customer:
    """Work under another of one's own memberships from now on. Raises `Http404` otherwise."""
    for membership in list_memberships(request):
        if membership.customer_id == customer_id:
            request.session[SESSION_KEY] = customer_id
            return membership.customer
    raise Http404("no such customer")


def get_previewed_customer(token: str) -> Customer:
    """The customer whose read-only view `token` opens. Raises `Http404` for any other."""
    customer = None
    if token.isprintable():  # Postgres refuses to look for a NUL
        customer = (
            Customer.objects.select_related("subscription", "profile")
            .filter(public_token=token, closed_at=None)
            .first()
        )
    if customer is None:
        raise Http404("no such portal link")
    return customer
