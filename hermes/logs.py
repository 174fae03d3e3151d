"""Logs: one line for each event, as JSON or as text. No line has a mail's text, and none at info level a whole address.

Names, subjects and errors bring words of strangers into the log. They cannot act there: `LineHandler` is the only writer, and it
escapes every character that moves a terminal's cursor or begins a line (`hermes.domain.escape`).
"""

from __future__ import annotations

import contextlib
import contextvars
import datetime
import logging
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TextIO

from hermes.domain import escape
from hermes.domain.events import Event

_LOG = logging.getLogger("hermes")
_WARNINGS = ("failed", "deferred", "lost", "unreadable", "unclaimed", "dropped", "unanswered", "orphaned")


#: The attributes that every log record has; all others were given as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_BOUND: contextvars.ContextVar[Mapping[str, object]] = contextvars.ContextVar("bound", default=MappingProxyType({}))


@contextlib.contextmanager
def bound(**facts: object) -> Iterator[None]:
    """Add these facts to each log line of the block and of the tasks that it starts; None is left out."""
    token = _BOUND.set({**_BOUND.get(), **{name: value for name, value in facts.items() if value is not None}})
    try:
        yield
    finally:
        _BOUND.reset(token)


def about() -> Mapping[str, object]:
    """The facts that are bound in this context."""
    return _BOUND.get()


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object: `at` (RFC 3339), `level`, `logger`, `text`, `action`, and all facts that are bound or given."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "at": datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        extra = {name: value for name, value in vars(record).items() if name not in _OWN}
        facts = extra.pop("facts", None)
        for name, value in {**_BOUND.get(), **extra, **(facts if isinstance(facts, dict) else {})}.items():
            line.setdefault(name, value)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return escape.document(line)


#: The facts that a line of text has behind it: what it is about, and where something listens.
_IN_TEXT = (
    "mail_id",
    "session_id",
    "command_id",
    "reply_id",
    "container_key",
    "project",
    "uid",
    "where",
    "host",
    "port",
)


def _ids(record: logging.LogRecord, text: str) -> str:
    """The facts of a record for people, without those that the text has already."""
    facts = getattr(record, "facts", None)
    found = {**_BOUND.get(), **vars(record), **(facts if isinstance(facts, dict) else {})}
    named = [f"{name}={found[name]}" for name in _IN_TEXT if name in found and str(found[name]) not in text]
    return f"  [{' '.join(named)}]" if named else ""


class TextFormatter(logging.Formatter):
    """A log record as one line of text. Lines of a stack trace follow it behind a bar, so that none looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        clock = self.formatTime(record, "%H:%M:%S")
        text = record.getMessage()
        lines = [escape.line(f"{clock} {record.levelname:<7} {text}{_ids(record, text)}")]
        if record.exc_info:
            lines += [f"  | {escape.line(line)}" for line in self.formatException(record.exc_info).split("\n")]
        if record.stack_info:
            lines += [f"  | {escape.line(line)}" for line in record.stack_info.split("\n")]
        return "\n".join(lines)


class LineHandler(logging.StreamHandler[TextIO]):
    """The only writer of logs. Of what a formatter returns only the line feeds act."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines."""
        return escape.line(super().format(record), keep="\n")

    def handleError(self, record: logging.LogRecord) -> None:
        """Replace a record that cannot be written with a line that says where it came from, without its content."""
        kind = sys.exc_info()[0]
        with contextlib.suppress(OSError, ValueError):
            where = f"{record.module}:{record.lineno}: {kind.__name__ if kind else 'unknown error'}"
            self.stream.write(escape.line(f"a log record cannot be written: {where}") + self.terminator)
            self.flush()


def set_up(*, level: str, form: str, stream: TextIO | None = None) -> None:
    """Log to `stream` (standard error) in the given form, `json` or `text`."""
    handler = LineHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Libraries log warnings and errors only.
    for noisy in ("botocore", "aiobotocore", "mail.log", "asyncio", "aiosmtpd"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def event(happened: Event) -> None:
    """Log an event; the level follows from its name."""
    verb = happened.name.rsplit(".", 1)[-1]
    level = logging.WARNING if verb in _WARNINGS or happened.name.startswith("security.") else logging.INFO
    _LOG.log(level, "%s", happened.text, extra={"action": happened.name, "facts": dict(happened.facts)})
