"""The components of docs/design.md as template tags: one markup for each kind of part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.forms import CheckboxInput
from django.urls import NoReverseMatch, reverse

from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.forms import BaseForm, BoundField
    from django.template.context import Context

    from hossagent.lib import charts

register = template.Library()

# Words of our states by how they should look; anything else is plain.
GO = frozenset(
    {
        "active",
        "complimentary",
        "converted",
        "done",
        "interested",
        "live",
        "ok",
        "paid",
        "processed",
        "qualified",
        "replied",
        "sent",
        "success",
    }
)
STOP = frozenset(
    {
        "abandoned",
        "api_error",
        "bounce",
        "bounced",
        "canceled_by_provider",
        "complaint",
        "email_failed",
        "fail",
        "failed",
        "invalid",
        "no_creds",
        "opt_out",
        "past_due",
        "past_due_stopped",
        "refused",
        "throttled",
        "trial_expired",
        "unknown",
        "unmatched",
        "unpaid",
        "unsubscribed",
    }
)
QUIET = frozenset({"canceled", "closed", "idle", "skipped", "void"})
MODES = {"dry_run": "DRY RUN", "simulated": "SIMULATED", "sample": "SAMPLE", "live": "LIVE"}


@register.inclusion_tag("_components/field.html")
def field(bound: BoundField, *, optional: bool | None = None) -> dict[str, Any]:
    """A form field with its label, help and error, tied together for screen readers."""
    return {
        "field": bound,
        "is_checkbox": isinstance(bound.field.widget, CheckboxInput),
        "is_optional": not bound.field.required if optional is None else optional,
    }


@register.inclusion_tag("_components/error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """Everything that is wrong with the form, each linked to its field; empty if nothing."""
    return {"form": form}


@register.inclusion_tag("_components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """The error summary, hidden fields, and every visible field in order."""
    return {"form": form}


@register.simple_tag
def error_prefix(form: BaseForm) -> str:
    """ "Error: " for the page title when the form came back, so that it is heard first."""
    return "Error: " if form.is_bound and form.errors else ""


@register.inclusion_tag("_components/status.html")
def status(value: object, label: str = "") -> dict[str, Any]:
    """A status as a small tag. `label` replaces the word itself."""
    word = str(value)
    key = word.lower()
    tone = next(
        (name for name, words in (("go", GO), ("stop", STOP), ("quiet", QUIET)) if key in words),
        "",
    )
    if key == "dry_run" and not label:
        return {"label": MODES[key], "tone": "mode"}
    return {"label": label or word.replace("_", " ").capitalize(), "tone": tone}


@register.inclusion_tag("_components/status.html")
def mode(value: object) -> dict[str, Any]:
    """DRY RUN, SIMULATED or SAMPLE, in reversed type; nothing for live mail."""
    key = str(value).lower()
    return {"label": "" if key == "live" else MODES[key], "tone": "mode"}


@register.inclusion_tag("_components/nav_link.html", takes_context=True)
def nav_link(context: Context, name: str, label: str) -> dict[str, Any]:
    """One entry of a navigation; left out where the page does not exist."""
    try:
        url = reverse(name)
    except NoReverseMatch:
        return {"url": "", "label": label, "is_current": False}
    request = context.get("request")
    path = request.path if request is not None else ""
    is_root = url in {"/", reverse_or_empty("portal:home")}
    return {
        "url": url,
        "label": label,
        "is_current": path == url if is_root else path.startswith(url),
    }


@register.simple_tag
def url_if(name: str, *args: object) -> str:
    """The address of a page, or "" where this installation has no such page."""
    return reverse_or_empty(name, *args)


def reverse_or_empty(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("_components/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Newer and older, keeping the filters of the address; nothing on a single page."""
    return {"page": page, "request": context["request"]}


@register.inclusion_tag("_components/chart_funnel.html")
def funnel_chart(chart: charts.Funnel, key: str = "funnel") -> dict[str, Any]:
    return {"chart": chart, "key": key}


@register.inclusion_tag("_components/chart_columns.html")
def columns_chart(chart: charts.Columns, key: str = "columns") -> dict[str, Any]:
    return {"chart": chart, "key": key}


@register.inclusion_tag("_components/chart_meter.html")
def meter_chart(chart: charts.Meter, key: str = "meter") -> dict[str, Any]:
    return {"chart": chart, "key": key}


@register.filter
def cents(value: int) -> str:
    """`9900` → `$99.00`."""
    return format_cents(value)
