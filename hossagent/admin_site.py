"""The operator's console: Django's admin with our index, and panels that apps add.

The project package knows no app, so the index is made of panels: an app's admin module
calls `register_panel(...)` with a template and a function that returns its context.
`register_page(...)` adds a page beside the lists in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import path
from django_otp.plugins.otp_totp.models import TOTPDevice

from hossagent import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.template.response import TemplateResponse


@dataclass(frozen=True, slots=True)
class Panel:
    """One block of the console's index; `order` sorts, lowest on top."""

    order: int
    template: str
    context: Callable[[HttpRequest], dict[str, Any]]


_panels: list[Panel] = []


def register_panel(
    *, order: int, template: str, context: Callable[[HttpRequest], dict[str, Any]]
) -> None:
    """Add a panel to the console's index."""
    _panels.append(Panel(order, template, context))


@dataclass(frozen=True, slots=True)
class Page:
    """One address under /admin/, for signed-in operators only."""

    route: str
    view: Callable[..., HttpResponseBase]
    name: str


_pages: list[Page] = []


def register_page(*, route: str, view: Callable[..., HttpResponseBase], name: str) -> None:
    """Add a page to the console at `/admin/<route>`, named `admin:<name>`."""
    _pages.append(Page(route, view, name))


class ConsoleSite(admin.AdminSite):
    site_header = "HossAgent console"
    site_title = "HossAgent"
    index_title = "Console"
    index_template = "admin/console.html"
    enable_nav_sidebar = False
    site_url = None

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators only, in the console's own realm; with a confirmed one-time password
        device, only in a session that has passed it."""
        if getattr(request, "realm", "") != "console" or not super().has_permission(request):
            return False
        is_verified = bool(request.user.is_verified())  # type: ignore[union-attr] # added by django-otp
        return (
            is_verified or not TOTPDevice.objects.filter(user=request.user, confirmed=True).exists()
        )

    def get_urls(self) -> list[Any]:
        own = [path(page.route, self.admin_view(page.view), name=page.name) for page in _pages]
        return own + super().get_urls()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return {**super().each_context(request), "version": __version__}

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        panels = [
            {"template": panel.template, "context": panel.context(request)}
            for panel in sorted(_panels, key=lambda panel: panel.order)
        ]
        return super().index(request, {**(extra_context or {}), "panels": panels})
