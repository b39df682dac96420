"""`/admin/summary`: the digest as a page and as JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import admin, messages
from django.http import JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agents.reports.selectors.attention import list_decisions, read_decision_link
from agents.reports.selectors.summary import generate_daily_summary
from hossagent.admin_site import register_page
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERIODS = {"day": 1, "week": 7}
# A mailed link opens its page for this long; the digest itself is daily.
LINK_DAYS = 8


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


@never_cache
@require_safe
def decide(request: HttpRequest, token: str) -> HttpResponse:
    """Where a link in the digest leads: to the rows that still need that decision."""
    code = read_decision_link(token, max_age=timedelta(days=LINK_DAYS))
    if code is None:
        messages.error(request, "This link is expired or invalid. The list below is up to date.")
        return redirect("admin:index")
    found = [one for one in list_decisions(now=clock.now()) if one.code == code]
    if not found:
        messages.success(request, "This is already resolved. Nothing needs your attention there.")
        return redirect("admin:index")
    messages.info(request, found[0].sentence)
    return redirect(found[0].path)


register_page(route="decide/<str:token>", view=decide, name="decide")
register_page(route="summary", view=summary, name="summary")
