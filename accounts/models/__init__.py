"""Who: people, customers, membership, the audit trail and account mail."""

from __future__ import annotations

from accounts.models.audit import AuditEvent
from accounts.models.customer import Customer
from accounts.models.membership import Invitation, Membership
from accounts.models.outbox import OutboxMail
from accounts.models.user import User

__all__ = ["AuditEvent", "Customer", "Invitation", "Membership", "OutboxMail", "User"]
