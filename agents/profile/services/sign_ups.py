"""How an agency signs up: person, customer, ownership and trial decision, all or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts.models import LinkPurpose, Membership, User
from accounts.services import audit
from accounts.services.login_links import send_link
from accounts.states import AuditAction, Role
from agents.profile.services.start import NewCustomer, start_customer
from billing.services import trial_guard
from billing.states import TrialOutcome

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer, LoginLink
    from billing.models import TrialIdentity
    from billing.services.trial_guard import Applicant


class AlreadyKnown(Exception):
    """Somebody signs in with this address already; no second account is made."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What the sign-up form asks, who asks for the account, and from which browser.

    `user` is a signed-in person without a customer. `is_verified` says that the applicant's
    address is proven already.
    """

    company: str
    contact_name: str
    niche: str
    geography: str
    applicant: Applicant
    asked_from: str
    user: User | None = None
    is_verified: bool = False


@dataclass(frozen=True, slots=True)
class SignUp:
    """What a sign-up made. `confirmation` is the link that proves the address, where it is
    not proven yet."""

    user: User
    customer: Customer
    decision: TrialIdentity
    confirmation: LoginLink | None

    @property
    def has_trial(self) -> bool:
        return bool(self.decision.outcome == TrialOutcome.TRIAL)


@transaction.atomic
def sign_up(new: NewAccount, *, now: datetime) -> SignUp:
    """Open an account for a new person, or a customer for a signed-in one without a customer.

    The trial guard may decide on no trial; the account is opened all the same and can
    subscribe at once. An unproven address gets a confirmation mail. Raises `AlreadyKnown`.
    """
    person = new.user or _create_person(new, now=now)
    decision = trial_guard.decide(applicant=new.applicant, now=now)
    customer = start_customer(
        NewCustomer(
            company=new.company,
            contact_name=new.contact_name,
            email=person.email,
            niche=new.niche,
            geography=new.geography,
            has_trial=decision.outcome == TrialOutcome.TRIAL,
        ),
        now=now,
    )
    decision.customer = customer
    decision.save(update_fields=["customer"])
    Membership.objects.create(user=person, customer=customer, role=Role.OWNER, created_at=now)
    audit.record(
        AuditAction.CUSTOMER_SIGNED_UP,
        at=now,
        actor=person.email,
        customer_id=customer.pk,
        subject=person,
        change=audit.Change(after={"trial": decision.outcome, "score": decision.score}),
    )
    confirmation = None
    if person.email_verified_at is None:
        confirmation = send_link(
            user=person, purpose=LinkPurpose.CONFIRM, asked_from=new.asked_from, now=now
        )
    return SignUp(person, customer, decision, confirmation)


def _create_person(new: NewAccount, *, now: datetime) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(
                email=new.applicant.email,
                name=new.contact_name,
                now=now,
                email_verified_at=now if new.is_verified else None,
            )
    except IntegrityError as error:
        raise AlreadyKnown(new.applicant.email) from error
