"""The parts of docs/reference/design.md as template tags: one markup for each kind of part."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from hossagent.lib.money import format_cents
from hossagent.lib.tones import Tone, tone_of

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.forms import BaseForm
    from django.template.context import Context

    from hossagent.lib import charts

register = template.Library()

# The end of a tag's CSS class for each tone.
TAGS = {Tone.GOOD: "go", Tone.BAD: "stop", Tone.QUIET: "quiet", Tone.NEUTRAL: ""}
# What sets something apart from real mail.
MODES = {"dry_run": "DRY RUN", "simulated": "SIMULATED", "sample": "SAMPLE", "live": ""}


@register.simple_tag
def error_prefix(form: BaseForm) -> str:
    """ "Error: " for the page title when the form came back, so that it is heard first."""
    return "Error: " if form.is_bound and form.errors else ""


@register.simple_tag
def status(value: object, label: str = "", *, tone: str = "") -> SafeString:
    """A status as a small tag in its own tone. `label` replaces the word itself.

    A sentence that is no status names its `tone`: `{% status "Expired" tone="bad" %}`.
    """
    return _status(str(value), label, Tone(tone) if tone else tone_of(value))


@register.simple_tag
def mode(value: object) -> SafeString:
    """DRY RUN, SIMULATED or SAMPLE, set apart; nothing for live mail."""
    return _tag(MODES[str(value).lower()], "mode")


@lru_cache(maxsize=1_000)
def _status(word: str, label: str, tone: Tone) -> SafeString:
    if word == "dry_run" and not label:
        return _tag(MODES[word], "mode")
    return _tag(label or word.replace("_", " ").capitalize(), TAGS[tone])


@lru_cache(maxsize=1_000)
def _tag(label: str, tone: str) -> SafeString:
    if not label:
        return SafeString("")
    return format_html('<span class="tag{}">{}</span>', f" tag-{tone}" if tone else "", label)


@register.simple_tag(takes_context=True)
def nav_link(context: Context, name: str, label: str) -> SafeString:
    """One entry of a navigation, marked where the reader is."""
    url = reverse(name)
    path = context["place"] if "place" in context else _path(context)
    is_root = url in {"/", reverse("portal:home")}
    is_current = path == url if is_root else path.startswith(url)
    return _nav_link(url, label, ' aria-current="page"' if is_current else "")


@register.simple_tag(takes_context=True)
def nav(context: Context, name: str) -> SafeString:
    """The navigation `name`, marked where the reader is; drawn once for each place.

    It knows nothing of the page or its reader but `place`: the first two parts of the
    address, which is what the entries of a navigation tell apart.
    """
    parts = [part for part in _path(context).split("/")[1:3] if part]
    return _drawn(name, "", (("place", "/".join(["", *parts, ""])),))


def _path(context: Context) -> str:
    request = context.get("request")
    return request.path if request is not None else ""


@lru_cache(maxsize=1_000)
def _nav_link(url: str, label: str, mark: str) -> SafeString:
    return format_html(
        '<li><a href="{}"{}>{}</a></li>',
        url,
        mark_safe(mark),  # noqa: S308 # one of two constants
        label,
    )


@register.inclusion_tag("_components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Newer and older, keeping the filters of the address; nothing on a single page."""
    return {"page": page, "request": context["request"]}


@register.simple_tag
def funnel_chart(chart: charts.Funnel, key: str = "funnel") -> SafeString:
    return _draw("funnel", chart, key)


@register.simple_tag
def columns_chart(chart: charts.Columns, key: str = "columns") -> SafeString:
    return _draw("columns", chart, key)


@register.simple_tag
def meter_chart(chart: charts.Meter, key: str = "meter") -> SafeString:
    return _draw("meter", chart, key)


@lru_cache(maxsize=500)
def _draw(kind: str, chart: object, key: str) -> SafeString:
    """A picture depends on its frozen numbers alone, so equal numbers are drawn once."""
    template = get_template(f"_components/chart_{kind}.html")
    return SafeString(template.render({"chart": chart, "key": key}))


@register.simple_tag
def drawn(name: str, **values: Any) -> SafeString:
    """The part `name`, drawn from `values` alone; equal values are drawn once.

    The values are frozen (they are compared, not their identity), and the part knows
    nothing else of the page but its time zone.
    """
    return _drawn(name, timezone.get_current_timezone_name(), tuple(values.items()))


@lru_cache(maxsize=500)
def _drawn(name: str, _zone: str, values: tuple[tuple[str, Any], ...]) -> SafeString:
    return SafeString(get_template(name).render(dict(values)))


@register.filter
def cents(value: int) -> str:
    """`9900` → `$99.00`."""
    return format_cents(value)
