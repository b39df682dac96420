"""Settings: one small page per subject, each a form and a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_customer
from agents.autopilot.services import switches
from agents.profile.services import settings as services
from agents.profile.services.settings import BusinessProfile, SendingSettings
from hossagent.lib import clock
from portal.forms.settings import ApprovalForm, MarketForm, ProfileForm, SendingForm

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from accounts.models import Customer

SAVED = "Saved. Your HossAgent uses it from its next run."
SAME = "No changes to save."


@login_required
@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/settings.html", {"customer": get_customer(request)})


def _form_page(
    request: HttpRequest,
    *,
    customer: Customer,
    form: Form,
    save: Callable[..., bool],
    title: str,
    intro: str,
) -> HttpResponse:
    """The form; on a valid POST `save(**cleaned, customer, by, now)` and back to the form."""
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        changed = save(customer=customer, by=str(request.user), now=clock.now(), **data)
        messages.success(request, SAVED if changed else SAME)
        return redirect(request.path)
    context = {"customer": customer, "form": form, "title": title, "intro": intro}
    return render(request, "portal/settings_form.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_profile(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    profile = customer.profile
    initial = {
        "company": customer.company,
        "offer": profile.offer,
        "ideal_customer": profile.ideal_customer,
        "tone": profile.tone,
    }
    return _form_page(
        request,
        customer=customer,
        form=ProfileForm(request.POST or None, initial=initial),
        save=_save_profile,
        title="Business profile",
        intro="What your HossAgent knows about you. It says nothing about you that is not here.",
    )


def _save_profile(*, customer: Customer, by: str, now: datetime, **data: Any) -> bool:
    business = BusinessProfile(**data)
    return services.update_profile(customer=customer, business=business, by=by, now=now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_market(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    initial = {"niche": customer.niche, "geography": customer.geography}
    return _form_page(
        request,
        customer=customer,
        form=MarketForm(request.POST or None, initial=initial),
        save=services.update_market,
        title="Niche and geography",
        intro=(
            "Who to look for, and where. A change starts a new search. You keep your current leads."
        ),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_sending(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    profile = customer.profile
    initial = {
        "sender_name": profile.sender_name,
        "postal_address": profile.postal_address,
        "timezone": customer.timezone,
        "window_start": profile.window_start,
        "window_end": profile.window_end,
        "window_weekdays": [str(day) for day in profile.window_weekdays],
    }
    return _form_page(
        request,
        customer=customer,
        form=SendingForm(request.POST or None, initial=initial, zone=customer.timezone),
        save=_save_sending,
        title="Sending",
        intro="Who signs the emails, and when they can go out.",
    )


def _save_sending(*, customer: Customer, by: str, now: datetime, **data: Any) -> bool:
    sending = SendingSettings(**data)
    return services.update_sending(customer=customer, sending=sending, by=by, now=now)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_approval(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    return _form_page(
        request,
        customer=customer,
        form=ApprovalForm(request.POST or None, initial={"mode": customer.profile.approval_mode}),
        save=services.set_approval_mode,
        title="Approval",
        intro="You can read, edit or skip an email before it goes out.",
    )


@login_required
@require_safe
def settings_autopilot(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/settings_autopilot.html", {"customer": get_customer(request)})


@login_required
@require_POST
def switch_autopilot(request: HttpRequest, state: str) -> HttpResponse:
    customer = get_customer(request)
    if state not in {"on", "off"}:
        raise Http404
    is_on = state == "on"
    switches.set_autopilot(customer=customer, is_on=is_on, by=str(request.user), now=clock.now())
    messages.success(
        request,
        "Autopilot is on. Your HossAgent starts within minutes."
        if is_on
        else "Autopilot is off. Nothing new is found, written or sent until you turn it on.",
    )
    return redirect("portal:settings_autopilot")
