"""What the DNS says about a mail domain, asked of a server on loopback."""

from __future__ import annotations

import socket
from threading import Thread
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from agents.leads import mail_dns
from agents.leads.addresses import DomainAnswer
from agents.leads.mail_dns import accepts_mail

if TYPE_CHECKING:
    from collections.abc import Iterator

# Name and type → the records, or the error. What is not here exists and has no records.
ZONE: dict[str, str | dns.rcode.Rcode] = {
    "mx.com. MX": "10 mail.mx.com.",
    "null.com. MX": "0 .",
    "a.com. A": "192.0.2.1",
    "aaaa.com. AAAA": "2001:db8::1",
    "none.com. MX": dns.rcode.NXDOMAIN,
    "broken.com. MX": dns.rcode.SERVFAIL,
    "later.com. A": dns.rcode.SERVFAIL,
    "gone.com. A": dns.rcode.NXDOMAIN,
}


def answer(wire: bytes) -> bytes:
    question = dns.message.from_wire(wire)
    asked = question.question[0]
    response = dns.message.make_response(question)
    response.flags |= dns.flags.RA
    found = ZONE.get(f"{asked.name} {dns.rdatatype.to_text(asked.rdtype)}")
    if isinstance(found, str):
        response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", asked.rdtype, found))
    elif found is not None:
        response.set_rcode(found)
    return response.to_wire()


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The only name server there is; it keeps silent about `silent.com`."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            wire, client = door.recvfrom(4_096)
            if not wire:
                return
            if b"silent" not in wire:
                door.sendto(answer(wire), client)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    real = dns.resolver.Resolver

    def resolver() -> dns.resolver.Resolver:
        made = real(configure=False)
        made.nameservers, made.port = ["127.0.0.1"], door.getsockname()[1]
        return made

    monkeypatch.setattr(dns.resolver, "Resolver", resolver)
    monkeypatch.setattr(mail_dns, "SECONDS", 0.3)
    yield door
    door.sendto(b"", door.getsockname())
    thread.join()
    door.close()


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("mx.com", DomainAnswer.ACCEPTS),
        ("a.com", DomainAnswer.ACCEPTS),
        ("aaaa.com", DomainAnswer.ACCEPTS),
        ("null.com", DomainAnswer.REFUSES_MAIL),
        ("nothing.com", DomainAnswer.REFUSES_MAIL),
        ("none.com", DomainAnswer.NO_SUCH_DOMAIN),
        ("gone.com", DomainAnswer.NO_SUCH_DOMAIN),
        ("broken.com", DomainAnswer.UNKNOWN),
        ("later.com", DomainAnswer.UNKNOWN),
        ("silent.com", DomainAnswer.UNKNOWN),
        (f"{'a' * 64}.com", DomainAnswer.UNKNOWN),
        ("a..com", DomainAnswer.UNKNOWN),
    ],
)
def test_a_domain_takes_mail_by_its_mx_or_its_addresses(domain: str, said: DomainAnswer) -> None:
    assert accepts_mail(domain) is said
