"""What every line of a log says about where it comes from: a request, a tick, a cycle.

`with log_fields(cycle=new_id(), customer=7):` and each line written inside carries both.
Context variables keep them: a thread, and a task after another one, starts without.

django-guid has one id for a request and hands it to Celery. A tick, a cycle and a customer
are ids of ours, and a request's own is taken from a trusted proxy only, so nearly all of
this would still be here beside it.
"""

from __future__ import annotations

import re
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextvars import Token

_fields: ContextVar[Mapping[str, str]] = ContextVar("log_fields", default=MappingProxyType({}))
_process = {"role": ""}

# The message header in which ids travel from whoever queues a task to the worker.
HEADER = "hossagent_log"
# What of the sender's is passed on; the loop and the tick are the worker's own.
PASSED_ON = ("request", "cycle", "customer", "tick")

# What others may hand to us as an id: short, and harmless in any log and header.
_HARMLESS = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def new_id() -> str:
    """Sixteen characters that no other event has."""
    return secrets.token_hex(8)


def is_harmless(text: object) -> bool:
    """Whether `text` may be an id in our logs although somebody else chose it."""
    return isinstance(text, str) and _HARMLESS.fullmatch(text) is not None


def read_ids(given: object) -> dict[str, str]:
    """Of what stands in the header `HEADER`, the ids that may stand in a line of the log."""
    ids = given if isinstance(given, dict) else {}
    return {name: value for name, value in ids.items() if name in PASSED_ON and is_harmless(value)}


def current_fields() -> Mapping[str, str]:
    """What a line written here and now carries."""
    return _fields.get()


def add_fields(**fields: object) -> Token[Mapping[str, str]]:
    """Let the lines that follow carry `fields`, until `drop_fields` gets what this returns."""
    return _fields.set({**_fields.get(), **{name: str(value) for name, value in fields.items()}})


def drop_fields(token: Token[Mapping[str, str]]) -> None:
    _fields.reset(token)


@contextmanager
def log_fields(**fields: object) -> Iterator[None]:
    """Let the lines written inside carry `fields`."""
    token = add_fields(**fields)
    try:
        yield
    finally:
        drop_fields(token)


def set_role(role: str) -> None:
    """Say what this process is: web, worker, beat, or the name of a command."""
    _process["role"] = role


def get_role() -> str:
    return _process["role"]
