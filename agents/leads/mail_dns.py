"""Does a domain take mail? DNS is asked, for some seconds, and nothing is guessed."""

from __future__ import annotations

from typing import Protocol

import dns.exception
import dns.resolver

from agents.leads.addresses import DomainAnswer

SECONDS = 4.0


class AskDomain(Protocol):
    """`accepts_mail`, or what stands for it."""

    def __call__(self, domain: str) -> DomainAnswer: ...


def accepts_mail(domain: str) -> DomainAnswer:
    """MX first; without one the domain's own addresses count (RFC 5321, 5.1).

    A null MX (RFC 7505) refuses mail. A server that fails or stays silent gives UNKNOWN.
    """
    try:
        return _ask(domain)
    except dns.resolver.NXDOMAIN:
        return DomainAnswer.NO_SUCH_DOMAIN
    except (dns.exception.DNSException, OSError, UnicodeError):
        return DomainAnswer.UNKNOWN


def _ask(domain: str) -> DomainAnswer:
    resolver = dns.resolver.Resolver()
    try:
        records = resolver.resolve(domain, "MX", lifetime=SECONDS)
    except dns.resolver.NoAnswer:
        return _ask_for_addresses(resolver, domain)
    hosts = [str(record.exchange) for record in records]
    return DomainAnswer.REFUSES_MAIL if hosts == ["."] else DomainAnswer.ACCEPTS


def _ask_for_addresses(resolver: dns.resolver.Resolver, domain: str) -> DomainAnswer:
    for kind in ("A", "AAAA"):
        try:
            resolver.resolve(domain, kind, lifetime=SECONDS)
        except dns.resolver.NoAnswer:
            continue
        return DomainAnswer.ACCEPTS
    return DomainAnswer.REFUSES_MAIL
