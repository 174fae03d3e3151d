"""A language model's API on loopback that answers from a script, for real agent programs.

It speaks Anthropic's Messages and OpenAI's chat completions. The newest words of the user choose the script: `[[name]]` in them names a
list of turns, and the number of answers that the model has given since is the turn. Everything that a client sent is kept, so that a test
can look at what the model was told and which key came.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_NAMED = re.compile(r"\[\[([a-z_]+)\]\]")
_USAGE = {"input_tokens": 12, "output_tokens": 7}


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


Turn = Sequence[Say | Call]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client sent."""

    path: str
    key: str
    """The API key that it showed, whatever header held it."""
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """All that it says, as JSON."""
        return json.dumps(self.body, ensure_ascii=False)


class ModelServer:
    """Answers from a script; a context manager, at `url` on a free port of loopback."""

    def __init__(self, script: Mapping[str, Sequence[Turn]] | None = None) -> None:
        self.script = dict(script or {})
        self.requests: list[Request] = []
        self.refuse: int | None = None
        """Refuse each request for an answer with this status."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def asked(self) -> list[Request]:
        """The requests for an answer that had a script."""
        return [request for request in self.requests if _NAMED.search(request.text)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def turn(self, messages: Sequence[tuple[str, str]]) -> Turn:
        """What the model answers; `messages` are (role, text)."""
        named, number = None, 0
        for role, text in messages:
            found = _NAMED.findall(text) if role == "user" else []
            if found:
                named, number = found[-1], 0
            elif role == "assistant":
                number += 1
        turns = self.script.get(named or "", ())
        return turns[number] if number < len(turns) else (Say("Fine."),)


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

        def do_HEAD(self) -> None:
            self._take()
            self._answer({})

        def do_GET(self) -> None:
            self._take()
            self._answer({"data": [], "object": "list", "has_more": False})

        def do_POST(self) -> None:
            body = self._take()
            path = self.path.partition("?")[0]
            if server.refuse is not None:
                self._answer({"error": {"type": "authentication_error", "message": "invalid key"}}, server.refuse)
                return
            if path.endswith("/count_tokens"):
                self._answer({"input_tokens": 10})
            elif path.endswith("/messages"):
                self._reply(body, _messages(body), anthropic_stream, anthropic_answer)
            elif path.endswith("/chat/completions"):
                self._reply(body, _messages(body), openai_stream, openai_answer)
            else:
                self._answer({})

        def _take(self) -> dict[str, Any]:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(raw or b"{}")
            except ValueError:
                body = {}
            key = self.headers.get("x-api-key") or (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            server.requests.append(Request(self.path, key, body if isinstance(body, dict) else {}))
            return body if isinstance(body, dict) else {}

        def _reply(self, body: dict[str, Any], messages: Any, stream: Any, whole: Any) -> None:
            turn = server.turn(messages)
            time.sleep(sum(part.after_seconds for part in turn if isinstance(part, Say)))
            model = str(body.get("model") or "model")
            if not body.get("stream"):
                self._answer(whole(turn, model))
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for line in stream(turn, model):
                self.wfile.write(line.encode())
            self.close_connection = True

        def _answer(self, document: Mapping[str, Any], status: int = 200) -> None:
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

    return Handler


def _messages(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = body.get("messages")
    return [(str(m.get("role")), _text(m.get("content"))) for m in found if isinstance(m, dict)] if found else []


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "\n".join(str(block["text"]) for block in blocks if isinstance(block, dict) and "text" in block)


def _blocks(turn: Turn) -> list[dict[str, Any]]:
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, Say)
        else {
            "type": "tool_use",
            "id": f"toolu_{time.monotonic_ns()}",
            "name": part.tool,
            "input": dict(part.arguments),
        }
        for part in turn
    ]


def anthropic_answer(turn: Turn, model: str) -> dict[str, Any]:
    """A whole message of the Messages API."""
    calls = any(isinstance(part, Call) for part in turn)
    return {
        "id": f"msg_{time.monotonic_ns()}", "type": "message", "role": "assistant", "model": model,
        "content": _blocks(turn), "stop_reason": "tool_use" if calls else "end_turn", "stop_sequence": None,
        "usage": _USAGE,
    }  # fmt: skip


def anthropic_stream(turn: Turn, model: str) -> Iterator[str]:
    """The same message as server-sent events."""

    def event(kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"

    whole = anthropic_answer(turn, model)
    yield event("message_start", message={**whole, "content": [], "stop_reason": None})
    for index, block in enumerate(whole["content"]):
        if block["type"] == "text":
            begin: dict[str, Any] = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            begin = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield event("content_block_start", index=index, content_block=begin)
        yield event("content_block_delta", index=index, delta=delta)
        yield event("content_block_stop", index=index)
    yield event("message_delta", delta={"stop_reason": whole["stop_reason"], "stop_sequence": None}, usage=_USAGE)
    yield event("message_stop")


def openai_answer(turn: Turn, model: str) -> dict[str, Any]:
    """A whole chat completion; words only."""
    text = "".join(part.text for part in turn if isinstance(part, Say))
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }


def openai_stream(turn: Turn, model: str) -> Iterator[str]:
    """The same completion in chunks."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model}
    message = openai_answer(turn, model)["choices"][0]["message"]
    for delta, reason in ((message, None), ({}, "stop")):
        yield f"data: {json.dumps({**head, 'choices': [{'index': 0, 'delta': delta, 'finish_reason': reason}]})}\n\n"
    yield "data: [DONE]\n\n"
