"""Stripe's HTTP API over a `World`: parameters in, JSON out, idempotency and pages."""

from __future__ import annotations

import copy
import json
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from billing.dev.endpoints import ROUTES
from billing.dev.forms import decode_form
from billing.dev.objects import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from billing.dev.forms import Params
    from billing.dev.objects import Object
    from billing.dev.world import World


@dataclass
class Call:
    """One request as Stripe received it."""

    method: str
    path: str
    params: Params
    headers: dict[str, str]


@dataclass
class Api:
    """Answers requests, and records every one of them in `calls`."""

    world: World
    is_down: bool = False
    rejects_key: bool = False
    # A path that is in here is answered with this error.
    errors: dict[str, ApiError] = field(default_factory=dict)
    page_size: int | None = None
    calls: list[Call] = field(default_factory=list)
    replays: dict[str, tuple[str, Params, int, str]] = field(default_factory=dict)
    before_answer: Callable[[Call], None] | None = None
    lock: Any = field(default_factory=threading.RLock)

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[str, int, dict[str, str]]:
        parts = urlsplit(url)
        query = parts.query if method in {"get", "delete"} else (body or "")
        call = Call(
            method,
            parts.path,
            decode_form(query),
            {name.lower(): value for name, value in headers.items()},
        )
        with self.lock:
            self.calls.append(call)
            text, status = self._answer(call)
        if self.before_answer is not None:
            self.before_answer(call)
        return text, status, {"request-id": f"req_{len(self.calls)}"}

    def _answer(self, call: Call) -> tuple[str, int]:
        if planned := self._planned_error(call):
            return _error_answer(planned)
        key = call.headers.get("idempotency-key", "") if call.method == "post" else ""
        if key in self.replays and key:
            path, params, status, text = self.replays[key]
            if (path, params) != (call.path, call.params):
                return _error_answer(
                    ApiError(
                        "Keys for idempotent requests can only be used with the same parameters.",
                        kind="idempotency_error",
                    )
                )
            return text, status
        try:
            text, status = json.dumps(self._route(call)), 200
        except ApiError as error:
            return _error_answer(error)
        if key:
            self.replays[key] = (call.path, copy.deepcopy(call.params), status, text)
        return text, status

    def _planned_error(self, call: Call) -> ApiError | None:
        if self.is_down:
            return ApiError("Stripe is down.", status=503, kind="api_error")
        if self.rejects_key:
            return ApiError("Invalid API Key provided.", status=401)
        return self.errors.get(call.path)

    def _route(self, call: Call) -> Object:
        for method, pattern, handler in ROUTES:
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                return self.world.shown(handler(self, *found.groups(), params=call.params))
        raise ApiError(f"Unrecognized request URL ({call.method} {call.path}).", status=404)

    def page(self, url: str, things: list[Object], params: Params) -> Object:
        after = params.get("starting_after")
        if after:
            ids = [thing["id"] for thing in things]
            things = things[ids.index(after) + 1 :]
        limit = self.page_size or int(params.get("limit", 10))
        return {
            "object": "list",
            "url": url,
            "has_more": len(things) > limit,
            "data": [self.world.shown(thing) for thing in things[:limit]],
        }


def _error_answer(error: ApiError) -> tuple[str, int]:
    body: Object = {"message": str(error), "type": error.kind}
    if error.code:
        body["code"] = error.code
    return json.dumps({"error": body}), error.status
