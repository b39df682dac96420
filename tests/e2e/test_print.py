"""On paper a work document is black on white, without the frame of the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.states import TaskStatus
from hossagent.lib import clock
from tests.e2e.conftest import Site, make_member
from tests.factories import TaskFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

BLACK, WHITE = "rgb(0, 0, 0)", "rgb(255, 255, 255)"
DOCUMENT = """# Market snapshot

Clinics in Austin answer their phones *late*.

## What to do

- Call [one of them](https://clinic.example/contact) first.

| Clinic | Phones |
|---|---|
| Acme | 3 |
"""
# What is seen: of every element with words of its own, its colors and where it stands.
SEEN = """() => [...document.body.querySelectorAll("*")]
  .filter(one => one.checkVisibility({visibilityProperty: true}) &&
    [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .map(one => [one.textContent.trim(), getComputedStyle(one).color])"""
BACKGROUNDS = """() => [...document.querySelectorAll("html, body, body *")]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => getComputedStyle(one).backgroundColor)
  .filter(color => color !== "rgba(0, 0, 0, 0)")"""


def open_document(page: Page, site: Site) -> None:
    member = make_member()
    task = TaskFactory.create(
        customer=member.customer,
        title="Market snapshot",
        status=TaskStatus.DONE,
        deliverable=DOCUMENT,
        finished_at=clock.now(),
        due_at=None,
    )
    site.sign_in(page, member.user)
    page.goto(site.path("portal:task_detail", task.pk))


def test_a_document_prints_black_on_white(open_browser: Callable[..., Page], site: Site) -> None:
    page = open_browser()
    open_document(page, site)
    page.emulate_media(media="print")

    words = page.evaluate(SEEN)

    assert page.evaluate(BACKGROUNDS)[0] == WHITE
    assert set(page.evaluate(BACKGROUNDS)) <= {WHITE, "rgb(238, 238, 238)"}
    assert {text: color for text, color in words if color not in {BLACK, "rgb(51, 51, 51)"}} == {}
    article = page.locator("article")
    assert article.evaluate("one => getComputedStyle(one).color") == BLACK


def test_only_the_document_prints(open_browser: Callable[..., Page], site: Site) -> None:
    page = open_browser()
    open_document(page, site)
    on_screen = len(page.evaluate(SEEN))
    page.emulate_media(media="print")

    words = [text for text, _color in page.evaluate(SEEN)]

    assert words[0] == "Market snapshot"
    assert words[-1].startswith("Finished ")
    assert not any("Save as PDF" in text for text in words)
    assert on_screen > len(words)
    for frame in (".site-header", ".site-footer", ".skip-link", "nav", "form", ".button"):
        assert page.locator(f"{frame}:visible").count() == 0, frame
