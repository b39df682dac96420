"""How often a page may be opened; how often a form may be sent is `allauth.core.ratelimit`'s.

The numbers of both stand in `ACCOUNT_RATE_LIMITS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# The public function never counts a GET and cannot be told to; this one can.
from allauth.core.internal import ratelimit

if TYPE_CHECKING:
    from django.http import HttpRequest


def consume_view(request: HttpRequest, *, action: str) -> bool:
    """Count one more view of a page for `action`; False when that is above its limit.

    The cache may forget, so this slows people down and guards nothing.
    """
    usage = ratelimit.consume(request, app="allauth.account", action=action, limit_get=True)
    return usage is not None
