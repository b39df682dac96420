"""Two buttons under a received mail that belongs nowhere: into a conversation, or aside."""

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


def placing_context(mail: InboundMessage) -> dict[str, Any]:
    """What the form under an unmatched mail offers; nothing for any other mail."""
    if mail.status != InboundStatus.UNMATCHED:
        return {}
    return {
        "is_unmatched": True,
        "candidates": list_candidates(inbound=mail, customer_id=mail.customer_id),
    }


@require_POST
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the mail to the conversation that was chosen or typed, or put it aside."""
    mail = get_object_or_404(InboundMessage.objects.defer("raw").select_related("customer"), pk=pk)
    if not request.user.has_perm(PERMISSION):
        messages.error(request, f"You may look, but placing mail needs {PERMISSION}.")
    elif "aside" in request.POST:
        done = set_aside(inbound=mail, by=actor(request), now=clock.now())
        _tell(request, done=done, words="Put aside. The mail is kept, and nothing follows from it.")
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
        messages.error(request, "Choose a conversation, or type the number of one that exists.")
        return
    try:
        done = assign_to_conversation(
            inbound=mail, conversation=conversation, by=actor(request), now=clock.now()
        )
    except ForeignMail as refusal:
        messages.error(request, str(refusal))
        return
    _tell(request, done=done, words=f"Placed: {conversation}. It is read in a moment.")


def _tell(request: HttpRequest, *, done: bool, words: str) -> None:
    if done:
        messages.success(request, words)
    else:
        messages.info(request, "Someone has already dealt with this email.")


register_page(route="received/<int:pk>/place/", view=place, name="inbound_place")
