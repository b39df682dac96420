"""The control room's test mail: one mail to the operator, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents.admin.actions import actor
from agents.outreach.services.send.probe import send_test_mail
from hossagent.admin_site import register_page
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NEEDED = "agents.change_systemsettings"


@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send it through the configured transport; the answer is shown on the control room.

    A mail that did not leave brings the address back into its field.
    """
    if not request.user.has_perm(NEEDED):
        raise PermissionDenied(f"You may look, but a test mail needs the permission {NEEDED}.")
    to = request.POST.get("to", "").strip()
    back = reverse("admin:index")
    if not to:
        messages.error(request, "Write the address that the test mail goes to.")
        return HttpResponseRedirect(f"{back}#test-mail")
    result = send_test_mail(to=to, by=actor(request), now=clock.now())
    if not result.success:
        messages.error(request, f"The test mail did not leave ({result.mode}): {result.error}")
        return HttpResponseRedirect(f"{back}?{urlencode({'to': to})}#test-mail")
    if result.mode == "DRY_RUN":
        messages.success(
            request, f"Dry run: nothing left. With email live, {to} would get a test mail."
        )
    else:
        messages.success(
            request,
            f"{result.mode} took the test mail to {to}. Look at its headers there: spf=pass, "
            "dkim=pass and dmarc=pass are needed.",
        )
    return HttpResponseRedirect(f"{back}#email")


register_page(route="test-mail/", view=test_mail, name="test_mail")
