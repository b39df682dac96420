"""The public site: open to everybody, light, and a sample that is clearly a sample."""

from __future__ import annotations

import re

import pytest
from django.template.loader import get_template
from django.urls import reverse

from accounts.models import OutboxMail, SalesInquiry
from agents.models import Lead
from agents.sandbox.services.sample import CannotSample, make_sample
from hossagent.config import BASE_DIR
from marketing.views.pages import PAGES, Page
from tests.helpers.clients import SiteClient

MAX_BYTES = 60_000


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_need_no_session_script_or_inline_style(client: SiteClient, page: Page) -> None:
    name = page.name
    answer = client.get(reverse(f"marketing:{name}"))
    html = answer.content.decode()

    assert answer.status_code == 200
    assert html.count("<h1") == 1
    assert not re.search(r"<script|\sstyle=|\son\w+=", html)
    if name != "contact_sales":  # it has a form, and so a token in a session
        assert not answer.cookies


@pytest.mark.django_db
def test_the_landing_page_weighs_less_than_sixty_kilobytes(client: SiteClient) -> None:
    html = client.get("/", {"niche": "dental clinics", "geography": "Austin"}).content
    files = re.findall(r'(?:href|src)="/static/([^"]+)"', html.decode())

    assert "css/components.css" in files
    weight = len(html) + sum((BASE_DIR / "static" / name).stat().st_size for name in files)
    assert weight < MAX_BYTES


@pytest.mark.django_db
def test_a_sample_is_shown_as_one_and_stored_nowhere(client: SiteClient) -> None:
    html = client.get("/", {"niche": "law firms", "geography": "Boston"}).content.decode()

    assert "SAMPLE" in html
    assert "fictional" in html
    assert html.count('class="sample-lead"') == 3
    assert "Boston" in html
    assert 'value="law firms"' in html
    assert not Lead.objects.exists()


def test_a_sample_depends_on_its_words_and_reaches_nobody() -> None:
    first = make_sample(niche="law firms", geography="Boston")

    assert make_sample(niche="law firms", geography="Boston") == first
    assert all(lead.email.endswith(".example") for lead in first.leads)
    assert first.leads[0].company in first.subject + first.body


def test_a_placeholder_is_refused_in_words() -> None:
    with pytest.raises(CannotSample, match="plain words"):
        make_sample(niche="{{ niche }}", geography="Boston")


@pytest.mark.django_db
def test_hostile_input_is_only_text(client: SiteClient) -> None:
    html = client.get(
        "/", {"niche": "<script>alert(1)</script>", "geography": '"><img src=x>'}
    ).content.decode()

    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.django_db
def test_a_sample_without_words_asks_for_them(client: SiteClient) -> None:
    answer = client.get("/", {"niche": "", "geography": ""})

    assert answer.status_code == 200
    assert "Please check what you entered" in answer.content.decode()


@pytest.mark.django_db
def test_samples_are_limited_per_address(client: SiteClient) -> None:
    words = {"niche": "law firms", "geography": "Boston"}
    codes = [client.get("/", words).status_code for _ in range(31)]
    other = client.get("/", words, REMOTE_ADDR="203.0.113.9")

    assert codes == [200] * 30 + [429]
    assert other.status_code == 200


@pytest.mark.django_db
def test_an_inquiry_is_stored_and_mailed(client: SiteClient) -> None:
    typed = {"name": "Ann", "email": "ann@acme.com", "company": "Acme", "message": "How much?"}

    client.post(reverse("marketing:contact_sales"), typed)

    assert SalesInquiry.objects.get().message == "How much?"
    mail = OutboxMail.objects.get()
    assert (mail.kind, "How much?" in mail.text) == ("accounts/sales_inquiry", True)


@pytest.mark.django_db
def test_inquiries_are_limited_per_address(client: SiteClient) -> None:
    page = reverse("marketing:contact_sales")
    typed = {"name": "Ann", "email": "ann@acme.com", "message": "How much?"}

    codes = [client.post(page, typed).status_code for _ in range(5)]
    refused = client.post(page, typed)
    other = client.post(page, typed, REMOTE_ADDR="203.0.113.9")

    assert (codes, refused.status_code, other.status_code) == ([302] * 5, 429, 302)
    assert (
        "You have sent many messages within an hour. Please email us instead."
        in refused.content.decode()
    )
    assert SalesInquiry.objects.count() == 6


@pytest.mark.django_db
def test_machines_are_thanked_and_not_stored(client: SiteClient) -> None:
    typed = {"name": "Bot", "email": "bot@acme.com", "message": "Buy", "website": "spam"}

    answer = client.post(reverse("marketing:contact_sales"), typed)

    assert answer.status_code == 302
    assert not SalesInquiry.objects.exists()


@pytest.mark.django_db
def test_robots_and_sitemap_name_the_public_pages(client: SiteClient) -> None:
    robots = client.get("/robots.txt").content.decode()
    sitemap = client.get("/sitemap.xml").content.decode()

    assert "Disallow: /portal/" in robots
    assert f"Sitemap: {PAGES[0].url}sitemap.xml" in robots
    assert re.findall(r"<loc>(.*?)</loc>", sitemap) == [page.url for page in PAGES]


@pytest.mark.django_db
def test_a_missing_page_has_our_look(client: SiteClient) -> None:
    answer = client.get("/nothing-here")

    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


def test_the_500_page_needs_nothing() -> None:
    html = get_template("500.html").render()

    assert "Something went wrong on our side" in html
    assert 'href="/static/css/base.css"' in html
