"""Let the database itself refuse status changes that the tables in code forbid.

A later migration that makes SQLite rebuild one of these tables (a new constraint, a
changed column) drops its trigger, and has to run EnforceTransitions for it again.
"""

from __future__ import annotations

from django.db import migrations

from hossagent.lib.transitions import EnforceTransitions


class Migration(migrations.Migration):
    dependencies = [("agents", "0001_initial")]

    operations = [
        EnforceTransitions(
            model_name="lead",
            pairs=[
                ("bounced", "closed"),
                ("bounced", "invalid"),
                ("bounced", "qualified"),
                ("bounced", "replied"),
                ("bounced", "unsubscribed"),
                ("closed", "qualified"),
                ("closed", "replied"),
                ("closed", "unsubscribed"),
                ("contacted", "bounced"),
                ("contacted", "closed"),
                ("contacted", "email_failed"),
                ("contacted", "invalid"),
                ("contacted", "qualified"),
                ("contacted", "replied"),
                ("contacted", "unsubscribed"),
                ("converted", "unsubscribed"),
                ("email_failed", "bounced"),
                ("email_failed", "closed"),
                ("email_failed", "invalid"),
                ("email_failed", "new"),
                ("email_failed", "qualified"),
                ("email_failed", "replied"),
                ("email_failed", "unsubscribed"),
                ("invalid", "closed"),
                ("invalid", "new"),
                ("new", "bounced"),
                ("new", "closed"),
                ("new", "contacted"),
                ("new", "email_failed"),
                ("new", "invalid"),
                ("new", "qualified"),
                ("new", "replied"),
                ("new", "unsubscribed"),
                ("qualified", "closed"),
                ("qualified", "converted"),
                ("qualified", "invalid"),
                ("qualified", "unsubscribed"),
                ("replied", "bounced"),
                ("replied", "closed"),
                ("replied", "invalid"),
                ("replied", "qualified"),
                ("replied", "unsubscribed"),
            ],
        ),
        EnforceTransitions(
            model_name="message",
            pairs=[
                ("awaiting_approval", "canceled"),
                ("awaiting_approval", "planned"),
                ("awaiting_approval", "queued"),
                ("awaiting_approval", "skipped"),
                ("claimed", "canceled"),
                ("claimed", "dry_run"),
                ("claimed", "failed"),
                ("claimed", "queued"),
                ("claimed", "sending"),
                ("planned", "awaiting_approval"),
                ("planned", "canceled"),
                ("planned", "queued"),
                ("planned", "skipped"),
                ("queued", "canceled"),
                ("queued", "claimed"),
                ("queued", "planned"),
                ("queued", "skipped"),
                ("sending", "canceled"),
                ("sending", "failed"),
                ("sending", "sent"),
                ("sending", "unknown"),
                ("unknown", "failed"),
                ("unknown", "sent"),
            ],
        ),
        EnforceTransitions(
            model_name="conversation",
            pairs=[
                ("closed", "human"),
                ("closed", "open"),
                ("human", "closed"),
                ("human", "open"),
                ("open", "closed"),
                ("open", "human"),
            ],
        ),
        EnforceTransitions(
            model_name="inboundmessage",
            pairs=[
                ("pending", "processed"),
                ("pending", "unmatched"),
                ("processed", "pending"),
                ("unmatched", "pending"),
                ("unmatched", "processed"),
            ],
        ),
        EnforceTransitions(
            model_name="answer",
            pairs=[
                ("queued", "dry_run"),
                ("queued", "failed"),
                ("queued", "sending"),
                ("sending", "failed"),
                ("sending", "sent"),
                ("sending", "unknown"),
                ("unknown", "failed"),
                ("unknown", "sent"),
            ],
        ),
        EnforceTransitions(
            model_name="task",
            pairs=[
                ("failed", "pending"),
                ("pending", "failed"),
                ("pending", "running"),
                ("running", "done"),
                ("running", "failed"),
                ("running", "pending"),
            ],
        ),
    ]
