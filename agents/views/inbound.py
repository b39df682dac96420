"""Replies that SendGrid posts to us: authenticated, stored as they came, acknowledged."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
from email import message_from_bytes
from email.message import Message
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from agents.inbox.selectors.inbound_webhook import inbound_webhook_secret
from agents.inbox.services.store import MAX_BYTES, receive
from agents.states import InboundSource
from hossagent.config import EmailMode
from hossagent.lib import clock
from hossagent.lib.signing import content_hash

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("agents.webhooks")

MAX_RECIPIENTS = 50


@csrf_exempt
@require_POST
def sendgrid_inbound(request: HttpRequest) -> HttpResponse:
    """Store one received mail (SendGrid's "send raw" must be on).

    200 once it is in the database: SendGrid posts it again after a 5xx, and a second delivery
    changes nothing. 401 without the secret, 413 above 30 MB, 400 without a mail.
    """
    if settings.CONFIG.EMAIL_MODE is not EmailMode.SENDGRID:
        return _plain("Replies do not come this way.", 404)
    if not _is_authentic(request):
        logger.warning("inbound webhook refused: wrong or missing secret")
        return _plain("Wrong or missing secret.", 401)
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return _plain("Too large.", 413)
    body = request.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        return _plain("Too large.", 413)
    raw = _raw_mail(request.headers.get("Content-Type", ""), body)
    if not raw:
        return _plain('No mail in the request. Turn on "POST the raw, full MIME message".', 400)
    receive(
        raw=raw,
        source=InboundSource.SENDGRID,
        external_id=f"sha256:{content_hash(raw)}",
        now=clock.now(),
    )
    return _plain("Stored.", 200)


def _plain(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain")


def _is_authentic(request: HttpRequest) -> bool:
    """HTTP basic authentication, as it stands in the address given to SendGrid."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        _, _, password = base64.b64decode(value, validate=True).partition(b":")
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(password, inbound_webhook_secret().encode())


def _raw_mail(content_type: str, body: bytes) -> bytes:
    """The `email` field of the form, with the envelope's recipients in front: the token
    that names the conversation may stand only there."""
    if not content_type.lower().startswith("multipart/form-data") or not content_type.isascii():
        return b""
    head = b"Content-Type: " + " ".join(content_type.split()).encode() + b"\r\n\r\n"
    fields = _fields(message_from_bytes(head + body))
    raw = fields.get("email", b"").lstrip(b"\r\n")
    recipients = _envelope_recipients(fields.get("envelope", b""))
    headers = b"".join(b"X-Envelope-To: " + to.encode() + b"\r\n" for to in recipients)
    return headers + raw if raw else b""


def _fields(form: Message) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    parts = form.get_payload()
    for part in parts if isinstance(parts, list) else []:
        if not isinstance(part, Message):
            continue
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(data, bytes):
            found[name] = data
    return found


def _envelope_recipients(envelope: bytes) -> list[str]:
    try:
        wanted = json.loads(envelope or b"{}").get("to", [])
    except (ValueError, AttributeError):
        return []
    return [to for to in wanted if isinstance(to, str) and to.isascii() and to.isprintable()][
        :MAX_RECIPIENTS
    ]
