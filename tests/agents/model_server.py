"""A language model's API on loopback that answers from a script, for real agent programs.

It speaks the forms of `model_forms`. The newest words of the user choose the script: `[[name]]` in them names a list of turns, and the
number of answers that the model has given since is the turn. `{folder}` in a call is where the program works. Everything that a client
sent is kept, so that a test can look at what the model was told and which key came.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.agents import model_forms
from tests.agents.model_forms import Call, Form, Messages, Refuse, Say

__all__ = ["Call", "ModelServer", "Refuse", "Request", "Say", "ScriptedTurn"]

_NAMED = re.compile(r"\[\[([a-z_]+)\]\]")
#: How programs tell a model where they work.
_FOLDER = re.compile(
    r"(?:[Ww]orking directory|working in the directory|[Ww]orkspace [Dd]irector(?:y|ies)|cwd)[^/]{0,24}?[:>]\s*(?:\\n)?\s*(?:- )?[`*]*"
    r"(/[^\s`<*\"\\]+)"
)
_KEY_HEADERS = ("x-api-key", "x-goog-api-key")

ScriptedTurn = Sequence[Say | Call | Refuse]


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

    def __init__(self, script: Mapping[str, Sequence[ScriptedTurn]] | None = None) -> None:
        self.script = dict(script or {})
        self.requests: list[Request] = []
        self.words: dict[str, str] = {}
        """Words of a user that choose a script as well, where a test does not write the instruction itself."""
        self.refuse: Refuse | None = None
        """Refuse each request for an answer."""
        self._refused: Counter[Refuse] = Counter()
        self._ended = threading.Event()
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
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def turn(self, messages: Messages) -> ScriptedTurn:
        """What the model answers."""
        named, number = None, 0
        for role, text in messages:
            found = self._chosen(text) if role == "user" else []
            if found:
                named, number = found[-1], 0
            elif role == "assistant":
                number += 1
        turns = self.script.get(named or "", ())
        return turns[number] if number < len(turns) else (Say("Fine."),)

    def _chosen(self, text: str) -> list[str]:
        return _NAMED.findall(text) or [name for words, name in self.words.items() if words in text][-1:]

    def refusal(self, turn: ScriptedTurn) -> Refuse | None:
        """The refusal that is due, and count it."""
        parts = [self.refuse, *(part for part in turn if isinstance(part, Refuse))]
        for refuse in filter(None, parts):
            self._refused[refuse] += 1
            if refuse.times is None or self._refused[refuse] <= refuse.times:
                return refuse
        return None

    def pause(self, seconds: float) -> None:
        """Let a client wait; not longer than the server runs."""
        self._ended.wait(seconds)


def _placed(turn: Sequence[Say | Call], request: str) -> list[Say | Call]:
    found = _FOLDER.search(request)
    folder = found[1].rstrip("./") if found else "/nowhere"

    def placed(part: Say | Call) -> Say | Call:
        if isinstance(part, Say):
            return part
        texts = {
            name: value.replace("{folder}", folder) if isinstance(value, str) else value
            for name, value in part.arguments.items()
        }
        return Call(part.tool, texts)

    return [placed(part) for part in turn]


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
            form = model_forms.of(path)
            try:
                if form is not None:
                    self._reply(body, form, path)
                else:
                    self._answer({"input_tokens": 10, "totalTokens": 10})
            except (BrokenPipeError, ConnectionResetError):  # its client was stopped
                self.close_connection = True

        def _take(self) -> dict[str, Any]:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(raw or b"{}")
            except ValueError:
                body = {}
            shown = next((self.headers[name] for name in _KEY_HEADERS if self.headers.get(name)), None)
            key = shown or (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            server.requests.append(Request(self.path, key, body if isinstance(body, dict) else {}))
            return body if isinstance(body, dict) else {}

        def _reply(self, body: dict[str, Any], form: Form, path: str) -> None:
            scripted = server.turn(form.messages(body))
            refuse = server.refusal(scripted)
            if refuse is not None:
                kind = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
                error = {"type": kind.get(refuse.status, "api_error"), "message": refuse.words or "refused"}
                self._answer({"type": "error", "error": error}, refuse.status)
                return
            turn = _placed([part for part in scripted if not isinstance(part, Refuse)], json.dumps(body))
            server.pause(sum(part.after_seconds for part in turn if isinstance(part, Say)))
            model = str(body.get("model") or "model")
            if not form.streams(path, body):
                self._answer(form.whole(turn, model))
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for line in form.events(turn, model):
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
