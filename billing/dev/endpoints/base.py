"""What an endpoint of the pretend API is given, and how it is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from billing.dev.forms import Params
    from billing.dev.objects import Object
    from billing.dev.world import World

# The method, a pattern for the whole path, and a function that takes the `Context`, the
# groups of the pattern and the parameters.
Route = tuple[str, str, Any]


class Context(Protocol):
    """What an endpoint works on: the objects there are, and lists in pages."""

    world: World

    def page(self, url: str, things: list[Object], params: Params) -> Object: ...
