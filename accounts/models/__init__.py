"""Who: people, customers, membership, sign-in, the audit trail and account mail."""

from __future__ import annotations

from accounts.models.audit import AuditEvent
from accounts.models.console_session import ConsoleSession
from accounts.models.contact import SalesInquiry, SupportTicket
from accounts.models.customer import Customer
from accounts.models.login_link import LinkPurpose, LoginLink
from accounts.models.membership import Invitation, Membership
from accounts.models.outbox import OutboxMail
from accounts.models.user import User

__all__ = [
    "AuditEvent",
    "ConsoleSession",
    "Customer",
    "Invitation",
    "LinkPurpose",
    "LoginLink",
    "Membership",
    "OutboxMail",
    "SalesInquiry",
    "SupportTicket",
    "User",
]
