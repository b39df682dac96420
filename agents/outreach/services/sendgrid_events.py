"""SendGrid's event webhook: the signature, and events into our own words.

Source: docs.sendgrid.com, "Event Webhook Security Features" (ECDSA over timestamp and
raw body) and "Event Webhook Reference".
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from agents.mailboxes.services.transports import status_of
from agents.outreach.services.delivery import DeliveryReport, find_message, record_event
from agents.states import DeliveryKind

TOLERANCE = timedelta(minutes=10)
SOURCE = "sendgrid"
# Seconds since 1970. Anybody may send the header, so it is looked at before it is read.
_STAMP = re.compile(r"[0-9]{1,12}")

_KINDS = {
    "delivered": DeliveryKind.DELIVERED,
    "deferred": DeliveryKind.DEFERRED,
    "dropped": DeliveryKind.DROPPED,
    "spamreport": DeliveryKind.COMPLAINED,
    "unsubscribe": DeliveryKind.UNSUBSCRIBED,
    "group_unsubscribe": DeliveryKind.UNSUBSCRIBED,
}


def is_signed(body: bytes, *, key: str, signature: str, timestamp: str, now: datetime) -> bool:
    """True when `body` was signed by the holder of the private key, not long ago."""
    if not key or not signature or not _STAMP.fullmatch(timestamp):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    try:
        public = load_der_public_key(base64.b64decode(key, validate=True))
        if not isinstance(public, EllipticCurvePublicKey):
            return False
        public.verify(
            base64.b64decode(signature, validate=True), timestamp.encode() + body, ECDSA(SHA256())
        )
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, binascii.Error):
        return False
    return True


def _kind(event: dict[str, Any]) -> DeliveryKind | None:
    name = str(event.get("event", ""))
    if name == "bounce":
        # "blocked" is a refusal for the moment, often for policy; the address may be fine.
        is_block = event.get("type") == "blocked" or str(event.get("status", "")).startswith("4")
        return DeliveryKind.SOFT_BOUNCED if is_block else DeliveryKind.BOUNCED
    return _KINDS.get(name)


def store_events(payload: Any, *, now: datetime) -> int:
    """Record each event that means something to us; returns how many were new.

    Events of other kinds, and what is not an event at all, are passed over. The same
    payload twice records nothing twice.
    """
    stored = 0
    for event in payload if isinstance(payload, list) else []:
        if not isinstance(event, dict) or not event.get("sg_event_id"):
            continue
        kind = _kind(event)
        if kind is None:
            continue
        stored += _store(event, kind=kind, now=now)
    return stored


def _store(event: dict[str, Any], *, kind: DeliveryKind, now: datetime) -> bool:
    detail = str(event.get("reason") or event.get("response") or "")
    key = str(event.get("message_pk") or "")
    message = find_message(
        message_pk=int(key) if key.isdigit() else None, message_id=str(event.get("smtp-id") or "")
    )
    if message is None and key.isdigit():
        # The id in the event may be SendGrid's own; the key is ours, and it signed it.
        message = find_message(message_pk=int(key))
    seconds = event.get("timestamp")
    at = datetime.fromtimestamp(seconds, tz=UTC) if isinstance(seconds, int) else now
    report = DeliveryReport(
        source=SOURCE,
        external_id=str(event["sg_event_id"]),
        kind=kind,
        email=str(event.get("email") or ""),
        at=at,
        detail=detail,
        status=str(event.get("status") or status_of(detail)),
    )
    return record_event(report, message=message, now=now)
