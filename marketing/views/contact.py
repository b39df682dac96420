"""Contact sales: one form, stored and mailed to whoever sells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.core import ratelimit
from django.contrib import messages
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.services.support import store_inquiry
from hossagent.lib import clock
from marketing.forms import ContactForm
from marketing.views.pages import CONTACT, render_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

THANKS = "Thank you. A person will answer by email, usually within one business day."


@require_http_methods(["GET", "HEAD", "POST"])
def contact_sales(request: HttpRequest) -> HttpResponse:
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        is_machine = bool(data.pop("website"))
        if not ratelimit.consume(request, action="contact_sales"):
            form.add_error(
                None, "You have sent many messages within an hour. Please email us instead."
            )
            return render_page(request, CONTACT, status=429, form=form)
        if not is_machine:
            store_inquiry(**data, now=clock.now())
        messages.success(request, THANKS)
        return redirect("marketing:contact_sales")
    return render_page(request, CONTACT, form=form)
