"""A company or person that one customer's agents write to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

from accounts.models import Customer
from agents.states import HELD_CHECKS, LEAD_TRANSITIONS, AddressCheck, LeadStatus
from hossagent.lib.text import RESERVED_SUFFIXES
from hossagent.lib.transitions import StateQuerySet

if TYPE_CHECKING:
    from datetime import datetime

_ON_RESERVED_DOMAIN = models.Q(email_key__endswith=RESERVED_SUFFIXES[0]) | models.Q(
    email_key__endswith=RESERVED_SUFFIXES[1]
)


class LeadQuerySet(StateQuerySet["Lead"]):
    def for_customer(self, customer: Customer) -> LeadQuerySet:
        return self.filter(customer=customer)

    def due(self, *, now: datetime) -> LeadQuerySet:
        """Leads that BizDev should look at: a first message or a follow-up is due."""
        return self.filter(next_action_at__lte=now)


class Lead(models.Model):
    """Deduplicated by two constraints, which INVALID leads do not take part in."""

    transitions = LEAD_TRANSITIONS

    # Its own index would say what agents_lead_newest says, and cost every move a write.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="leads", db_index=False
    )
    company = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_title = models.CharField(max_length=120, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    website = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    location = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166, when known.")
    timezone = models.CharField(max_length=64, blank=True, help_text="IANA name, when known.")

    # Normal forms, made by `agents.leads.services.prepare` alone; the keys of deduplication.
    email_key = models.CharField(max_length=254, blank=True)
    company_key = models.CharField(max_length=200, blank=True)
    domain = models.CharField(max_length=253, blank=True)

    # What `agents.leads.addresses` found out about the address, and the words for it
    # ("role", "free_mail", "disposable", "no_such_domain"); the send gate reads both.
    address_check = models.CharField(
        max_length=13, choices=AddressCheck.choices, default=AddressCheck.UNVERIFIED
    )
    address_flags = models.CharField(max_length=120, blank=True)

    status = models.CharField(max_length=14, choices=LeadStatus.choices, default=LeadStatus.NEW)
    is_fictional = models.BooleanField(default=False)
    source = models.CharField(max_length=40)
    # Where each fact came from: provider, file and row, or page and time.
    provenance = models.JSONField(default=dict, blank=True)
    # Facts that copy may state, each {"text", "source", "at"}.
    evidence = models.JSONField(default=list, blank=True)
    reason = models.TextField(help_text="One sentence: why this lead fits.")

    # Research of the lead's own domain and web site: due while something may be found.
    research_due_at = models.DateTimeField(null=True, blank=True)
    research_attempts = models.PositiveSmallIntegerField(default=0)
    research_result = models.CharField(max_length=300, blank=True)

    # Set while BizDev has something to do; the partial index holds only such rows.
    next_action_at = models.DateTimeField(null=True, blank=True)
    last_contacted_at = models.DateTimeField(null=True, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    qualified_at = models.DateTimeField(null=True, blank=True)
    converted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects: ClassVar = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_lead_status", condition=models.Q(status__in=LeadStatus.values)
            ),
            models.CheckConstraint(
                name="agents_lead_address_check",
                condition=models.Q(address_check__in=AddressCheck.values),
            ),
            models.UniqueConstraint(
                fields=["customer", "email_key"],
                condition=~models.Q(email_key="") & ~models.Q(status=LeadStatus.INVALID),
                name="agents_lead_email_once",
            ),
            models.UniqueConstraint(
                fields=["customer", "company_key", "domain"],
                condition=~models.Q(company_key="")
                & ~models.Q(domain="")
                & ~models.Q(status=LeadStatus.INVALID),
                name="agents_lead_company_once",
            ),
            # A fictional lead is one that no mail can reach, and the reverse.
            models.CheckConstraint(
                name="agents_lead_fictional_is_unreachable",
                condition=(models.Q(is_fictional=True) & _ON_RESERVED_DOMAIN)
                | (models.Q(is_fictional=False) & ~_ON_RESERVED_DOMAIN),
            ),
            models.CheckConstraint(
                name="agents_lead_contacted_has_time",
                condition=~models.Q(status=LeadStatus.CONTACTED)
                | models.Q(last_contacted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="agents_lead_qualified_has_time",
                condition=~models.Q(status__in=[LeadStatus.QUALIFIED, LeadStatus.CONVERTED])
                | models.Q(qualified_at__isnull=False),
            ),
            models.CheckConstraint(
                name="agents_lead_only_open_ones_are_due",
                condition=models.Q(next_action_at=None)
                | models.Q(status__in=[LeadStatus.NEW, LeadStatus.CONTACTED]),
            ),
        ]
        indexes = [
            # Read by BizDev: which leads of this customer are due?
            models.Index(
                fields=["customer", "next_action_at"],
                name="agents_lead_due",
                condition=models.Q(next_action_at__isnull=False),
            ),
            # Read by research: whose web site is to be looked at?
            models.Index(
                fields=["research_due_at"],
                name="agents_lead_research_due",
                condition=models.Q(research_due_at__isnull=False),
            ),
            # Read by Onboarding: which leads of this customer are qualified?
            models.Index(
                fields=["customer", "qualified_at"],
                name="agents_lead_qualified",
                condition=models.Q(status=LeadStatus.QUALIFIED),
            ),
            # Read by the lead list, newest first.
            models.Index(fields=["customer", "-id"], name="agents_lead_newest"),
            # Read by the portal's first page: how many got how far?
            models.Index(
                fields=["customer", "last_contacted_at", "replied_at", "qualified_at"],
                name="agents_lead_funnel",
            ),
            # Read by the lead list with a status chosen, and by Lead Source: how many new
            # leads wait already?
            models.Index(fields=["customer", "status", "-id"], name="agents_lead_by_status"),
            # Read by the send gate: has anybody at this company answered?
            models.Index(
                fields=["customer", "domain"],
                name="agents_lead_replied",
                condition=models.Q(replied_at__isnull=False),
            ),
            # Read by the lead list, narrowed to the few whose address is held, or who were
            # ever qualified: without these it reads all the others to find a page of them.
            models.Index(
                fields=["customer", "-id"],
                name="agents_lead_held",
                condition=models.Q(address_check__in=HELD_CHECKS),
            ),
            models.Index(
                fields=["customer", "-id"],
                name="agents_lead_was_qualified",
                condition=models.Q(qualified_at__isnull=False),
            ),
            # Read by the digest: how many were found since yesterday?
            models.Index(fields=["created_at"], name="agents_lead_created"),
            # Read by the lead list's search: addresses and companies that begin with words.
            # With the key that the list is ordered by, so that no row is read for its place.
            models.Index(
                fields=["customer", "email_key", "id"],
                name="agents_lead_search_email",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
            models.Index(
                fields=["customer", "company_key", "id"],
                name="agents_lead_search_company",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
            # Read by the contact gap: did another customer write to this person lately?
            models.Index(
                fields=["email_key", "last_contacted_at"],
                name="agents_lead_contact_gap",
                condition=models.Q(last_contacted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} <{self.email}>"
