"""The addresses and facts that a website publishes, and which address is chosen."""

from __future__ import annotations

import time

import pytest

from agents.leads.website import choose_address, read_site
from tests.conftest import NOON
from tests.fakes.website import cedar, published, read_cedar


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Grace Kim", "grace.kim@cedar.com"),
        ("", "front@cedar.com"),
        ("Somebody Else", "front@cedar.com"),
    ],
)
def test_the_contacts_own_address_is_preferred(name: str, email: str) -> None:
    report = read_site("cedar.com", company="Cedar", now=NOON, fetch=cedar())

    chosen = choose_address(report, contact_name=name)

    assert chosen is not None
    assert chosen.email == email


@pytest.mark.parametrize(
    ("html", "emails"),
    [
        ('<a href="MAILTO:ada%40cedar.com?subject=x">Mail</a>', ["ada@cedar.com"]),
        ("<p>ada@cedar.com</p><p>ADA@cedar.com</p>", ["ada@cedar.com"]),
        ("<p>ada..byron@cedar.com</p>", []),
        ("<p>ada@cedar.com.other.com, ada@mycedar.com</p>", []),
        ("<p>ada@mail.cedar.com</p>", ["ada@mail.cedar.com"]),
        ("<style>ada@cedar.com</style>", []),
        ("<noscript>ada@cedar.com</noscript>", []),
        ("<template>ada@cedar.com</template>", []),
        ("<svg>ada@cedar.com</svg>", []),
        ("</svg><p>ada@cedar.com</p>", ["ada@cedar.com"]),
        ("<svg></svg></svg><svg>ada@cedar.com</svg>", []),
        ("<!-- ada@cedar.com -->", []),
        ('<p title="ada@cedar.com">Ada</p>', []),
        # What was read before the parser gives up counts; so does a page that just ends.
        ("<p>ada@cedar.com</p><![nonsense[ <p>eva@cedar.com</p>", ["ada@cedar.com"]),
        ("<p>ada@cedar.com, R&D", ["ada@cedar.com"]),
    ],
)
def test_an_address_counts_when_people_see_it(html: str, emails: list[str]) -> None:
    assert published(html) == [(email, "cedar.com/") for email in emails]


def test_an_address_on_two_pages_came_from_the_first() -> None:
    home = '<a href="/contact-us">Contact</a><p>info@cedar.com</p>'
    contact = {"https://cedar.com/contact-us": "<p>INFO@cedar.com, ada@cedar.com</p>"}

    assert published(home, **contact) == [
        ("info@cedar.com", "cedar.com/"),
        ("ada@cedar.com", "cedar.com/contact-us"),
    ]


def data(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    ("blocks", "emails", "facts"),
    [
        (data('[{"email": "ada@cedar.com"}]'), ["ada@cedar.com"], []),
        (data('{"@graph": {"email": "ada@cedar.com"}}'), ["ada@cedar.com"], []),
        (data('{"@graph": 5, "email": "ada@cedar.com"}'), ["ada@cedar.com"], []),
        (data('{"email": ["ada@cedar.com", 5]}'), ["ada@cedar.com"], []),
        (data('{"contactPoint": {"email": "mailto:ada@cedar.com"}}'), ["ada@cedar.com"], []),
        (
            data('{"employee": [{"email": "ada@cedar.com"}, "Bob"], "founder": 5}'),
            ["ada@cedar.com"],
            [],
        ),
        (data('{"review": {"author": {"email": "ada@cedar.com"}}}'), [], []),
        (data("{broken") + data('{"email": "ada@cedar.com"}'), ["ada@cedar.com"], []),
        (data("[" * 100_000) + data('{"email": "ada@cedar.com"}'), ["ada@cedar.com"], []),
        (data('{"foundingDate": "about 1998"}'), [], []),
        (data('{"foundingDate": "1998"}') * 2, [], ["Cedar was founded in 1998."]),
        (data('{"address": "Austin"}'), [], []),
        (data('{"address": {"addressLocality": ["Austin"]}}'), [], []),
        (data('{"address": {"addressLocality": " "}}'), [], []),
        (data('{"address": {"addressLocality": "Austin\\nTX"}}'), [], ["Cedar is in Austin TX."]),
        ('<meta name="Description" content="Dentists.">', [], ["Cedar says of itself: Dentists."]),
        (
            f'<meta name="description" content="{"x" * 300}">',
            [],
            [f"Cedar says of itself: {'x' * 200}."],
        ),
    ],
)
def test_json_ld_is_read_as_far_as_it_has_the_form(
    blocks: str, emails: list[str], facts: list[str]
) -> None:
    report, _ = read_cedar(blocks)

    assert [found.email for found in report.addresses] == emails
    assert report.facts == [
        {"text": text, "source": "https://cedar.com/", "at": NOON.isoformat()} for text in facts
    ]


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<a href='", "</ ", "<p>"])
def test_a_page_made_to_take_long_is_read_in_time(piece: str) -> None:
    started = time.process_time()

    assert published(f"<p>ada@cedar.com</p>{piece * (200_000 // len(piece))}") == [
        ("ada@cedar.com", "cedar.com/")
    ]
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("emails", "name", "chosen"),
    [
        (["noreply@cedar.com"], "", None),
        (
            ["info@cedar.com", "cedarclinic@gmail.com", "team.kim@cedar.com"],
            "",
            "team.kim@cedar.com",
        ),
        (["info@cedar.com", "anna.li@cedar.com"], "Jo A. Li", "anna.li@cedar.com"),
        # Two letters of a name say nothing about an address that happens to hold them.
        (["grace@cedar.com", "julia@cedar.com"], "Li", "grace@cedar.com"),
        (["grace@cedar.com", "grace.kim@cedar.com"], "Grace Kim", "grace.kim@cedar.com"),
    ],
)
def test_of_published_addresses_the_most_personal_is_chosen(
    emails: list[str], name: str, chosen: str | None
) -> None:
    report, _ = read_cedar("".join(f"<p>{email}</p>" for email in emails))

    found = choose_address(report, contact_name=name)

    assert (found.email if found else None) == chosen
