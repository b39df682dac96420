"""People, the audit trail and account mail in the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from axes.models import AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.forms.console import ConsoleLoginForm
from accounts.models import (
    AuditEvent,
    Invitation,
    Membership,
    OutboxMail,
    SalesInquiry,
    SupportTicket,
    User,
)
from accounts.services.outbox import requeue
from accounts.services.support import AlreadyAnswered, answer_ticket
from hossagent.console import ConsoleAdmin, act_on_each, age
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


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
    actions = ("send_again",)

    @admin.action(description="Send again: retry failed emails")
    def send_again(self, request: HttpRequest, chosen: QuerySet[OutboxMail]) -> None:
        def one(mail: OutboxMail) -> str:
            is_done = requeue(mail=mail, by=request.user.get_username(), now=clock.now())
            return "" if is_done else "only failed emails can be sent again."

        act_on_each(request, chosen, permission="accounts.change_outboxmail", do=one)

    @admin.display(description="age", ordering="created_at")
    def waiting(self, mail: OutboxMail) -> str:
        return age(mail.created_at, now=clock.now())


@admin.register(SupportTicket)
class SupportTicketAdmin(_OfCustomer):
    """Questions from portals. The answer is written under the question and goes by mail."""

    change_form_template = "admin/support_ticket.html"
    list_display = ("subject", "customer", "email", "answered_by", "answered_at", "age")
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    search_fields = ("subject", "body", "email", "customer__company")

    @admin.display(description="age", ordering="created_at")
    def age(self, ticket: SupportTicket) -> str:
        return age(ticket.created_at, now=clock.now())

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(answer))
        return [path("<int:pk>/answer/", view, name="accounts_ticket_answer"), *super().get_urls()]


def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the typed answer; an empty one is asked for again, and a second one refused."""
    ticket = get_object_or_404(SupportTicket, pk=pk)
    text = request.POST.get("answer", "").strip()
    if not request.user.has_perm("accounts.change_supportticket"):
        messages.error(request, "You may not answer questions.")
    elif not text:
        messages.error(request, "Write an answer first.")
    else:
        try:
            answer_ticket(ticket=ticket, answer=text, by=str(request.user), now=clock.now())
        except AlreadyAnswered:
            messages.error(request, "Someone has answered this already. Your text was not sent.")
        else:
            messages.success(request, f"Answered. The email to {ticket.email} is on its way.")
    return redirect("admin:accounts_supportticket_change", ticket.pk)


@admin.register(SalesInquiry)
class SalesInquiryAdmin(ConsoleAdmin):
    list_display = ("name", "email", "company", "message", "age")
    search_fields = ("name", "email", "company", "message")

    @admin.display(description="age", ordering="created_at")
    def age(self, inquiry: SalesInquiry) -> str:
        return age(inquiry.created_at, now=clock.now())


# The one sign-in form of the console; tables of the libraries that nobody works with here,
# or that hold secrets (one-time password seeds), stay out of it.
admin.site.login_form = ConsoleLoginForm
for library_model in (
    EmailAddress,
    SocialAccount,
    SocialApp,
    SocialToken,
    AccessLog,
    AccessFailureLog,
    TOTPDevice,
    StaticDevice,
    # Rights are given to a person; the framework's picker also styles itself inline.
    Group,
):
    if admin.site.is_registered(library_model):
        admin.site.unregister(library_model)
