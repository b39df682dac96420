"""Why a mailbox could not be used."""

from __future__ import annotations


class TransportUnavailable(Exception):
    """Somebody asked for real mail while the email subsystem is not live."""


class InboxUnavailable(Exception):
    """The mailbox could not be opened or read; the sentence says what was tried."""
