"""Messages in the broker that this version did not write.

While workers are replaced one by one, a worker finds ticks of another release. A tick only
says that it is time to look, and work waits in rows: so a loop that is known runs, whatever
else its tick carries, and a tick for a loop that is not known is dropped. Either is told in
one sentence; Celery's own words are a page with the whole message.

What is no tick at all is dropped as well. Celery's worker would end with it, give it back to
the broker, and end again.
"""

from __future__ import annotations

import logging
import zlib
from typing import TYPE_CHECKING, Any

from celery import Task
from celery.worker.consumer import consumer
from celery.worker.request import Request
from kombu.transport import redis

from hossagent.lib.log_fields import HEADER, read_ids
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("hossagent.ticks")

_NO_TICK = "[TICK][DISCARDED] a message that is no tick of any version"
_NAME_SHOWN = 80


class LoopRequest(Request):
    """A tick on its way to a loop. Of the message it takes the loop's name, an identity, the
    time after which it is of no use, and ids for the log. Anything else, such as a time limit or
    a callback of another version, could stop the whole pool."""

    def __init__(self, message: Any, **given: Any) -> None:
        headers, body = given.pop("headers"), given.pop("body")
        decoded = given.pop("decoded", False)
        loop, identity = given["task"].name, headers["id"]
        if loop.startswith("celery.") or not isinstance(identity, str):
            raise TypeError("one of Celery's own tasks, or no identity")
        kept = {
            "task": loop,
            "id": identity,
            "expires": headers.get("expires"),
            HEADER: read_ids(headers.get(HEADER)),
        }
        # No arguments by place, none by name, nothing that is to follow (Celery's protocol 2).
        super().__init__(message, **given, headers=kept, decoded=True, body=([], {}, {}))
        self.request_dict.update(
            properties={}, reply_to=None, correlation_id=identity, delivery_info={}
        )
        if _carries_something(body if decoded else message.payload):
            logger.warning(
                "[TICK][TAKEN] task=%s came with arguments of another version; they are not used",
                loop,
            )


def _carries_something(body: Any) -> bool:
    try:
        args, kwargs, embed = body
        return bool(args or kwargs or any(embed.values()))
    except (ValueError, TypeError, AttributeError):
        return True


class LoopTask(Task):  # type: ignore[type-arg] # Celery's class has no parameters at run time
    """A loop over rows. It takes no arguments, and it runs when an older tick has some."""

    abstract = True
    Request = "hossagent.foreign_messages:LoopRequest"
    # A tick of another release is no reason for the sender to fail.
    typing = False


def _unknown_task(error: object, _body: object, headers: Any, *_: object) -> str:
    # Somebody else's text: on one line, and not the whole of it.
    name = single_line(str((headers or {}).get("task", error)), _NAME_SHOWN)
    return f"[TICK][DISCARDED] task={name}: this version has no such loop, and nothing is lost"


def _unreadable(*_: object) -> str:
    return _NO_TICK


# Celery's own texts, which its type stubs do not name.
_TEMPLATES = vars(consumer)
_SENTENCES: dict[str, Callable[..., str]] = {
    _TEMPLATES["UNKNOWN_TASK_ERROR"]: _unknown_task,
    _TEMPLATES["INVALID_TASK_ERROR"]: _unreadable,
    _TEMPLATES["MESSAGE_DECODE_ERROR"]: _unreadable,
    _TEMPLATES["UNKNOWN_FORMAT"]: _unreadable,
}


class OneSentence(logging.Filter):
    """Say in a sentence what Celery's worker says in a page about a message."""

    def filter(self, record: logging.LogRecord) -> bool:
        sentence = _SENTENCES.get(record.msg)
        if sentence is not None:
            record.msg = sentence(*(record.args or ()))
            record.args = ()
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def shorten_reports() -> None:
    """From now on the worker reports foreign messages in a sentence each."""
    logging.getLogger(consumer.__name__).addFilter(OneSentence())


# What reading a message raises when it is not of the form that Celery writes.
_MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError, zlib.error)


class _QoS(redis.QoS):
    def restore_by_tag(self, tag: str, *args: Any, **options: Any) -> None:
        """What a worker that is gone held comes back, unless nobody can read it."""
        try:
            super().restore_by_tag(tag, *args, **options)
        except _MALFORMED as error:
            self.ack(tag)
            _tell_dropped(error)


class _Channel(redis.Channel):
    QoS = _QoS

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc] # missing in kombu's stubs
        except (ValueError, RecursionError) as error:  # no JSON, or more of it than Python reads
            _tell_dropped(error)
            return True


class Transport(redis.Transport):
    """Redis as Celery's broker, where a malformed message does not end the worker."""

    Channel = _Channel

    def _deliver(self, message: Any, queue: str | None) -> None:
        try:
            tag = message["properties"]["delivery_tag"]
            tag.encode("ascii")
        except _MALFORMED as error:  # kept by nobody yet
            _tell_dropped(error)
            return
        try:
            super()._deliver(message, queue)
        except _MALFORMED as error:
            # Nobody gets it again.
            for channel in self.channels or ():
                channel.basic_ack(tag)
            _tell_dropped(error)


def _tell_dropped(error: Exception) -> None:
    logger.warning("%s (%s)", _NO_TICK, type(error).__name__)
