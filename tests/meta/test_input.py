"""No address of the site answers 500, whatever stands in the address, query or form.

The names of queries and form fields are read from the code itself, so that a new one is
tried without being named here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from django.forms import Form
from django.urls import reverse

from accounts.states import Role
from hossagent.config import BASE_DIR
from tests.factories import MembershipFactory
from tests.helpers.clients import SiteClient
from tests.meta.test_urls import MACHINES, PAGES, SITE, World, address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

pytestmark = pytest.mark.django_db

APPS = ("accounts", "billing", "agents", "portal", "marketing")
NUL = "a\0b"
ODD = {
    "broken UTF-8": b"\xff\xfe\xed\xa0\x80",
    "very long": b"x" * 20_000,
    "a huge number": b"9" * 5_000,
    "a large number": b"9" * 25,
    "a negative number": b"-1",
    "digits of elsewhere": "٣²".encode(),
    "a path": b"/x\r\nSet-Cookie: a=b",
    "controls": b"\x01\x1b[31m\r\nBcc: x@y.example\x7f",
    "directions": "\u202eevil\u2028\ufffe\U0010ffff".encode(),
    "markup": b"{{ 7|add:1 }}<script>'\"%s%(x)s",
}


def _forms(kind: type[Form] = Form) -> Iterator[type[Form]]:
    for child in kind.__subclasses__():
        yield child
        yield from _forms(child)


def names() -> list[str]:
    """Every name that some view or form reads."""
    found = {"page", "next", "older", "newer"}
    for app in APPS:
        for file in (BASE_DIR / app).rglob("*.py"):
            text = file.read_text("utf-8")
            found |= set(re.findall(r'(?:GET|POST)(?:\.get|\.getlist)?[\[(]"(\w+)"', text))
    for form in _forms():
        if form.__module__.split(".")[0] in APPS:
            found |= set(form.base_fields)
    return sorted(found)


@pytest.fixture
def browser(client: SiteClient) -> tuple[SiteClient, World]:
    owner = MembershipFactory.create(role=Role.OWNER)
    client.force_login(owner.user)
    client.raise_request_exception = False
    return client, World.of(owner.customer)


def _post(client: SiteClient, path: str, body: str) -> HttpResponse:
    kind = "application/x-www-form-urlencoded"
    return client.post(path, body, content_type=kind)  # type: ignore[return-value] # a response


def _failures(client: SiteClient, world: World, value: bytes) -> dict[str, Any]:
    words = "&".join(f"{name}={quote(value)}" for name in names())
    found = {}
    for name in PAGES:
        path = address(name, world)
        codes = (client.get(f"{path}?{words}").status_code, _post(client, path, words).status_code)
        if max(codes) >= 500:
            found[name] = codes
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", ODD)
def test_odd_input_never_fails(browser: tuple[SiteClient, World], kind: str) -> None:
    client, world = browser

    assert _failures(client, world, ODD[kind]) == {}


def test_a_nul_in_a_query_or_form_is_refused_everywhere(
    browser: tuple[SiteClient, World],
) -> None:
    client, world = browser
    wrong = {}
    for name in PAGES:
        path = address(name, world)
        query = client.get(f"{path}?any=a%00b")
        key = client.get(f"{path}?a%00b=any")
        codes = [query.status_code, key.status_code]
        if name not in MACHINES:
            client.force_login(MembershipFactory.create(customer=world.lead.customer).user)
            codes += [
                _post(client, path, "any=a%00b").status_code,
                client.post(path, {"a": [NUL, "b"]}).status_code,
            ]
        # A webhook may answer before anything is read.
        if set(codes) != {400} and name not in MACHINES:
            wrong[name] = codes
        assert max(codes) < 500

    assert wrong == {}


def test_an_address_with_a_nul_is_nowhere(browser: tuple[SiteClient, World]) -> None:
    client, _ = browser
    wrong = {}
    for name, pattern in SITE.items():
        texts = [
            key for key, found in pattern.pattern.converters.items() if found.regex != "[0-9]+"
        ]
        if not texts or name.startswith("admin:"):
            continue
        numbers = dict.fromkeys(pattern.pattern.converters, 1)
        path = reverse(name, kwargs={**numbers, **dict.fromkeys(texts, "x")})
        for bad in (path.replace("/x", "/a%00b"), f"{path}%00"):
            code = client.get(bad).status_code
            if code != 404:
                wrong[bad] = code
    for bad in ("/%00", "/static/%00", "/static/css/%00.css", "/admin/%00", "/portal/%00"):
        if client.get(bad).status_code != 404:
            wrong[bad] = client.get(bad).status_code

    assert wrong == {}


def test_the_refusal_has_our_look_and_the_headers(client: SiteClient) -> None:
    answer = client.get("/?niche=%00")

    assert answer.status_code == 400
    assert "We could not read that" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert client.get("/portal/%00")["Content-Security-Policy"]
