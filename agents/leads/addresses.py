"""What an email address tells about itself: is it one, and what kind of mailbox is it? Pure.

The syntax comes first, then the kind of mailbox by offline lists, then what DNS said of the
domain. Only DNS can make an address deliverable; nothing here opens a connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from agents.states import AddressCheck
from hossagent.lib.mail_domains import is_disposable, is_free_mail
from hossagent.lib.text import (
    RESERVED_SUFFIXES,
    is_reserved_address,
    normalize_email,
    split_words,
)


class Flag(StrEnum):
    """One fact about an address, stored in `Lead.address_flags` separated by spaces."""

    ROLE = "role"
    SYSTEM = "system"
    FREE_MAIL = "free_mail"
    DISPOSABLE = "disposable"
    NO_SUCH_DOMAIN = "no_such_domain"
    REFUSES_MAIL = "refuses_mail"


class DomainAnswer(StrEnum):
    """What DNS said about a mail domain; UNKNOWN when it said nothing."""

    ACCEPTS = "accepts"
    NO_SUCH_DOMAIN = "no_such_domain"
    REFUSES_MAIL = "refuses_mail"
    UNKNOWN = "unknown"


# RFC 2142 and common usage: read by several people, or by nobody in particular.
ROLE_NAMES = frozenset(
    split_words(
        "accounts admin administration administrator billing bookings careers contact "
        "customerservice desk enquiries enquiry feedback finance frontdesk hello help "
        "helpdesk hi hr info information inquiries inquiry jobs kontakt legal mail mailbox "
        "marketing media office orders partners post press privacy reception recruiting "
        "reservations sales secretary service services shop staff support team web webmaster"
    )
)
# Addresses that no person reads as mail to them.
SYSTEM_NAMES = frozenset(
    split_words(
        "abuse bounce bounces daemon devnull donotreply do-not-reply hostmaster mailer-daemon "
        "no-reply noc noreply nobody notifications postmaster root security spam unsubscribe"
    )
)

# Addresses so ordinary that the library has nothing to add but time, which would be most of
# an import's: ASCII, no quotes, no punycode, no special-use domain. Anything else is the
# library's to judge; a property test holds the two to one answer.
_ORDINARY = re.compile(
    r"(?P<local>[a-zA-Z0-9_+-]+(?:\.[a-zA-Z0-9_+-]+)*)"
    r"@(?P<domain>(?:[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*\.)+(?P<top>[a-zA-Z]{2,63}))"
)
# RFC 5321, 4.5.3.1; no label of a domain of at most 63 characters is too long.
_LONGEST_LOCAL, _LONGEST_DOMAIN = 64, 63
_SPECIAL_TOPS = frozenset(
    name.rpartition(".")[2] for name in (*SPECIAL_USE_DOMAIN_NAMES, *RESERVED_SUFFIXES)
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address as it was read, once: `email` is the spelling to write to; where there is
    none, `problem` says why, for the person who gave it."""

    email: str = ""
    problem: str = ""
    flags: tuple[Flag, ...] = field(default=())

    @property
    def is_valid(self) -> bool:
        return not self.problem

    @property
    def key(self) -> str:
        """The form in which two spellings of one mailbox are equal."""
        return normalize_email(self.email)

    @property
    def domain(self) -> str:
        return self.key.rpartition("@")[2]

    @property
    def check(self) -> AddressCheck:
        """What the address tells by itself: a mailbox that nobody reads, or that is thrown
        away, is risky. `assess` adds what DNS said."""
        is_risky = Flag.SYSTEM in self.flags or Flag.DISPOSABLE in self.flags
        return AddressCheck.RISKY if is_risky else AddressCheck.UNVERIFIED


def read_address(text: str) -> Address:
    """Check the syntax by RFC 5321/5322/6531 rules and name the kind of mailbox.

    Addresses on the reserved domains are valid: fictional leads live there. Local parts
    outside ASCII are refused, because many servers do not take such an address.
    """
    given = text.strip()
    if not given:
        return Address(problem="There is no email address.")
    if ordinary := _ordinary(given):
        local, domain = ordinary
        return Address(email=f"{local}@{domain}", flags=_flags_of(local.lower(), domain))
    reserved = is_reserved_address(given)
    # The library refuses reserved domains, whose syntax is otherwise the ordinary one.
    probe = given.rpartition(".")[0] + ".com" if reserved else given
    try:
        checked = validate_email(
            probe, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        return Address(problem=f"{given[:80]!r} is not an email address: {error}")
    email = given if reserved else checked.normalized
    local, _, domain = email.rpartition("@")
    return Address(email=email, flags=_flags_of(local.lower(), domain.lower()))


def _ordinary(given: str) -> tuple[str, str] | None:
    """(local part, domain in lower case) of an address that is beyond doubt."""
    match = _ORDINARY.fullmatch(given)
    if match is None:
        return None
    local, domain = match["local"], match["domain"].lower()
    is_odd = (
        len(local) > _LONGEST_LOCAL
        or len(domain) > _LONGEST_DOMAIN
        or match["top"].lower() in _SPECIAL_TOPS
        # Spelled in capitals, such names have a normal form that the library knows.
        or (local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES and not local.islower())
    )
    return None if is_odd else (local, domain)


def _flags_of(local: str, domain: str) -> tuple[Flag, ...]:
    """The flags that lists alone can give, in a fixed order."""
    name = local.partition("+")[0]
    flags = []
    if name in SYSTEM_NAMES:
        flags.append(Flag.SYSTEM)
    elif name in ROLE_NAMES:
        flags.append(Flag.ROLE)
    if is_free_mail(domain):
        flags.append(Flag.FREE_MAIL)
    if is_disposable(domain):
        flags.append(Flag.DISPOSABLE)
    return tuple(flags)


def assess(address: Address, answer: DomainAnswer) -> tuple[AddressCheck, tuple[Flag, ...]]:
    """The check to store and the flags, with what DNS said of the address's domain.

    A domain that does not exist, or that publishes a null MX (RFC 7505), makes the address
    undeliverable. A risky address stays risky whatever DNS says.
    """
    if answer is DomainAnswer.NO_SUCH_DOMAIN:
        return AddressCheck.UNDELIVERABLE, (*address.flags, Flag.NO_SUCH_DOMAIN)
    if answer is DomainAnswer.REFUSES_MAIL:
        return AddressCheck.UNDELIVERABLE, (*address.flags, Flag.REFUSES_MAIL)
    if answer is DomainAnswer.ACCEPTS and address.check is AddressCheck.UNVERIFIED:
        return AddressCheck.DELIVERABLE, address.flags
    return address.check, address.flags
