"""Roles, the statuses of account mail, and what the audit trail can say."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class OutboxStatus(Toned, models.TextChoices):
    QUEUED = "queued"
    SENDING = "sending"
    # Email is in dry run: shown on the console, kept here, sent when email goes live.
    HELD = "held"
    SENT = "sent"
    FAILED = "failed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.SENT},
            bad={cls.FAILED},
            neutral={cls.QUEUED, cls.SENDING, cls.HELD},
        )


# At-least-once: a mail whose sender died goes back to the queue.
OUTBOX_TRANSITIONS = Transitions(
    OutboxStatus,
    {
        OutboxStatus.QUEUED: {OutboxStatus.SENDING},
        OutboxStatus.SENDING: {
            OutboxStatus.SENT,
            OutboxStatus.HELD,
            OutboxStatus.QUEUED,
            OutboxStatus.FAILED,
        },
        OutboxStatus.HELD: {OutboxStatus.QUEUED, OutboxStatus.FAILED},
        OutboxStatus.SENT: {},
        OutboxStatus.FAILED: {OutboxStatus.QUEUED},
    },
    initial={OutboxStatus.QUEUED},
)


class Role(models.TextChoices):
    """What a member may do: viewers read, members work, owners also pay and close."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


class AuditAction(models.TextChoices):
    """What the audit trail can say that somebody did; the stored strings never change.

    Each name is a subject and what happened to it.
    """

    CUSTOMER_CLOSED = "customer.close"
    CUSTOMER_IMPERSONATED = "customer.impersonate"
    PORTAL_LINK_ROTATED = "portal_link.rotate"
    INVITATION_CREATED = "invitation.create"
    INVITATION_ACCEPTED = "invitation.accept"
    INVITATION_REVOKED = "invitation.revoke"
    MEMBER_ROLE_CHANGED = "member.role"
    MEMBER_LEFT = "member.leave"
    MEMBER_REMOVED = "member.remove"
    ADDRESS_PROVEN = "address_proven"
    ADDRESS_CHANGED = "address_changed"
    SESSIONS_ENDED = "signed_out_everywhere"
    CUSTOMER_SIGNED_UP = "signed_up"
    CONNECTED_ACCOUNT_REMOVED = "connected_account.remove"
    OPERATOR_CREATED = "operator.created"
    SECOND_FACTOR_ADDED = "operator.second_factor_on"
    SECOND_FACTOR_REMOVED = "operator.second_factor_off"
    EMAIL_REQUEUED = "mail.requeued"
    TICKET_ANSWERED = "ticket.answer"
    COMPLIMENTARY_GRANTED = "complimentary.granted"
    COMPLIMENTARY_REVOKED = "complimentary.revoked"
    BILLING_EVENT_REPLAYED = "billing_event.replay"
    SUBSCRIPTION_UPGRADED = "subscription.upgrade"
    SUBSCRIPTION_CANCELED = "subscription.cancel"
    SUBSCRIPTION_ENDED = "subscription.cancel_now"
    SECOND_SUBSCRIPTION_CANCELED = "subscription.cancel_one"
    TRIAL_GRANTED = "trial.granted"
    INVOICE_ISSUED = "invoice.issue"
    INVOICE_VOIDED = "invoice.void"
    AGENTS_RUN = "agents.run"
    AUTOPILOT_SET = "settings.autopilot"
    AUTOPILOT_TURNED_ON = "autopilot.on"
    AUTOPILOT_TURNED_OFF = "autopilot.off"
    OUTREACH_STOPPED = "outreach.stopped"
    OUTREACH_RESUMED = "outreach.resumed"
    OUTREACH_PAUSED = "outreach.paused"
    COMPANY_RENAMED = "settings.company"
    PROFILE_CHANGED = "settings.profile"
    MARKET_CHANGED = "settings.market"
    TIMEZONE_CHANGED = "settings.timezone"
    SENDING_CHANGED = "settings.sending"
    APPROVAL_MODE_CHANGED = "settings.approval"
    CONVERSATION_ANSWERED = "conversation.answered"
    CONVERSATION_MOVED = "conversation.moved"
    REPLY_ASSIGNED = "inbound.assigned"
    REPLY_SET_ASIDE = "inbound.set_aside"
    LEADS_IMPORTED = "leads.import"
    LEAD_REJECTED = "lead.not_a_fit"
    LEAD_SUPPRESSED = "lead.never_contact"
    LEAD_CORRECTED = "lead.corrected"
    LEAD_ADDED = "lead.added"
    LEAD_QUALIFIED = "lead.qualified"
    APPROVAL_REINSTATED = "approval.fell_back"
    MESSAGE_EDITED = "message.edited"
    MESSAGE_RESOLVED = "message.settled"
    BREAKER_TRIPPED = "breaker.tripped"
    BREAKER_RESET = "breaker.rearmed"
    EMAIL_TESTED = "email.tested"
    EXPORT_REQUESTED = "export.request"
    DO_NOT_CONTACT_IMPORTED = "do_not_contact.imported"
    TASK_RETRIED = "task.retry"
    BACKFILL_PAUSED = "backfill.pause"
    BACKFILL_CONTINUED = "backfill.continue"
