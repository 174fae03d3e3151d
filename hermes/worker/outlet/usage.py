"""Counts what answers of language models cost, by the numbers of tokens that the services themselves report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from hermes.worker.outlet import providers

#: An answer that is no stream is kept up to here for its numbers.
_WHOLE_BYTES: Final = 16 * 1024 * 1024
#: Where a service reports no numbers: characters of a request for a token, and bytes of a stream with its frames.
_ASKED_CHARS: Final = 4
_STREAMED_BYTES: Final = 24
_ANSWERS: Final = (
    "/messages",
    "/chat/completions",
    "/responses",
    "/embeddings",
    "/completions",
    ":generatecontent",
    ":streamgeneratecontent",
)
#: The name of each number in the services' reports, by what it counts. Input includes what was cached, unless it is Anthropic's.
_INPUT, _OUTPUT = (
    ("input_tokens", "prompt_tokens", "promptTokenCount"),
    ("output_tokens", "completion_tokens", "candidatesTokenCount"),
)
_WRITTEN, _APART = "cache_creation_input_tokens", "cache_read_input_tokens"
#: Writing into the cache costs a quarter more than input (Anthropic).
_WRITING: Final = 1.25


class AnswerMeter:
    """The cost of one answer; its bytes are fed as they come."""

    def __init__(self, *, path: str, request: bytes, streamed: bool) -> None:
        asked = f"/{path}".partition("?")[0].lower()
        self._counts = (
            asked.endswith(_ANSWERS) or "/responses/" in asked
        )  # one that is fetched later has its numbers then
        self._asked = len(request)
        self._streamed = streamed
        self._model = _model_of(request)
        self._rest = b""
        self._bytes = 0
        self._most: dict[str, int] = {}

    def feed(self, chunk: bytes) -> None:
        """More of the answer."""
        self._bytes += len(chunk)
        if not self._counts:
            return
        self._rest += chunk
        if self._streamed:
            *lines, self._rest = self._rest.split(b"\n")
            for line in lines:
                if line.startswith(b"data:"):
                    self._read(line[5:])
        elif len(self._rest) > _WHOLE_BYTES:
            self._rest = b""

    def cost_usd(self) -> float:
        """What it cost so far; at the end of an answer that is no stream, what it cost."""
        if not self._counts:
            return 0.0
        if not self._streamed and self._rest:
            self._read(self._rest)
            self._rest = b""
        most, price = self._most, providers.price(self._model)
        if not most:
            return (self._asked / _ASKED_CHARS * price.input + self._bytes / _STREAMED_BYTES * price.output) / 1e6
        apart, cached = most.get(_APART, 0), most.get("cached", 0)
        fresh = max(most.get("input", 0) - cached, 0)
        given = fresh * price.input + (apart + cached) * price.cached + most.get(_WRITTEN, 0) * price.input * _WRITING
        return (given + most.get("output", 0) * price.output) / 1e6

    def _read(self, text: bytes) -> None:
        try:
            found = json.loads(text)
        except ValueError:
            return
        for document in _parts(found):
            if isinstance(document.get("model"), str):
                self._model = document["model"]
            self._note(document.get("usage") or document.get("usageMetadata"))

    def _note(self, usage: object) -> None:
        if not isinstance(usage, Mapping):
            return
        details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
        numbers = {
            "input": _number(usage, *_INPUT),
            "output": _number(usage, *_OUTPUT) + _number(usage, "thoughtsTokenCount"),
            "cached": _number(details, "cached_tokens") + _number(usage, "cachedContentTokenCount"),
            _WRITTEN: _number(usage, _WRITTEN),
            _APART: _number(usage, _APART),
        }
        for name, number in numbers.items():
            self._most[name] = max(self._most.get(name, 0), number)


def _parts(found: object) -> list[dict[str, Any]]:
    """A report and what it wraps: `message` of Anthropic's first event, `response` of OpenAI's last."""
    if not isinstance(found, dict):
        return []
    return [found, *(found[name] for name in ("message", "response") if isinstance(found.get(name), dict))]


def _number(found: object, *names: str) -> int:
    for name in names:
        value = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return 0


def _model_of(request: bytes) -> str:
    try:
        found = json.loads(request)
    except ValueError:
        return ""
    model = found.get("model") if isinstance(found, dict) else None
    return model if isinstance(model, str) else ""
