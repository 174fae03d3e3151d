"""The forms in which services of language models answer: what a scripted turn looks like to a real client.

Anthropic's Messages, OpenAI's chat completions and Responses, and Gemini's content. Each form reads the conversation out of a request and
writes a turn, whole or as server-sent events.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_IDS = itertools.count(1)

Messages = Sequence[tuple[str, str]]
"""(role, text) of each message; an answer of the model counts as one message, whatever it holds."""


@dataclass(frozen=True, slots=True)
class Say:
    """Words of the model."""

    text: str
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Call:
    """The model uses a tool of the program."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refuse:
    """The service refuses, for so many requests; None: for ever."""

    status: int
    words: str = ""
    times: int | None = None


Turn = Sequence[Say | Call]


@dataclass(frozen=True, slots=True)
class Form:
    """One service's."""

    messages: Callable[[Mapping[str, Any]], Messages]
    whole: Callable[[Turn, str], dict[str, Any]]
    events: Callable[[Turn, str], Iterator[str]]
    streams: Callable[[str, Mapping[str, Any]], bool] = lambda _path, body: bool(body.get("stream"))
    """Whether a request, by its path and body, wants events."""


def of(path: str) -> Form | None:
    """The form of the service that has this path."""
    if path.endswith("/messages"):
        return ANTHROPIC
    if path.endswith("/chat/completions"):
        return CHAT
    if path.endswith("/responses"):
        return RESPONSES
    return GEMINI if path.endswith((":generateContent", ":streamGenerateContent")) else None


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block["text"]) for block in blocks if isinstance(block, dict) and "text" in block)


def _of_messages(body: Mapping[str, Any]) -> Messages:
    return [(str(m.get("role")), _text(m.get("content"))) for m in body.get("messages") or [] if isinstance(m, dict)]


def _event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def _data(document: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(document)}\n\n"


# ── Anthropic ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_USAGE = {"input_tokens": 12, "output_tokens": 7}


def _anthropic_blocks(turn: Turn) -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, Say)
        else {"type": "tool_use", "id": f"toolu_{next(_IDS)}", "name": part.tool, "input": dict(part.arguments)}
        for part in turn
    ]


def _anthropic(turn: Turn, model: str) -> dict[str, Any]:
    calls = any(isinstance(part, Call) for part in turn)
    return {
        "id": f"msg_{next(_IDS)}", "type": "message", "role": "assistant", "model": model,
        "content": _anthropic_blocks(turn), "stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None,
        "usage": _USAGE,
    }  # fmt: skip


def _anthropic_events(turn: Turn, model: str) -> Iterator[str]:
    whole = _anthropic(turn, model)
    yield _event("message_start", message={**whole, "content": [], "stop_reason": None})
    for index, block in enumerate(whole["content"]):
        if block["type"] == "text":
            begin: dict[str, Any] = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            begin = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield _event("content_block_start", index=index, content_block=begin)
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    yield _event("message_delta", delta={"stop_reason": whole["stop_reason"], "stop_sequence": None}, usage=_USAGE)
    yield _event("message_stop")


ANTHROPIC = Form(_of_messages, _anthropic, _anthropic_events)


# ── OpenAI's chat completions ─────────────────────────────────────────────────────────────────────────────────────────

_CHAT_USAGE = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}


def _chat_message(turn: Turn) -> dict[str, Any]:
    text = "".join(part.text for part in turn if isinstance(part, Say))
    calls = [
        {
            "index": index,
            "id": f"call_{next(_IDS)}",
            "type": "function",
            "function": {"name": part.tool, "arguments": json.dumps(part.arguments)},
        }
        for index, part in enumerate(part for part in turn if isinstance(part, Call))
    ]
    return {"role": "assistant", "content": text, **({"tool_calls": calls} if calls else {})}


def _chat(turn: Turn, model: str) -> dict[str, Any]:
    message = _chat_message(turn)
    reason = "tool_calls" if "tool_calls" in message else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason}
    head = {"id": f"chatcmpl-{next(_IDS)}", "object": "chat.completion", "created": 1, "model": model}
    return {**head, "choices": [choice], "usage": _CHAT_USAGE}


def _chat_events(turn: Turn, model: str) -> Iterator[str]:
    whole = _chat(turn, model)
    head = {"id": whole["id"], "object": "chat.completion.chunk", "created": 1, "model": model}
    (choice,) = whole["choices"]
    for delta, reason in ((choice["message"], None), ({}, choice["finish_reason"])):
        yield _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    yield _data({**head, "choices": [], "usage": _CHAT_USAGE})
    yield "data: [DONE]\n\n"


CHAT = Form(_of_messages, _chat, _chat_events)


# ── OpenAI's Responses ────────────────────────────────────────────────────────────────────────────────────────────────

_RESPONSE_USAGE = {
    "input_tokens": 12, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 19,
}  # fmt: skip


def _of_input(body: Mapping[str, Any]) -> Messages:
    found = body.get("input")
    if not isinstance(found, list):
        return [("user", str(found))]
    pairs: list[tuple[str, str]] = []
    for item in found:
        if item.get("type", "message") == "message":
            pairs.append((str(item.get("role")), _text(item.get("content"))))
        elif item.get("type") == "function_call":
            pairs.append(("assistant", ""))
    return pairs


def _response(turn: Turn, model: str) -> dict[str, Any]:
    output: list[dict[str, Any]] = []
    for part in turn:
        number = next(_IDS)
        if isinstance(part, Say):
            words = {"type": "output_text", "text": part.text, "annotations": []}
            output.append(
                {
                    "type": "message",
                    "id": f"msg_{number}",
                    "role": "assistant",
                    "status": "completed",
                    "content": [words],
                }
            )
        else:
            output.append(
                {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": part.tool,
                 "arguments": json.dumps(part.arguments), "status": "completed"}
            )  # fmt: skip
    return {
        "id": f"resp_{next(_IDS)}", "object": "response", "status": "completed", "model": model, "output": output,
        "usage": _RESPONSE_USAGE,
    }  # fmt: skip


def _response_events(turn: Turn, model: str) -> Iterator[str]:
    whole = _response(turn, model)
    yield _event("response.created", response={**whole, "status": "in_progress", "output": [], "usage": None})
    for index, item in enumerate(whole["output"]):
        yield _event("response.output_item.added", output_index=index, item=item)
        for words in item.get("content", ()):
            where = {"item_id": item["id"], "output_index": index, "content_index": 0}
            yield _event("response.output_text.delta", **where, delta=words["text"])
        yield _event("response.output_item.done", output_index=index, item=item)
    yield _event("response.completed", response=whole)


RESPONSES = Form(_of_input, _response, _response_events)


# ── Gemini ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _of_contents(body: Mapping[str, Any]) -> Messages:
    names = {"model": "assistant"}
    return [(names.get(c.get("role"), "user"), _text(c.get("parts"))) for c in body.get("contents") or []]


def _gemini(turn: Turn, model: str) -> dict[str, Any]:
    parts = [
        {"text": part.text}
        if isinstance(part, Say)
        else {"functionCall": {"name": part.tool, "args": dict(part.arguments)}}
        for part in turn
    ]
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 7, "totalTokenCount": 19}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": model}


def _gemini_events(turn: Turn, model: str) -> Iterator[str]:
    yield _data(_gemini(turn, model))


GEMINI = Form(_of_contents, _gemini, _gemini_events, lambda path, _body: "stream" in path)
