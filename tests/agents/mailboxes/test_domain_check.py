"""The resolver against a real DNS server on loopback, and what is read from its answers."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from agents.mailboxes.selectors import domain_problem
from agents.mailboxes.services.domain_check import (
    DnsResolver,
    NoAnswer,
    check_domain,
    check_next,
    read_dkim,
    read_spf,
)
from agents.models import DomainCheck
from agents.states import CheckResult
from tests.conftest import NOON
from tests.helpers.live import later, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Nameserver:
    """Answers TXT questions from a dictionary; a name in `broken` gets SERVFAIL."""

    def __init__(self) -> None:
        self.texts: dict[str, list[list[str]]] = {}
        self.broken: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            wire, peer = self._socket.recvfrom(4096)
            if wire == b"stop":
                return
            self._socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), peer)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(question)
        name = question.question[0].name
        text = name.to_text(omit_final_dot=True)
        if text in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif text not in self.texts:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        elif self.texts[text]:
            quoted = [" ".join(f'"{part}"' for part in parts) for parts in self.texts[text]]
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
        return reply

    def close(self) -> None:
        self._socket.sendto(b"stop", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()


@pytest.fixture
def nameserver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nameserver]:
    server = Nameserver()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    yield server
    server.close()


def test_the_resolver_tells_nothing_there_from_nothing_said(nameserver: Nameserver) -> None:
    nameserver.texts = {
        "agency.com": [["v=spf1 include:", "x.com ~all"], ["other"]],
        "empty.com": [],
    }
    nameserver.broken = {"broken.com"}
    resolver = DnsResolver()

    # A record in several strings is one text (RFC 7208, section 3.3).
    assert sorted(resolver.texts("agency.com")) == ["other", "v=spf1 include:x.com ~all"]
    assert resolver.texts("empty.com") == resolver.texts("nowhere.com") == []
    with pytest.raises(NoAnswer):
        resolver.texts("broken.com")


@pytest.mark.django_db
def test_a_whole_check_over_the_wire(nameserver: Nameserver) -> None:
    """A subdomain without a DMARC record of its own is under its organisation's."""
    nameserver.texts = {
        "mail.agency.com": [["v=spf1 mx ~all"]],
        "google._domainkey.mail.agency.com": [["v=DKIM1; k=rsa; p=MIGf", "MA0G"]],
        "_dmarc.agency.com": [["v=DMARC1; p=quarantine"]],
    }

    check = check_domain(domain="mail.agency.com", now=NOON)

    assert (check.spf, check.dkim, check.dmarc) == ("pass", "pass", "pass")
    assert check.details["dkim"]["name"] == "google._domainkey.mail.agency.com"
    assert check.details["dmarc"]["name"] == "_dmarc.agency.com"


@pytest.mark.django_db
def test_what_is_wrong_is_looked_at_again_soon(
    nameserver: Nameserver, configure: Callable[..., None]
) -> None:
    configure(**smtp_config(25))

    assert check_next(now=NOON) is True
    assert DomainCheck.objects.get().spf == "fail"
    assert check_next(now=later(minutes=29)) is False
    nameserver.texts = {
        "agency.com": [["v=spf1 mx ~all"]],
        "_dmarc.agency.com": [["v=DMARC1;p=none"]],
    }
    assert check_next(now=later(minutes=30)) is True
    # DKIM is not known, which DNS cannot mend: the next look is tomorrow's.
    assert DomainCheck.objects.get().dkim == "unknown"
    assert check_next(now=later(hours=24)) is False
    assert check_next(now=later(hours=24, minutes=30)) is True


@pytest.mark.parametrize(
    ("record", "result", "paste"),
    [
        ("v=spf1 include:sendgrid.net -all", CheckResult.PASS, ""),
        ("v=spf1 all", CheckResult.FAIL, "v=spf1 include:sendgrid.net ~all"),
        ("v=spf1 mx -all", CheckResult.FAIL, "v=spf1 include:sendgrid.net mx -all"),
        ("v=spf10 mx -all", CheckResult.FAIL, "v=spf1 include:sendgrid.net ~all"),
    ],
)
def test_the_record_to_paste_keeps_what_is_there(
    record: str, result: CheckResult, paste: str
) -> None:
    finding = read_spf([record], domain="agency.com", include="sendgrid.net")

    assert (finding.result, finding.paste) == (result, paste)


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        (None, "SPF, DKIM and DMARC of agency.com have not been checked yet"),
        (("pass", "pass", "pass"), ""),
        # DNS cannot confirm a selector that it does not know.
        (("pass", "unknown", "pass"), ""),
        (("fail", "pass", "pass"), "SPF of agency.com fails"),
        (("pass", "fail", "pass"), "DKIM of agency.com fails"),
        (("pass", "pass", "fail"), "DMARC of agency.com fails"),
        (
            ("unknown", "pass", "pass"),
            "SPF of agency.com is not confirmed, because DNS did not answer",
        ),
        (
            ("pass", "pass", "unknown"),
            "DMARC of agency.com is not confirmed, because DNS did not answer",
        ),
        (("unknown", "fail", "pass"), "DKIM of agency.com fails"),
    ],
)
def test_live_mail_waits_until_the_domain_passes(
    results: tuple[str, str, str] | None, sentence: str
) -> None:
    check = results and DomainCheck(
        pk="agency.com",
        checked_at=NOON,
        **dict(zip(("spf", "dkim", "dmarc"), results, strict=True)),
    )

    assert domain_problem(domain="agency.com", check=check or None) == sentence


def test_a_selector_that_is_known_and_empty_is_a_failure() -> None:
    found = read_dkim({}, domain="agency.com", is_selector_known=True)

    assert (found.result, found.name) == (CheckResult.FAIL, "s1._domainkey.agency.com")
    guessed = read_dkim({"k1": ["v=DKIM1"]}, domain="agency.com", is_selector_known=False)
    assert guessed.result == CheckResult.UNKNOWN
