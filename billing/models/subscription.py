"""One row per customer: its trial, its usage, and a projection of Stripe's state."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer
from billing.states import SubscriptionStatus


class Subscription(models.Model):
    """`billing.entitlements` computes rights from this row and the clock.

    The columns from `status` to `projection_version` are Stripe's state, and only
    `billing.stripe_sync.project` writes them. `stripe_customer_id` is the exception.
    """

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="subscription", primary_key=True
    )
    trial_started_at = models.DateTimeField(null=True, blank=True)
    trial_ends_at = models.DateTimeField(null=True, blank=True)
    is_complimentary = models.BooleanField(default=False)
    leads_used = models.PositiveIntegerField(default=0)
    tasks_used = models.PositiveIntegerField(default=0)

    # When the mail about the trial's end was written.
    trial_mail_at = models.DateTimeField(null=True, blank=True)

    status = models.CharField(
        max_length=12, choices=SubscriptionStatus.choices, default=SubscriptionStatus.NONE
    )
    stripe_customer_id = models.CharField(max_length=64, blank=True)
    stripe_subscription_id = models.CharField(max_length=64, blank=True)
    # Subscriptions that charge, or will once a card works. A second one needs a person.
    live_count = models.PositiveSmallIntegerField(default=0)
    quantity = models.PositiveIntegerField(default=1)
    current_period_start = models.DateTimeField(null=True, blank=True)
    current_period_end = models.DateTimeField(null=True, blank=True)
    cancel_at = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    # When the latest invoice above zero was paid. Live sending requires one.
    last_paid_at = models.DateTimeField(null=True, blank=True)
    synced_at = models.DateTimeField(null=True, blank=True)
    # Counts projections. A state fetched before the latest one was written is stale.
    projection_version = models.PositiveBigIntegerField(default=0)
    # When the row is next compared with Stripe. Set once the customer is linked.
    reconcile_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="billing_subscription_status",
                condition=models.Q(status__in=SubscriptionStatus.values),
            ),
            models.CheckConstraint(
                name="billing_subscription_trial_in_order",
                condition=models.Q(trial_started_at=None, trial_ends_at=None)
                | models.Q(trial_ends_at__gt=models.F("trial_started_at")),
            ),
            models.UniqueConstraint(
                fields=["stripe_subscription_id"],
                condition=~models.Q(stripe_subscription_id=""),
                name="billing_subscription_stripe_id_once",
            ),
            models.UniqueConstraint(
                fields=["stripe_customer_id"],
                condition=~models.Q(stripe_customer_id=""),
                name="billing_subscription_stripe_customer_once",
            ),
        ]
        indexes = [
            # Read by billing.reconcile: which customer is due for comparison?
            models.Index(
                fields=["reconcile_at"],
                name="billing_subscription_reconcile",
                condition=models.Q(reconcile_at__isnull=False),
            ),
            # Read by the console and by diagnostics: who pays twice?
            models.Index(
                fields=["live_count"],
                name="billing_subscription_twice",
                condition=models.Q(live_count__gt=1),
            ),
            # Read by agents.trial_mails: whose trial ends soon, with no mail sent yet?
            models.Index(
                fields=["trial_ends_at"],
                name="billing_subscription_untold",
                condition=models.Q(trial_mail_at=None, trial_ends_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {'complimentary' if self.is_complimentary else self.status}"
