"""The console's test email: one email to the operator, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents.admin.actions import actor
from agents.outreach.services.send.probe import send_test_mail
from hossagent.admin_site import register_page
from hossagent.console import require_permission
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEEDED = "agents.change_systemsettings"


@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send it through the configured transport and show the result on the index.

    When it was not sent, the address stays in its field.
    """
    require_permission(request, NEEDED)
    to = request.POST.get("to", "").strip()
    back = reverse("admin:index")
    if not to:
        messages.error(request, "Enter the address for the test email.")
        return HttpResponseRedirect(f"{back}#test-mail")
    result = send_test_mail(to=to, by=actor(request), now=clock.now())
    if not result.success:
        messages.error(request, f"The test email was not sent ({result.mode}): {result.error}")
        return HttpResponseRedirect(f"{back}?{urlencode({'to': to})}#test-mail")
    if result.mode == "DRY_RUN":
        messages.success(
            request, f"Dry run: nothing was sent. With live email, {to} would get a test email."
        )
    else:
        messages.success(
            request,
            f"{result.mode} accepted the test email to {to}. Check its headers for spf=pass, "
            "dkim=pass and dmarc=pass.",
        )
    return HttpResponseRedirect(f"{back}#email")


register_page(route="test-mail/", view=test_mail, name="test_mail")
