"""The public pages that only have something to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.plans import PRO

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    return render(request, "marketing/landing.html", {"plan": PRO})
