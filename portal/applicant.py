"""Who asks for a trial: the address, and the browser by its cookie."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from django.conf import settings

from billing.services.trial_guard import Applicant
from hossagent.lib.client_ip import client_ip

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE_AGE = 365 * 86_400
DEVICE = re.compile(r"[\w-]{22}")


def read_applicant(request: HttpRequest, *, email: str) -> Applicant:
    """What the trial guard may weigh; `mark_browser` belongs to the answer."""
    return Applicant(email=email, ip=client_ip(request), device=_device(request))


def mark_browser(request: HttpRequest, response: HttpResponse) -> None:
    """Let the trial guard know this browser again."""
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        _device(request),
        max_age=COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _device(request: HttpRequest) -> str:
    """The random number in this browser's cookie; a new one is kept on the request, so
    that decision and cookie hold the same."""
    kept = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    if not DEVICE.fullmatch(kept):
        kept = request.COOKIES[settings.DEVICE_COOKIE_NAME] = secrets.token_urlsafe(16)
    return kept
