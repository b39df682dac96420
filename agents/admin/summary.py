"""`/admin/summary`: the digest as a page and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin
from django.http import JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agents.selectors.summary import generate_daily_summary
from hossagent.admin_site import register_page
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERIODS = {"day": 1, "week": 7}


@never_cache
@require_safe
def summary(request: HttpRequest) -> HttpResponse:
    """The last 24 hours; `?period=week` for seven days, `?format=json` for machines."""
    period = request.GET.get("period", "day")
    period = period if period in PERIODS else "day"
    found = generate_daily_summary(
        now=clock.now(), days=PERIODS[period], zone=settings.CONFIG.OPERATOR_TIMEZONE
    )
    if request.GET.get("format") == "json":
        return JsonResponse(found.as_json())
    context = {
        **admin.site.each_context(request),
        "title": "Summary",
        "summary": found,
        "period": period,
    }
    return TemplateResponse(request, "admin/summary.html", context)


register_page(route="summary", view=summary, name="summary")
