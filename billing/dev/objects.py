"""The pretend Stripe's objects: created, listed, shown in an API version, with their events."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Object = dict[str, Any]
Shape = Literal["new", "old"]


class ApiError(Exception):
    """An error that Stripe's API answers with."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        code: str = "",
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.kind = status, code, kind


@dataclass
class Objects:
    """One Stripe account in test mode, as plain dictionaries. `clock` gives its time.

    Objects have the current API's shape, or the older one with `shape="old"`. Everything
    that changes one adds the events that Stripe would send.
    """

    clock: Callable[[], datetime]
    shape: Shape = "new"
    base_url: str = "http://stand-in.test"
    livemode: bool = False
    objects: dict[str, Object] = field(default_factory=dict)
    events: list[Object] = field(default_factory=list)
    # Customers whose cards are declined when charged.
    declined: set[str] = field(default_factory=set)
    count: int = 0
    # What Stripe knows about an object and does not return, by the object's id.
    secrets: dict[str, Object] = field(default_factory=dict)

    def new_id(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count:06d}"

    def epoch(self) -> int:
        return int(self.clock().timestamp())

    def add(self, kind: str, prefix: str, values: Object) -> Object:
        made = {
            "id": values.pop("id", None) or self.new_id(prefix),
            "object": kind,
            "created": self.epoch(),
            "livemode": self.livemode,
            "metadata": values.pop("metadata", {}),
            **values,
        }
        self.objects[made["id"]] = made
        return made

    def get(self, kind: str, identity: str) -> Object:
        found = self.objects.get(identity)
        if found is None or found["object"] != kind:
            raise ApiError(f"No such {kind}: '{identity}'", status=404, code="resource_missing")
        return found

    def all(self, kind: str, **filters: Any) -> list[Object]:
        """All objects of a kind, newest first, as Stripe lists them."""
        found = [
            thing
            for thing in self.objects.values()
            if thing["object"] == kind
            and all(thing.get(name) == value for name, value in filters.items())
        ]
        return sorted(found, key=lambda thing: (thing["created"], thing["id"]), reverse=True)

    def emit(self, type_: str, subject: Object) -> Object:
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "type": type_,
            "created": self.epoch(),
            "livemode": self.livemode,
            "api_version": "2026-08-26.dahlia" if self.shape == "new" else "2024-06-20",
            "data": {"object": copy.deepcopy(self.shown(subject))},
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
        }
        self.events.append(event)
        return event

    def secret(self, thing: Object) -> Object:
        return self.secrets.setdefault(thing["id"], {})

    def shown(self, thing: Object) -> Object:
        """The object as the chosen API version returns it."""
        if thing["object"] == "payment_link":
            # Stripe does not say when a link was created.
            return {name: value for name, value in thing.items() if name != "created"}
        if self.shape == "new":
            return thing
        thing = copy.deepcopy(thing)
        if thing["object"] == "subscription":
            item = thing["items"]["data"][0]
            for name in ("current_period_start", "current_period_end"):
                thing[name] = item.pop(name)
        if thing["object"] == "invoice":
            parent = thing.pop("parent") or {}
            details = parent.get("subscription_details") or {}
            thing["subscription"] = details.get("subscription")
            thing["paid"] = thing["status"] == "paid"
        return thing
