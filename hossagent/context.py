"""What every template may know about the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def site_facts() -> dict[str, Any]:
    """Public facts about this installation, for pages and mail: nothing secret."""
    config = settings.CONFIG
    return {
        "support_email": config.SUPPORT_EMAIL,
        "booking_url": config.BOOKING_URL,
        "base_url": config.BASE_URL,
        "sandbox": config.sandbox_world_on,
    }


def site(request: HttpRequest) -> dict[str, Any]:
    """`site.support_email`, `site.booking_url`, `site.base_url` in every page."""
    return {"site": site_facts()}
