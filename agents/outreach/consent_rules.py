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
        may_send_cold=True,
        note="Every email needs a postal address and a way to opt out.",
    ),
    "GB": Region(
        may_send_cold=True,
        note="Only personal mailboxes need consent. Corporate subscribers do not.",
    ),
    "CA": Region(
        may_send_cold=False, note="CASL requires express or implied consent before the first email."
    ),
    "DE": Region(
        may_send_cold=False, note="Cold email needs prior consent, even between businesses."
    ),
}


def cold_mail_hold(*, country: str, mail_domain: str) -> str:
    """Why a cold mail must wait for a person, or an empty string when it may go.

    `mail_domain` is the mailbox's own: a company's site makes no company's mailbox of it.
    """
    if is_free_mail(mail_domain):
        return f"{mail_domain} is a personal mailbox, and cold email goes only to companies"
    region = REGIONS.get(country.upper())
    if region is None:
        where = f"there is no rule for {country.upper()}" if country else "the country is unknown"
        return f"{where}, and unknown cases are held"
    return "" if region.may_send_cold else region.note.rstrip(".")
