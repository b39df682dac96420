"""Answering from the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.models import Conversation, InboundMessage


class AnswerForm(forms.Form):
    body = forms.CharField(
        max_length=20_000,
        label="Your reply",
        error_messages={"required": "Write your reply first."},
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text="We send it in your name, to this person only, exactly as you write it.",
    )
    # Made with the page, so that a button pressed twice sends once.
    form_key = forms.CharField(max_length=64, widget=forms.HiddenInput)


class MatchForm(forms.Form):
    """Which of these conversations a mail belongs to."""

    conversation = forms.ChoiceField(label="Conversation")

    def __init__(
        self,
        candidates: Sequence[Conversation],
        data: Any = None,
        *,
        mail: InboundMessage,
    ) -> None:
        # Several such forms stand on one page, so each has ids of its own.
        super().__init__(data, auto_id=f"mail-{mail.pk}-%s")
        self.candidates = {str(found.pk): found for found in candidates}
        self.fields["conversation"] = forms.ChoiceField(
            label="Conversation",
            choices=[
                ("", "Choose a conversation"),
                *((pk, _name(found)) for pk, found in self.candidates.items()),
            ],
        )

    def chosen(self) -> Conversation:
        """The conversation of a valid form."""
        return self.candidates[self.cleaned_data["conversation"]]


def _name(conversation: Conversation) -> str:
    lead = conversation.lead
    return ", ".join(part for part in (lead.company, lead.contact_name, lead.email) if part)
