"""The components: status words, navigation, pictures that say what they show."""

from __future__ import annotations

import re

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch

from hossagent.lib import charts


def draw(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_page_title_says_that_a_form_came_back() -> None:
    class Sample(forms.Form):
        email = forms.EmailField()

    assert draw("{% error_prefix form %}", form=Sample({})) == "Error: "
    assert draw("{% error_prefix form %}", form=Sample()) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("converted", '<span class="tag tag-go">Converted</span>'),
        ("email_failed", '<span class="tag tag-stop">Email failed</span>'),
        ("dry_run", '<span class="tag tag-mode">DRY RUN</span>'),
        ("new", '<span class="tag">New</span>'),
    ],
)
def test_a_status_is_a_word_first(value: str, expected: str) -> None:
    assert draw("{% status value %}", value=value).strip() == expected


def test_a_mistyped_page_is_an_error() -> None:
    with pytest.raises(NoReverseMatch):
        draw('{% nav_link "portal:nowhere" "Nowhere" %}')


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/portal/", "Home"),
        ("/portal/leads/", "Leads"),
        ("/portal/leads/12/", "Leads"),
        ("/portal/settings/people/", "Settings"),
        ("/portal/outreach/", "Outreach"),
    ],
)
def test_the_navigation_marks_where_the_reader_is(path: str, entry: str) -> None:
    request = RequestFactory().get(path)

    html = draw('{% nav "portal/_nav.html" %}', request=request)

    marked = re.findall(r'aria-current="page">([^<]+)<', html)
    assert marked == [entry, entry]  # once for a wide window, once in the phone's menu


def test_the_navigation_marks_nothing_beside_it() -> None:
    request = RequestFactory().get("/portal/leadsheets/")

    assert "aria-current" not in draw('{% nav "portal/_nav.html" %}', request=request)


def test_the_funnel_says_its_numbers_in_words_and_rows() -> None:
    chart = charts.funnel("Pipeline", [charts.Step("Found", 20, "/leads"), charts.Step("Won", 1)])

    assert chart.description == "Pipeline: found 20, won 1."
    assert [bar.width for bar in chart.bars] == [600, 30]
    html = draw("{% funnel_chart chart %}", chart=chart)
    assert '<a href="/leads">Found</a>' in html
    assert 'aria-labelledby="funnel-title funnel-desc"' in html


def test_an_empty_funnel_has_no_bars() -> None:
    chart = charts.funnel("Pipeline", [charts.Step("Found", 0)])

    assert [bar.width for bar in chart.bars] == [0]


def test_columns_keep_their_rows_for_the_table() -> None:
    chart = charts.columns(
        "Week",
        ["Mon", "Tue"],
        [charts.Series("Sent", "bar", (4, 0)), charts.Series("Replies", "bar-go", (1, 2))],
    )

    assert chart.rows == (("Mon", (4, 1)), ("Tue", (0, 2)))
    assert [column.height for column in chart.columns] == [120, 0, 30, 60]
    assert "sent 4, replies 3" in draw("{% columns_chart chart %}", chart=chart)


def test_a_meter_of_a_plan_that_is_over_claims_no_limit() -> None:
    chart = charts.meter("Leads", used=5_000, limit=None, unit="leads", is_over=True)

    assert (chart.description, chart.width) == ("5,000 so far.", 0)


@pytest.mark.parametrize(
    ("used", "limit", "words", "tone"),
    [
        (5, 20, "5 of 20 leads used.", "bar-go"),
        (20, 20, "20 of 20 leads used.", "bar-stop"),
        (5_000, None, "5,000 leads used, no limit on your plan.", "bar-go"),
    ],
)
def test_a_meter_says_what_is_used(used: int, limit: int | None, words: str, tone: str) -> None:
    chart = charts.meter("Leads", used=used, limit=limit, unit="leads")

    assert (chart.description, chart.tone) == (words, tone)
    assert words in draw("{% meter_chart chart %}", chart=chart)
