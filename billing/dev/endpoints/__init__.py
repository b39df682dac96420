"""One function per endpoint of the pretend API, by subject."""

from __future__ import annotations

from typing import Any

from billing.dev.endpoints import catalog, customers, hosted

# The method, a pattern for the whole path, and a function that takes the `Api`, the groups
# of the pattern and the parameters.
Route = tuple[str, str, Any]
ROUTES: list[Route] = [*catalog.ROUTES, *customers.ROUTES, *hosted.ROUTES]
