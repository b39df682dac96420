"""People, the audit trail and account mail in the console."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from accounts.models import AuditEvent, Invitation, Membership, OutboxMail, User
from hossagent.console import ConsoleAdmin, age
from hossagent.lib import clock


@admin.register(User)
class UserAdmin(ConsoleAdmin):
    list_display = ("email", "name", "is_staff", "is_active", "email_verified_at", "date_joined")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    fields = ("email", "name", "is_staff", "is_active", "email_verified_at", "date_joined")


class _OfCustomer(ConsoleAdmin):
    list_select_related: ClassVar = ["customer"]


@admin.register(Membership)
class MembershipAdmin(_OfCustomer):
    list_display = ("user", "customer", "role", "created_at")
    list_select_related: ClassVar = ["user", "customer"]
    list_filter = ("role",)
    search_fields = ("user__email", "customer__company")


@admin.register(Invitation)
class InvitationAdmin(_OfCustomer):
    list_display = ("email", "customer", "role", "state", "expires_at")
    search_fields = ("email", "customer__company")
    fields = ("customer", "email", "role", "created_at", "expires_at", "accepted_at", "revoked_at")

    @admin.display(description="state")
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return "accepted"
        if invitation.revoked_at:
            return "revoked"
        return "open" if invitation.expires_at > clock.now() else "expired"


@admin.register(AuditEvent)
class AuditEventAdmin(ConsoleAdmin):
    list_display = ("at", "actor", "action", "customer_id", "subject_type", "subject_id", "note")
    list_filter = ("action",)
    search_fields = ("actor", "action", "subject_id", "note")
    date_hierarchy = "at"


@admin.register(OutboxMail)
class OutboxMailAdmin(ConsoleAdmin):
    """Account mail as it was rendered: with EMAIL_MODE=DRY_RUN this is where it is read."""

    list_display = ("subject", "to", "kind", "status", "attempts", "error", "waiting")
    list_filter = ("status", "kind")
    search_fields = ("to", "subject", "kind")
    exclude = ("html",)

    @admin.display(description="age", ordering="created_at")
    def waiting(self, mail: OutboxMail) -> str:
        return age(mail.created_at, now=clock.now())
