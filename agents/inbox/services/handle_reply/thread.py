"""The conversation after a reply: its label, whether it waits, and whether it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import Conversation

if TYPE_CHECKING:
    from agents.inbox.services.handle_reply.context import ReplyContext
    from agents.states import ConversationStatus


def label_thread(context: ReplyContext, **fields: object) -> None:
    """Write `fields`, and the label when no later reply speaks for the thread."""
    if context.is_newest:
        fields["label"] = context.classification.label
    if fields:
        Conversation.objects.filter(pk=context.conversation.pk).update(**fields)
    context.conversation.refresh_from_db()


def move_thread(context: ReplyContext, target: ConversationStatus) -> None:
    """Open or close the thread, where its table allows it."""
    conversation = context.conversation
    if conversation.transitions.allows(conversation.status, target):
        Conversation.objects.filter(pk=conversation.pk).move(
            source=conversation.status, target=target
        )
        conversation.refresh_from_db()
