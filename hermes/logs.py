"""Logs: one line an event, as JSON for machines or as text for people; never a mail's text, never an address in full at info level.

What a stranger wrote gets into logs by way of names, subjects and errors. Nothing of it acts there: `LineHandler` is the one writer, and
every character that moves a terminal or begins a line is escaped in it (`hermes.domain.escape`).
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
_WARNINGS = ("failed", "deferred", "lost", "unreadable", "unclaimed", "unanswered", "orphaned")


#: What every record has of itself; all else was handed in as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_BOUND: contextvars.ContextVar[Mapping[str, object]] = contextvars.ContextVar("bound", default=MappingProxyType({}))


@contextlib.contextmanager
def bound(**facts: object) -> Iterator[None]:
    """Everything that is logged in here, and in the tasks that are begun here, is about these; what is None is left out."""
    token = _BOUND.set({**_BOUND.get(), **{name: value for name, value in facts.items() if value is not None}})
    try:
        yield
    finally:
        _BOUND.reset(token)


def about() -> Mapping[str, object]:
    """What is bound here."""
    return _BOUND.get()


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object: `at` (RFC 3339), `level`, `logger`, `text`, `action`, and all that is bound or handed in."""

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


class TextFormatter(logging.Formatter):
    """A log record as one line for people; the lines of a stack trace follow it behind a bar, where none of them looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        clock = self.formatTime(record, "%H:%M:%S")
        lines = [escape.line(f"{clock} {record.levelname:<7} {record.getMessage()}")]
        if record.exc_info:
            lines += [f"  | {escape.line(line)}" for line in self.formatException(record.exc_info).split("\n")]
        if record.stack_info:
            lines += [f"  | {escape.line(line)}" for line in record.stack_info.split("\n")]
        return "\n".join(lines)


class LineHandler(logging.StreamHandler[TextIO]):
    """The one writer of logs: whatever a formatter made, only its line feeds act."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's lines."""
        return escape.line(super().format(record), keep="\n")

    def handleError(self, record: logging.LogRecord) -> None:
        """A record that cannot be written costs itself; a line says where it came from, and nothing of what it held."""
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
    # Libraries speak up only when something is wrong.
    for noisy in ("botocore", "aiobotocore", "mail.log", "asyncio", "aiosmtpd"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def event(happened: Event) -> None:
    """Log an event; the level follows from its name."""
    verb = happened.name.rsplit(".", 1)[-1]
    level = logging.WARNING if verb in _WARNINGS or happened.name.startswith("security.") else logging.INFO
    _LOG.log(level, "%s", happened.text, extra={"action": happened.name, "facts": dict(happened.facts)})
