"""Account mail as text: rendering the three templates, and handing one to the mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import Context
from django.template.loader import get_template

from hossagent.config import EmailMode
from hossagent.context import site_facts
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.mail.backends.base import BaseEmailBackend

SENDER_NAME = "HossAgent"
TIMEOUT_SECONDS = 30


def render(*, kind: str, context: Mapping[str, Any]) -> dict[str, str]:
    """Subject, text and HTML of `kind`; `site` is known to each template.

    Only the HTML part is escaped: plain text carries what people wrote.
    """
    facts = {"site": site_facts(), **context}
    return {
        "subject": single_line(_plain(f"emails/{kind}.subject.txt", facts)),
        "text": _plain(f"emails/{kind}.txt", facts).strip() + "\n",
        "html": get_template(f"emails/{kind}.html").render(facts),
    }


def _plain(name: str, facts: dict[str, Any]) -> str:
    template: Any = get_template(name)
    return str(template.template.render(Context(facts, autoescape=False)))


def deliver(*, to: str, subject: str, text: str, html: str, message_id: str) -> None:
    """Hand one mail to the configured server; returns once it has taken responsibility.

    Raises what the server or the connection raises. Call it only when
    `hossagent.subsystems.email()` is live.
    """
    config = settings.CONFIG
    sender = (
        config.SENDGRID_FROM_EMAIL
        if config.EMAIL_MODE is EmailMode.SENDGRID
        else config.SMTP_FROM_EMAIL
    )
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=f"{SENDER_NAME} <{sender}>",
        to=[to],
        reply_to=[config.SUPPORT_EMAIL],
        # RFC 3834: nobody's out-of-office should answer.
        headers={"Auto-Submitted": "auto-generated", "Message-ID": message_id},
        connection=_connection(),
    )
    if html:
        mail.attach_alternative(html, "text/html")
    mail.send()


def _connection() -> BaseEmailBackend:
    config = settings.CONFIG
    connection: BaseEmailBackend
    if config.EMAIL_MODE is EmailMode.SENDGRID:
        connection = get_connection(
            "anymail.backends.sendgrid.EmailBackend",
            api_key=config.SENDGRID_API_KEY.get_secret_value(),
        )
    else:
        connection = get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=config.SMTP_HOST,
            port=config.SMTP_PORT,
            username=config.SMTP_USERNAME,
            password=config.SMTP_PASSWORD.get_secret_value(),
            use_tls=config.SMTP_USE_TLS,
            timeout=TIMEOUT_SECONDS,
        )
    return connection
