"""What a customer's agents need to know to write in its name, one row per customer."""

from __future__ import annotations

from datetime import time

from django.db import models

from accounts.models import Customer
from agents.states import ApprovalMode, MessageMode
from hossagent.lib.calendars import WORKDAYS


def workdays() -> list[int]:
    return list(WORKDAYS)


class Profile(models.Model):
    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, related_name="profile", primary_key=True
    )
    offer = models.TextField(blank=True, help_text="What the customer sells, in its words.")
    ideal_customer = models.TextField(blank=True)
    tone = models.CharField(max_length=60, blank=True)
    sender_name = models.CharField(max_length=120, blank=True)
    postal_address = models.TextField(blank=True)
    # The sending window, in the recipient's zone when known, else the customer's.
    window_start = models.TimeField(default=time(9))
    window_end = models.TimeField(default=time(17))
    window_weekdays = models.JSONField(default=workdays, help_text="0 is Monday.")
    approval_mode = models.CharField(
        max_length=12, choices=ApprovalMode.choices, default=ApprovalMode.REVIEW_FIRST
    )
    messages_approved = models.PositiveIntegerField(default=0)
    # The mode that BizDev last planned in; a change makes it look at every lead again.
    outreach_mode = models.CharField(max_length=8, choices=MessageMode.choices, blank=True)
    outreach_paused_at = models.DateTimeField(null=True, blank=True)
    starter_tasks_at = models.DateTimeField(null=True, blank=True)
    # The newest ISO week that has its report task, such as "2026-W47".
    reported_week = models.CharField(max_length=8, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_profile_approval_mode",
                condition=models.Q(approval_mode__in=ApprovalMode.values),
            ),
            models.CheckConstraint(
                name="agents_profile_window_in_order",
                condition=models.Q(window_end__gt=models.F("window_start")),
            ),
        ]

    def __str__(self) -> str:
        return f"Profile of {self.customer}"
