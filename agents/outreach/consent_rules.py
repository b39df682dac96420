"""Where cold business mail may be sent, country by country; unknown means hold.

A table for the operator to read and change, not legal advice. Sources: 15 USC 7704 (US),
the ICO's guidance on business-to-business marketing (UK), CASL (Canada), national
e-privacy rules (EU).
"""

from __future__ import annotations

from dataclasses import dataclass

from hossagent.lib.mail_domains import is_free_mail


@dataclass(frozen=True, slots=True)
class Region:
    """What applies in one country; `note` says why."""

    may_send_cold: bool
    note: str


REGIONS: dict[str, Region] = {
    "US": Region(
        may_send_cold=True, note="Opt-out regime: postal address and opt-out in every mail."
    ),
    "GB": Region(
        may_send_cold=True, note="Corporate subscribers need no consent; personal mailboxes do."
    ),
    "CA": Region(
        may_send_cold=False, note="CASL asks for express or implied consent before the first mail."
    ),
    "DE": Region(
        may_send_cold=False, note="Cold mail needs prior consent, between businesses too."
    ),
}


def cold_mail_hold(*, country: str, mail_domain: str) -> str:
    """Why a cold mail must wait for a person, or an empty string when it may go.

    `mail_domain` is the mailbox's own: a company's site makes no company's mailbox of it.
    """
    if is_free_mail(mail_domain):
        return f"{mail_domain} is a personal mailbox, and cold mail goes to companies only"
    region = REGIONS.get(country.upper())
    if region is None:
        where = f"no rule for {country.upper()} is set" if country else "the country is unknown"
        return f"{where}, and unknown means hold"
    return "" if region.may_send_cold else region.note.rstrip(".")
