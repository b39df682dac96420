"""One question to a server that speaks OpenAI's HTTP API, answered in a checked shape.

The only place that opens a connection to a language model; it does so only while the
writer subsystem is live.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import openai
from django.conf import settings
from pydantic import BaseModel, ValidationError

from agents.writing.errors import WriterFailed
from hossagent import subsystems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openai.types.chat import ChatCompletion

_Answer = TypeVar("_Answer", bound=BaseModel)

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
RETRIES = 1
MAX_ANSWER_CHARACTERS = 40_000


@dataclass(frozen=True, slots=True)
class Asked(Generic[_Answer]):
    """A checked answer and what it cost, in millionths of a dollar."""

    answer: _Answer
    model: str
    cost_micros: int


def price_micros(*, tokens_in: int, tokens_out: int) -> int:
    """What so many tokens cost, rounded up to a whole millionth of a dollar."""
    config = settings.CONFIG
    cost = config.OPENAI_INPUT_PRICE * tokens_in + config.OPENAI_OUTPUT_PRICE * tokens_out
    return int(Decimal(cost).quantize(Decimal(1), rounding=ROUND_CEILING))


def most_it_can_cost(*, prompt: Sequence[str], max_tokens: int) -> int:
    """An upper bound before asking: no token is shorter than one byte, and one question
    is asked at most twice, each time with a retry."""
    tokens_in = sum(len(part.encode()) for part in prompt) + 1_000
    return price_micros(tokens_in=tokens_in, tokens_out=max_tokens) * 2 * (RETRIES + 1)


def ask(
    *, system: str, user: str, shape: type[_Answer], max_tokens: int, spent: int = 0
) -> Asked[_Answer]:
    """Ask once and check the answer against `shape`.

    Raises `WriterFailed` with a reason in one word and the cost so far: timeout,
    unreachable, rate_limited, refused_key, server_error, refused, cut_off, malformed.
    """
    if not subsystems.writer().is_live:
        raise WriterFailed("dry_run", cost_micros=spent)
    config = settings.CONFIG
    messages: list[Any] = [
        {"role": "system", "content": system},
        {"role": "user", "content": user},
    ]
    # What one answer costs at most, for servers that do not count tokens.
    most = most_it_can_cost(prompt=[system, user], max_tokens=max_tokens) // (2 * (RETRIES + 1))
    timeout = openai.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    try:
        with openai.OpenAI(
            api_key=config.OPENAI_API_KEY.get_secret_value(),
            base_url=config.OPENAI_BASE_URL or None,
            max_retries=RETRIES,
            timeout=timeout,
            http_client=openai.DefaultHttpxClient(timeout=timeout, follow_redirects=False),
        ) as client:
            completion = client.chat.completions.create(
                model=config.OPENAI_MODEL,
                messages=messages,
                max_completion_tokens=max_tokens,
                response_format={
                    "type": "json_schema",
                    "json_schema": {
                        "name": shape.__name__,
                        "schema": _strict_schema(shape),
                        "strict": True,
                    },
                },
            )
    except openai.OpenAIError as error:
        raise WriterFailed(_reason(error), cost_micros=spent) from error
    except ValueError as error:
        # The SDK lets the decoder's own error through for a body that is no JSON.
        raise WriterFailed("malformed", cost_micros=spent) from error
    try:
        return _read(completion, shape, most=most, spent=spent)
    except (AttributeError, TypeError, IndexError) as error:
        # The SDK builds its objects unchecked; a server may have left anything out.
        raise WriterFailed("malformed", cost_micros=spent + most) from error


def _read(
    completion: ChatCompletion, shape: type[_Answer], *, most: int, spent: int
) -> Asked[_Answer]:
    usage = completion.usage
    cost = spent + (
        price_micros(tokens_in=usage.prompt_tokens, tokens_out=usage.completion_tokens)
        if usage
        else most
    )
    if not completion.choices:
        raise WriterFailed("malformed", cost_micros=cost)
    choice = completion.choices[0]
    if choice.message.refusal or choice.finish_reason == "content_filter":
        raise WriterFailed("refused", cost_micros=cost)
    if choice.finish_reason == "length":
        raise WriterFailed("cut_off", cost_micros=cost)
    return Asked(_parse(choice.message.content, shape, cost), completion.model, cost)


def _parse(content: str | None, shape: type[_Answer], cost: int) -> _Answer:
    text = (content or "")[:MAX_ANSWER_CHARACTERS].strip()
    # Some servers wrap JSON in a code fence whatever they were asked.
    text = text.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        return shape.model_validate_json(text)
    except ValidationError as error:
        raise WriterFailed("malformed", cost_micros=cost) from error


def _strict_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema, every object closed and every field required, as strict
    structured output wants it. Limits it does not know are checked by pydantic."""
    schema = json.loads(json.dumps(shape.model_json_schema()))
    for part in [schema, *schema.get("$defs", {}).values()]:
        part["additionalProperties"] = False
        part["required"] = list(part.get("properties", {}))
        for field in part.get("properties", {}).values():
            for unknown in ("maxLength", "minLength", "maxItems", "minItems", "default", "title"):
                field.pop(unknown, None)
                if isinstance(field.get("items"), dict):
                    field["items"].pop(unknown, None)
    return schema  # type: ignore[no-any-return] # JSON in, JSON out


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (openai.APITimeoutError, "timeout"),
    (openai.APIConnectionError, "unreachable"),
    (openai.RateLimitError, "rate_limited"),
    (openai.AuthenticationError, "refused_key"),
    (openai.PermissionDeniedError, "refused_key"),
    (openai.InternalServerError, "server_error"),
    (openai.APIResponseValidationError, "malformed"),
)


def _reason(error: Exception) -> str:
    return next((word for kind, word in _REASONS if isinstance(error, kind)), "request_error")
