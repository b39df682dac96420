"""Bounces, delays and complaints: RFC 3464 delivery reports and RFC 5965 feedback.

Permanent is only `Action: failed` with a 5.x.x status and no 4.x.x beside it. A report
proves something about an address, never about a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.states import ReplyLabel

if TYPE_CHECKING:
    from agents.inbox.classify.mail import Mail

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_PLAIN_STATUS = re.compile(r"(?<![\d.])(5\.\d{1,3}\.\d{1,3})\b")
_DAEMON = re.compile(
    r"^(?:mailer-daemon|mail-daemon|postmaster|mailerdaemon|mdaemon|bounce|bounces)(?:[+\-=.].*)?@"
)
_FAILURE_WORDS = re.compile(
    r"undeliver|delivery (?:status notification|failure|has failed)|returned mail|"
    r"failure notice|mail delivery failed|could not be delivered|unzustellbar|non remis",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery or feedback report says. `status` is the enhanced code or empty."""

    label: ReplyLabel
    status: str = ""
    diagnostic: str = ""
    recipient: str = ""
    is_certain: bool = True


def is_daemon_address(address: str) -> bool:
    """A mail system's own address; nobody reads what is sent there."""
    return bool(_DAEMON.match(address.lower()))


def is_from_daemon(mail: Mail) -> bool:
    """The sender is a mail system, or the null sender that reports must use."""
    return bool(_DAEMON.match(mail.from_address)) or mail.header("return-path").strip() == "<>"


def read_report(mail: Mail) -> Report | None:
    """The bounce, delay, receipt or complaint that `mail` is; None for ordinary mail."""
    if mail.feedback is not None or mail.report_type == "feedback-report":
        return _complaint(mail)
    if mail.status_groups:
        return _delivery_report(mail)
    if _DAEMON.match(mail.from_address):
        return _old_style(mail)
    return None


def _complaint(mail: Mail) -> Report:
    feedback = mail.feedback or {}
    kind = feedback.get("feedback-type", "abuse").lower()
    recipient = _address(feedback.get("original-rcpt-to", ""))
    if kind == "not-spam":
        return Report(ReplyLabel.AUTO_REPLY, diagnostic=kind, recipient=recipient)
    return Report(ReplyLabel.COMPLAINT, diagnostic=kind, recipient=recipient)


def _address(value: str) -> str:
    return value.rpartition(";")[2].strip().strip("<>").lower()[:254]


def _delivery_report(mail: Mail) -> Report:
    recipients = [group for group in mail.status_groups if "action" in group or "status" in group]
    if not recipients:
        return Report(ReplyLabel.DELAY, is_certain=False)
    classes = {_code(group)[:1] for group in recipients} - {""}
    failed = [group for group in recipients if _action(group) == "failed"]
    permanent = [group for group in failed if _code(group).startswith("5.")]
    if permanent and "4" not in classes:
        return _report(ReplyLabel.BOUNCE, permanent[0])
    if failed or any(_action(group) == "delayed" for group in recipients):
        temporary = [g for g in recipients if _code(g).startswith("4.")] or failed or recipients
        return _report(ReplyLabel.DELAY, temporary[0])
    # Delivered, relayed, expanded: a receipt nobody asked for.
    return _report(ReplyLabel.AUTO_REPLY, recipients[0])


def _report(label: ReplyLabel, group: dict[str, str]) -> Report:
    recipient = group.get("original-recipient") or group.get("final-recipient", "")
    return Report(
        label,
        status=_code(group),
        diagnostic=" ".join(group.get("diagnostic-code", "").split())[:300],
        recipient=_address(recipient),
    )


def _action(group: dict[str, str]) -> str:
    return group.get("action", "").strip().lower().split(" ")[0].strip(";")


def _code(group: dict[str, str]) -> str:
    """`5.1.1`; from the diagnostic text where the status field is missing or wrong."""
    found = _STATUS.search(group.get("status", "")) or _STATUS.search(
        group.get("diagnostic-code", "")
    )
    return ".".join(found.groups()) if found else ""


def _old_style(mail: Mail) -> Report | None:
    """A bounce from before RFC 3464 (qmail and some gateways): readable, less certain."""
    if not _FAILURE_WORDS.search(f"{mail.subject}\n{mail.text[:4000]}"):
        return None
    recipient = _address(mail.header("x-failed-recipients").split(",")[0])
    code = _PLAIN_STATUS.search(mail.text[:8000])
    temporary = re.search(r"(?<![\d.])4\.\d{1,3}\.\d{1,3}\b", mail.text[:8000])
    if code and not temporary:
        return Report(
            ReplyLabel.BOUNCE, status=code.group(1), recipient=recipient, diagnostic="old style"
        )
    return Report(ReplyLabel.DELAY, recipient=recipient, is_certain=False, diagnostic="old style")
