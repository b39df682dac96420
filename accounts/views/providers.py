"""What Google or Microsoft may bring back instead of a sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """Google or Microsoft vouched for somebody whom the operator has switched off."""
    return render(request, "accounts/inactive.html", status=403)


@require_safe
def social_canceled(request: HttpRequest) -> HttpResponse:
    """Somebody canceled the sign-in at Google or Microsoft."""
    messages.info(request, "Sign-in canceled. Nothing has changed.")
    return redirect("accounts:login")
