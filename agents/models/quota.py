"""Counters that all workers share; a conditional UPDATE is the only way to raise one."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer
from agents.states import QuotaMode


class HourlyQuota(models.Model):
    """Mails reserved in one clock hour (UTC), each mode apart."""

    hour = models.DateTimeField()
    mode = models.CharField(max_length=8, choices=QuotaMode.choices)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hour", "mode"], name="agents_hourly_quota_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00} {self.mode}: {self.used}"


class SendTotals(models.Model):
    """Emails of the hours that are over and need not be counted again; `pk` is always 1.

    What left so far is a column here and the rows since `counted_until`, or the quotas that
    are left. Both are read in one statement, and moved in one transaction.
    """

    counted_until = models.DateTimeField()
    live_sent = models.PositiveBigIntegerField(default=0)
    live_failed = models.PositiveBigIntegerField(default=0)
    dry_run_written = models.PositiveBigIntegerField(default=0)
    dry_run_failed = models.PositiveBigIntegerField(default=0)
    # Slots of hours whose quotas have been pruned.
    live_slots = models.PositiveBigIntegerField(default=0)
    dry_run_slots = models.PositiveBigIntegerField(default=0)
    sandbox_slots = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="agents_send_totals_one_row", condition=models.Q(pk=1)),
        ]

    def __str__(self) -> str:
        return f"Until {self.counted_until:%Y-%m-%d %H:%M}"


class DailyQuota(models.Model):
    """Mails reserved by one customer on one day of its own calendar.

    The day's limit is drawn when its first mail is due and then stands (`outreach.warmup`);
    the running cycle's count lives here too, carried over midnight.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="daily_quotas")
    day = models.DateField()
    mode = models.CharField(max_length=8, choices=QuotaMode.choices)
    used = models.PositiveIntegerField(default=0)
    limit = models.PositiveIntegerField(default=0)
    # Bounces, complaints and refusals on reputation, of mails that left on this day.
    push_backs = models.PositiveIntegerField(default=0)
    cycle_started_at = models.DateTimeField(null=True, blank=True)
    cycle_used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "day", "mode"], name="agents_daily_quota_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.day} {self.mode}: {self.used}"


class WriterSpend(models.Model):
    """What the LLM writer spent for one customer on one UTC day; its budget is checked here."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="writer_spends")
    day = models.DateField()
    micros = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "day"], name="agents_writer_spend_once"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} {self.day}: {self.micros}"
