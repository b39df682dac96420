"""The public pages: what HossAgent is, what it costs, and the fine print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from agents.sandbox.services.sample import CannotSample, Sample, make_sample
from billing.plans import PRO
from hossagent.lib.limits import consume_view
from marketing.forms import SampleForm

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True)
class Page:
    """A public page as search engines and link previews see it."""

    name: str
    title: str
    description: str

    @property
    def url(self) -> str:
        return settings.CONFIG.BASE_URL + reverse(f"marketing:{self.name}")

    @property
    def image(self) -> str:
        return f"{settings.CONFIG.BASE_URL}{settings.STATIC_URL}img/card.png"


LANDING = Page(
    "landing",
    "HossAgent: autonomous AI workers, designed to earn",
    "HossAgent finds leads in your niche, writes to them, handles the replies and does the "
    f"follow-up work. For small B2B agencies and consultancies. {PRO.trial_length.days} days free.",
)
HOW_IT_WORKS = Page(
    "how_it_works",
    "How HossAgent works",
    "Leads, outreach, tasks, reports: what the agents do every five minutes, what you decide, "
    "and what they never do.",
)
PRICING = Page(
    "pricing",
    "HossAgent pricing",
    f"One plan, $99 a month, {PRO.trial_length.days} days free: {PRO.trial_tasks} tasks and "
    f"{PRO.trial_leads} leads in the trial, no limits after.",
)
CONTACT = Page(
    "contact_sales",
    "Talk to us about HossAgent",
    "Ask a question or book a demo. A person will answer.",
)
TERMS = Page("terms", "Terms of HossAgent", "The terms under which you use HossAgent.")
PRIVACY = Page(
    "privacy", "Privacy at HossAgent", "What HossAgent stores about you and your leads, and why."
)
PAGES = (LANDING, HOW_IT_WORKS, PRICING, CONTACT, TERMS, PRIVACY)


def render_page(
    request: HttpRequest, page: Page, status: int = 200, **context: Any
) -> HttpResponse:
    """`marketing/<page>.html` with the page's title, description and the plan."""
    return render(
        request,
        f"marketing/{page.name}.html",
        {"page": page, "plan": PRO, **context},
        status=status,
    )


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """The first page; with `niche` and `geography` in the address also a sample."""
    if not request.GET.keys() & {"niche", "geography"}:
        return render_page(request, LANDING, form=SampleForm(), sample=None)
    form = SampleForm(request.GET)
    if not consume_view(request, action="view_sample"):
        form.add_error(
            None, "You have made many samples within an hour. Start the trial to see more."
        )
        return render_page(request, LANDING, status=429, form=form, sample=None)
    return render_page(request, LANDING, form=form, sample=_sample(form))


def _sample(form: SampleForm) -> Sample | None:
    if not form.is_valid():
        return None
    try:
        return make_sample(**form.cleaned_data)
    except CannotSample as error:
        form.add_error(None, str(error))
        return None


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    return render_page(request, HOW_IT_WORKS)


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    return render_page(request, PRICING)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    return render_page(request, TERMS)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render_page(request, PRIVACY)


@require_safe
@cache_control(max_age=3_600)
def robots(request: HttpRequest) -> HttpResponse:
    base = settings.CONFIG.BASE_URL
    return render(request, "marketing/robots.txt", {"base": base}, content_type="text/plain")


@require_safe
@cache_control(max_age=3_600)
def sitemap(request: HttpRequest) -> HttpResponse:
    return render(
        request, "marketing/sitemap.xml", {"pages": PAGES}, content_type="application/xml"
    )
