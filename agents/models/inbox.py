"""How far a mailbox has been read, and when that was last tried with success."""

from __future__ import annotations

from django.db import models


class InboxCursor(models.Model):
    """One folder of one mailbox.

    A uid means nothing without its UIDVALIDITY (RFC 3501): when the server changes it,
    the folder is read again from `since`, and the constraints on InboundMessage keep what
    is known from being stored twice.
    """

    mailbox = models.CharField(max_length=300, primary_key=True, help_text="user@host/folder")
    uid_validity = models.PositiveBigIntegerField(default=0)
    last_uid = models.PositiveBigIntegerField(default=0)
    # The newest mail that was stored; a re-read begins some days before it.
    newest_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.mailbox
