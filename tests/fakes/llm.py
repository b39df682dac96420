"""A language model on loopback: speaks OpenAI's HTTP API and answers as it is told.

Behaviors, one per request in order, the last one repeated: a dict is a good answer with
that content; the words slow, malformed, wrong_shape, fenced, refusing, cut_off, empty,
no_usage, not_an_object, 429, 500, 401, redirect and drop name the faults.
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "fake-writer-1"
TOKENS_IN, TOKENS_OUT = 1_000, 200
SLOW_SECONDS = 1.5


class FakeLlm:
    """State of one server: what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.behaviors: list[Any] = []
        self.requests: list[dict[str, Any]] = []
        self.lock = threading.Lock()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length) or b"{}")
                with fake.lock:
                    fake.requests.append(
                        {"path": self.path, "key": self.headers.get("Authorization"), **body}
                    )
                    behavior = (
                        fake.behaviors.pop(0) if len(fake.behaviors) > 1 else fake.behaviors[0]
                    )
                fake.answer(self, behavior, body)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def answer(self, handler: BaseHTTPRequestHandler, behavior: Any, body: dict[str, Any]) -> None:
        if behavior == "drop":
            handler.close_connection = True
            handler.connection.close()
            return
        if behavior == "slow":
            time.sleep(SLOW_SECONDS)
        status, payload = _respond(behavior, body)
        raw = payload.encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(raw)))
        if status == 302:
            handler.send_header("Location", "http://127.0.0.1:9/elsewhere")
        handler.end_headers()
        try:
            handler.wfile.write(raw)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True


def _respond(behavior: Any, body: dict[str, Any]) -> tuple[int, str]:
    errors = {"429": 429, "500": 500, "401": 401, "redirect": 302}
    if isinstance(behavior, str) and behavior in errors:
        return errors[behavior], json.dumps({"error": {"message": behavior, "type": "fake"}})
    if behavior == "not_an_object":
        return 200, json.dumps({"object": "chat.completion", "choices": [None]})
    if behavior == "malformed":
        return 200, "<html>not json at all"
    return 200, json.dumps(_completion(behavior, body))


def _completion(behavior: Any, body: dict[str, Any]) -> dict[str, Any]:
    content: str | None = json.dumps(behavior) if isinstance(behavior, dict) else "{}"
    message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
    finish = "stop"
    if behavior == "wrong_shape":
        message["content"] = json.dumps({"poem": "roses"})
    elif behavior == "refusing":
        message |= {"content": None, "refusal": "I cannot help with that."}
    elif behavior == "cut_off":
        message["content"], finish = '{"subject": "half', "length"
    elif isinstance(behavior, dict) and "fenced" in behavior:
        message["content"] = f"```json\n{json.dumps(behavior['fenced'])}\n```"
    elif callable(behavior):
        message["content"] = json.dumps(behavior(body))
    completion: dict[str, Any] = {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {
            "prompt_tokens": TOKENS_IN,
            "completion_tokens": TOKENS_OUT,
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        },
    }
    if behavior == "empty":
        completion["choices"] = []
    if isinstance(behavior, dict) and "no_usage" in behavior:
        message["content"] = json.dumps(behavior["no_usage"])
        del completion["usage"]
    return completion


def serve() -> Iterator[FakeLlm]:
    """A running server, stopped afterwards."""
    fake = FakeLlm()
    fake.thread.start()
    try:
        yield fake
    finally:
        fake.server.shutdown()
        fake.server.server_close()
        fake.thread.join()
