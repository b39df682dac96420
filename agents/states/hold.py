"""Why a message is held, or was canceled before it left."""

from __future__ import annotations

from django.db import models


class HoldCode(models.TextChoices):
    """Why a message waits, or was canceled before it left: first the send gate's codes."""

    STOPPED = "stopped"
    AUTOPILOT_OFF_FOR_ALL = "autopilot_off_for_all"
    CLOSED = "closed"
    PAUSED = "paused"
    AUTOPILOT_OFF = "autopilot_off"
    FICTIONAL_LEAD = "fictional_lead"
    MODE_CHANGED = "mode_changed"
    SUPPRESSED = "suppressed"
    REPLIED = "replied"
    LEAD_STATE = "lead_state"
    COMPANY_REPLIED = "company_replied"
    UNDELIVERABLE = "undeliverable"
    CONVERSATION_CLOSED = "conversation_closed"
    TAKEN_OVER = "taken_over"
    RISKY_ADDRESS = "risky_address"
    NO_PLAN = "no_plan"
    NOT_ENTITLED = "not_entitled"
    OWNER_UNVERIFIED = "owner_unverified"
    NO_IDENTITY = "no_identity"
    REGION = "region"
    NEEDS_APPROVAL = "needs_approval"
    COPY = "copy"
    DOMAIN_CHECK = "domain_check"
    BREAKER = "breaker"
    UNREAD_MAIL = "unread_mail"
    INBOX_NOT_READ = "inbox_not_read"
    CONTACT_GAP = "contact_gap"
    WINDOW = "window"
    DAILY_RAMP = "daily_ramp"
    CYCLE_CAP = "cycle_cap"
    PACE = "pace"
    DOMAIN_GAP = "domain_gap"
    HOURLY_CAP = "hourly_cap"
    HOUR_GUARD = "hour_guard"
    # Given outside the gate: by the claim, the release and a person.
    FAULT = "fault"
    SHARE = "share"
    APPROVAL_EXPIRED = "approval_expired"
    SKIPPED = "skipped"
