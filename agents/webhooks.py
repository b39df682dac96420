"""What mail providers tell us: verified, stored as rows, answered."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from agents.outreach.services import sendgrid_events as events
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest

logger = logging.getLogger("agents.webhooks")

MAX_BYTES = 5_000_000


@csrf_exempt
@require_POST
def sendgrid_events(request: HttpRequest) -> HttpResponse:
    """SendGrid's signed event webhook: 403 unless the signature and the time are right."""
    now = clock.now()
    key = settings.CONFIG.SENDGRID_WEBHOOK_KEY.get_secret_value()
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        return HttpResponse("Too large.", status=413, content_type="text/plain")
    body = request.body
    if not events.is_signed(
        body,
        key=key,
        signature=request.headers.get("X-Twilio-Email-Event-Webhook-Signature", ""),
        timestamp=request.headers.get("X-Twilio-Email-Event-Webhook-Timestamp", ""),
        now=now,
    ):
        logger.warning("sendgrid event webhook refused: bad signature or time")
        return HttpResponse("Not signed by SendGrid.", status=403, content_type="text/plain")
    try:
        payload = json.loads(body)
    except ValueError:
        return HttpResponse("Not JSON.", status=400, content_type="text/plain")
    stored = events.store_events(payload, now=now)
    return HttpResponse(f"{stored} new.", content_type="text/plain")
