"""Who belongs to a customer, and who is invited to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404

from accounts.models import Invitation, Membership

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer


def list_members(*, customer: Customer) -> QuerySet[Membership]:
    """The members with their people, in the order in which they joined."""
    members: QuerySet[Membership] = Membership.objects.filter(customer=customer)
    return members.select_related("user").order_by("pk")


def get_member(*, customer: Customer, pk: int) -> Membership:
    """One of the customer's members. Raises `Http404` for any other."""
    found: Membership = get_object_or_404(list_members(customer=customer), pk=pk)
    return found


def list_invitations(*, customer: Customer) -> QuerySet[Invitation]:
    """Those that are neither accepted nor revoked, the expired ones included."""
    open_ones: QuerySet[Invitation] = Invitation.objects.open().filter(customer=customer)
    return open_ones.order_by("pk")


def get_invitation(*, customer: Customer, pk: int) -> Invitation:
    """One of the customer's invitations, open or over. Raises `Http404` for any other."""
    found: Invitation = get_object_or_404(
        Invitation.objects.select_related("customer"), pk=pk, customer=customer
    )
    return found
