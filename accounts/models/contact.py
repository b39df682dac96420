"""What people ask us: customers by a support ticket, visitors by the sales form."""

from __future__ import annotations

from django.db import models

from accounts.models.customer import Customer


class SupportTicket(models.Model):
    """A question from a customer's portal; open until the operator has answered."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tickets")
    email = models.EmailField(max_length=254, help_text="Who asked, and gets the answer.")
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=254, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_ticket_answered_has_answer",
                condition=models.Q(answered_at=None, answer="")
                | (models.Q(answered_at__isnull=False) & ~models.Q(answer="")),
            ),
        ]
        indexes = [
            # Read by the customer's help page.
            models.Index(fields=["customer", "-created_at"], name="accounts_ticket_by_customer"),
        ]

    def __str__(self) -> str:
        return self.subject


class SalesInquiry(models.Model):
    """Somebody who is no customer yet and wants to talk."""

    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    company = models.CharField(max_length=200, blank=True)
    message = models.TextField()
    created_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "sales inquiries"

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"
