"""Demo customers, so that a newcomer sees the machine move without a single credential."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.models import Customer, Membership, User
from accounts.states import Role
from agents.models import Profile
from agents.profile.services.start import NewCustomer, start_customer
from agents.states import ApprovalMode

if TYPE_CHECKING:
    from datetime import datetime

# Reserved by RFC 2606: nothing that is addressed here can reach anybody.
DEMO_EMAIL = "demo@northwind.example"
EVERY_DAY = [0, 1, 2, 3, 4, 5, 6]


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo customer as seeded."""

    email: str
    company: str
    contact_name: str
    niche: str
    geography: str
    timezone: str
    offer: str
    ideal_customer: str
    approval_mode: ApprovalMode
    is_house: bool = False


DEMOS = (
    Demo(
        email=DEMO_EMAIL,
        company="Northwind Studio (demo)",
        contact_name="Mara Lindqvist",
        niche="independent dental clinics",
        geography="Austin, Texas",
        timezone="America/Chicago",
        offer="Websites with online booking for clinics, built in three weeks.",
        ideal_customer="Clinics with two to ten chairs that still book by phone.",
        approval_mode=ApprovalMode.AUTOPILOT,
    ),
    Demo(
        email="demo@harborlight.example",
        company="Harborlight Advisory (demo)",
        contact_name="Tomas Okafor",
        niche="family-owned logistics companies",
        geography="Rotterdam, Netherlands",
        timezone="Europe/Amsterdam",
        offer="Customs paperwork for small forwarders, done within a day.",
        ideal_customer="Forwarders with five to fifty people and no customs desk.",
        approval_mode=ApprovalMode.REVIEW_ALL,
    ),
    Demo(
        email="house@hossagent.example",
        company="HossAgent",
        contact_name="Hoss",
        niche="small B2B agencies and consultancies",
        geography="United States",
        timezone="America/New_York",
        offer="Autonomous workers that find leads, write outreach and do the follow-up work.",
        ideal_customer="Agencies of two to twenty people without a sales team.",
        approval_mode=ApprovalMode.AUTOPILOT,
        is_house=True,
    ),
)


def find_demo() -> Customer | None:
    """The first demo customer, when it has been seeded."""
    found: Customer | None = Customer.objects.filter(email=DEMO_EMAIL).first()
    return found


def seed_demo(*, now: datetime) -> list[Customer]:
    """Make the demo customers and the house where they are missing; returns the new ones.

    An existing row, or an existing house, is left as it is.
    """
    return [_seed(demo, now=now) for demo in DEMOS if not _exists(demo)]


def _exists(demo: Demo) -> bool:
    if demo.is_house:
        return Customer.objects.filter(is_house=True).exists()
    return Customer.objects.filter(email=demo.email).exists()


@transaction.atomic
def _seed(demo: Demo, *, now: datetime) -> Customer:
    operator = settings.CONFIG.OPERATOR_EMAIL
    email = operator if demo.is_house and operator else demo.email
    customer = start_customer(
        NewCustomer(
            company=demo.company,
            contact_name=demo.contact_name,
            email=email,
            niche=demo.niche,
            geography=demo.geography,
            timezone=demo.timezone,
            offer=demo.offer,
            postal_address="1 Example Street, Springfield, IL 62701, USA",
            is_house=demo.is_house,
        ),
        now=now,
    )
    Profile.objects.filter(customer=customer).update(
        ideal_customer=demo.ideal_customer,
        approval_mode=demo.approval_mode,
        # The demo is watched at any hour of any day.
        window_start=time(0, 0),
        window_end=time(23, 59),
        window_weekdays=EVERY_DAY,
    )
    if not demo.is_house:
        person = User.objects.create_user(
            email=email, now=now, name=demo.contact_name, email_verified_at=now
        )
        Membership.objects.create(user=person, customer=customer, role=Role.OWNER, created_at=now)
    return customer
