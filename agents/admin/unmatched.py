"""Two buttons under an unmatched email: assign it to a conversation, or set it aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from agents.admin.actions import actor
from agents.inbox.selectors.unmatched import list_candidates
from agents.inbox.services.assign import ForeignMail, assign_to_conversation, set_aside
from agents.models import Conversation, InboundMessage
from agents.states import InboundStatus
from hossagent.admin_site import register_page
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERMISSION = "agents.change_inboundmessage"


def assign_context(mail: InboundMessage) -> dict[str, Any]:
    """What the form under an unmatched email offers; nothing for any other email."""
    if mail.status != InboundStatus.UNMATCHED:
        return {}
    return {
        "is_unmatched": True,
        "candidates": list_candidates(inbound=mail, customer_id=mail.customer_id),
    }


@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign the email to the chosen or entered conversation, or set it aside."""
    mail = get_object_or_404(InboundMessage.objects.defer("raw").select_related("customer"), pk=pk)
    if not request.user.has_perm(PERMISSION):
        messages.error(request, f"You can view this page. To assign emails, you need {PERMISSION}.")
    elif "aside" in request.POST:
        done = set_aside(inbound=mail, by=actor(request), now=clock.now())
        _show_result(
            request, done=done, words="Set aside. The email is kept, and nothing else happens."
        )
    else:
        _assign(request, mail)
    return redirect("admin:agents_inboundmessage_change", pk)


def _assign(request: HttpRequest, mail: InboundMessage) -> None:
    wanted = request.POST.get("number", "").strip() or request.POST.get("conversation", "")
    conversation = (
        Conversation.objects.select_related("lead").filter(pk=wanted).first()
        if wanted.isdecimal() and len(wanted) < 19  # noqa: PLR2004 # what a bigint holds
        else None
    )
    if conversation is None:
        messages.error(request, "Choose a conversation, or enter the number of an existing one.")
        return
    try:
        done = assign_to_conversation(
            inbound=mail, conversation=conversation, by=actor(request), now=clock.now()
        )
    except ForeignMail as error:
        messages.error(request, str(error))
        return
    _show_result(
        request, done=done, words=f"Assigned: {conversation}. The email will be processed shortly."
    )


def _show_result(request: HttpRequest, *, done: bool, words: str) -> None:
    if done:
        messages.success(request, words)
    else:
        messages.info(request, "Someone has already dealt with this email.")


register_page(route="received/<int:pk>/place/", view=assign, name="inbound_place")
