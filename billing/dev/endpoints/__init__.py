"""One function per endpoint of the pretend API, by subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.dev.endpoints import catalog, customers, hosted

if TYPE_CHECKING:
    from billing.dev.endpoints.base import Route

ROUTES: list[Route] = [*catalog.ROUTES, *customers.ROUTES, *hosted.ROUTES]
