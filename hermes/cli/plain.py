"""Prints plain sentences and JSON, with control characters in foreign text escaped (`hermes.domain.escape`)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TextIO

from hermes.domain import escape


def say(text: str, *, err: bool = False) -> None:
    """Print plain text; its line feeds and tabs stay."""
    stream = sys.stderr if err else sys.stdout
    shown = escape.line(text, keep="\n\t").encode(stream.encoding or "utf-8", "backslashreplace")
    _write(stream, shown)


def document(facts: Mapping[str, Any] | str, *, indent: int | None = None) -> None:
    """Print a JSON document, given as values or as JSON text, on standard output."""
    text = escape.line(facts, keep="\n") if isinstance(facts, str) else escape.document(facts, indent=indent)
    _write(sys.stdout, text.encode())  # JSON is UTF-8 whatever the terminal is


def _write(stream: TextIO, line: bytes) -> None:
    stream.flush()
    stream.buffer.write(line + b"\n")
    stream.flush()
