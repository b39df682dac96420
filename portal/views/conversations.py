"""Conversations: the list, the thread, and what a person can do in it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import get_customer
from agents.inbox.selectors.conversations import (
    SHOWS,
    get_conversation,
    get_suggestion,
    get_thread,
    list_conversations,
)
from agents.inbox.selectors.unmatched import list_unmatched
from agents.inbox.services import answers, conversations
from agents.leads.services.qualify import qualify_lead
from agents.states import LEAD_TRANSITIONS, LeadStatus
from hossagent.lib import clock
from portal.forms.conversations import AnswerForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from agents.models import Conversation

PAGE_SIZE = 25


@login_required
@require_safe
def conversation_list(request: HttpRequest) -> HttpResponse:
    customer = get_customer(request)
    show = request.GET.get("show", "")
    found = list_conversations(customer=customer, show=show)
    context = {
        "customer": customer,
        "page": Paginator(found, PAGE_SIZE).get_page(request.GET.get("page")),
        "show": show,
        "shows": SHOWS.items(),
        "unmatched": list_unmatched(customer=customer).count(),
    }
    return render(request, "portal/conversation_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The thread; a POST is an answer. What was typed comes back when it cannot go."""
    customer = get_customer(request)
    conversation = get_conversation(customer=customer, pk=pk)
    suggestion = get_suggestion(conversation)
    form = AnswerForm(
        request.POST or None, initial={"form_key": secrets.token_urlsafe(16), "body": suggestion}
    )
    if request.method == "POST" and form.is_valid():
        try:
            row = answers.answer(
                conversation=conversation,
                by=str(request.user),
                now=clock.now(),
                **form.cleaned_data,
            )
        except answers.CannotAnswer as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _answered(row.mode))
            return redirect("portal:conversation_detail", pk=pk)
    context = {
        "customer": customer,
        "conversation": conversation,
        "lead": conversation.lead,
        "thread": get_thread(conversation),
        "form": form,
        "has_suggestion": bool(suggestion) and not form.is_bound,
        "why_not": answers.why_not_answer(conversation),
        "can_qualify": LEAD_TRANSITIONS.allows(conversation.lead.status, LeadStatus.QUALIFIED),
    }
    return render(request, "portal/conversation_detail.html", context)


def _answered(mode: str) -> str:
    if mode == "dry_run":
        return "Saved as a dry run. Your reply is shown below and is not sent."
    return "Your reply is on its way."


@login_required
@require_POST
def conversation_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take over, hand back, close, qualify."""
    customer = get_customer(request)
    conversation = get_conversation(customer=customer, pk=pk)
    if action not in _ACTIONS:
        raise Http404(action)
    act, done = _ACTIONS[action]
    if act(conversation, str(request.user)):
        messages.success(request, done)
    else:
        messages.info(request, "This was already done.")
    return redirect("portal:conversation_detail", pk=pk)


def _take_over(conversation: Conversation, by: str) -> bool:
    return conversations.take_over(conversation=conversation, by=by, now=clock.now())


def _hand_back(conversation: Conversation, by: str) -> bool:
    return conversations.hand_back(conversation=conversation, by=by, now=clock.now())


def _close(conversation: Conversation, by: str) -> bool:
    return conversations.close(conversation=conversation, by=by, now=clock.now())


def _qualify(conversation: Conversation, by: str) -> bool:
    return qualify_lead(lead=conversation.lead, by=by, now=clock.now())


_ACTIONS: dict[str, tuple[Callable[[Conversation, str], bool], str]] = {
    "take-over": (
        _take_over,
        "You took over this conversation. Your HossAgent writes nothing here.",
    ),
    "give-back": (_hand_back, "Your HossAgent is handling this conversation again."),
    "close": (_close, "Closed. It reopens automatically if they write again."),
    "qualify": (_qualify, "Qualified. The follow-up work starts with the next run."),
}
