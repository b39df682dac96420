"""What an email address tells about itself: syntax, and the kind of mailbox. Pure.

Levels: syntax first, then the kind of mailbox by offline lists, then, where a resolver
answered, the domain. Only the last can say "deliverable"; nothing here opens a connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from disposable_email_domains import blocklist as disposable_domains
from email_validator import EmailNotValidError, validate_email

from agents.states import AddressCheck
from hossagent.lib.text import is_reserved_address, registrable_domain, words


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
    words(
        "accounts admin administration administrator billing bookings careers contact "
        "customerservice desk enquiries enquiry feedback finance frontdesk hello help "
        "helpdesk hi hr info information inquiries inquiry jobs kontakt legal mail mailbox "
        "marketing media office orders partners post press privacy reception recruiting "
        "reservations sales secretary service services shop staff support team web webmaster"
    )
)
# Addresses that no person reads as mail to them.
SYSTEM_NAMES = frozenset(
    words(
        "abuse bounce bounces daemon devnull donotreply do-not-reply hostmaster mailer-daemon "
        "no-reply noc noreply nobody notifications postmaster root security spam unsubscribe"
    )
)
FREE_MAIL_DOMAINS = frozenset(
    words(
        "aol.com att.net bellsouth.net bigpond.com bluewin.ch btinternet.com comcast.net "
        "cox.net earthlink.net fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch "
        "gmx.com gmx.de gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com hotmail.de "
        "hotmail.fr icloud.com laposte.net libero.it live.co.uk live.com mac.com mail.com "
        "mail.ru me.com msn.com naver.com optonline.net orange.fr outlook.com outlook.de "
        "pm.me proton.me protonmail.com qq.com rediffmail.com rogers.com sbcglobal.net "
        "seznam.cz sfr.fr shaw.ca sky.com sympatico.ca t-online.de telus.net terra.com.br "
        "tutanota.com uol.com.br verizon.net virgilio.it wanadoo.fr web.de wp.pl yahoo.ca "
        "yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.au yahoo.de yahoo.fr "
        "yandex.com yandex.ru ymail.com zoho.com 163.com 126.com"
    )
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address in the spelling to write to, or the sentence that says what is wrong."""

    email: str = ""
    problem: str = ""
    flags: tuple[Flag, ...] = field(default=())

    @property
    def is_valid(self) -> bool:
        return not self.problem


def read_address(text: str) -> Address:
    """Check the syntax by RFC 5321/5322/6531 rules and name the kind of mailbox.

    Addresses on the reserved domains are valid: made-up leads live there. Local parts
    outside ASCII are refused, because many servers cannot be handed such an address.
    """
    given = text.strip()
    if not given:
        return Address(problem="There is no email address.")
    reserved = is_reserved_address(given)
    # The library refuses reserved domains, whose syntax is otherwise the ordinary one.
    probe = given.rpartition(".")[0] + ".com" if reserved else given
    try:
        checked = validate_email(probe, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        return Address(problem=f"{given[:80]!r} is not an email address: {error}")
    email = given if reserved else checked.normalized
    local, _, domain = email.rpartition("@")
    return Address(email=email, flags=kind_of(local.lower(), domain.lower()))


def kind_of(local: str, domain: str) -> tuple[Flag, ...]:
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


def is_free_mail(domain: str) -> bool:
    """A mailbox that says nothing about the company; such a domain is never its key."""
    return domain in FREE_MAIL_DOMAINS


@lru_cache(maxsize=65_536)
def is_disposable(domain: str) -> bool:
    """A throw-away mailbox by the packaged list, its subdomains included."""
    return domain in disposable_domains or registrable_domain(domain) in disposable_domains


def verdict(
    flags: tuple[Flag, ...], answer: DomainAnswer = DomainAnswer.UNKNOWN
) -> tuple[AddressCheck, tuple[Flag, ...]]:
    """The check to store, and the flags with DNS's answer added.

    A domain that does not exist, or that publishes a null MX (RFC 7505), makes the address
    undeliverable. System and throw-away mailboxes are risky whatever DNS says.
    """
    if answer is DomainAnswer.NO_SUCH_DOMAIN:
        return AddressCheck.UNDELIVERABLE, (*flags, Flag.NO_SUCH_DOMAIN)
    if answer is DomainAnswer.REFUSES_MAIL:
        return AddressCheck.UNDELIVERABLE, (*flags, Flag.REFUSES_MAIL)
    if Flag.SYSTEM in flags or Flag.DISPOSABLE in flags:
        return AddressCheck.RISKY, flags
    if answer is DomainAnswer.ACCEPTS:
        return AddressCheck.DELIVERABLE, flags
    return AddressCheck.UNVERIFIED, flags
