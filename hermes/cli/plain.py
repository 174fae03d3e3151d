"""Prints plain sentences and JSON, with control characters in foreign text escaped (`hermes.domain.controls`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, TextIO

from hermes.domain import controls


def say(text: str, *, err: bool = False) -> None:
    """Print plain text; its line feeds and tabs stay."""
    stream = sys.stderr if err else sys.stdout
    shown = controls.escaped(text, keep="\n\t").encode(stream.encoding or "utf-8", "backslashreplace")
    _write(stream, shown)


def document(facts: Mapping[str, Any] | str, *, indent: int | None = None) -> None:
    """Print a JSON document, given as values or as JSON text, on standard output."""
    text = facts if isinstance(facts, str) else json.dumps(facts, ensure_ascii=False, indent=indent)
    _write(sys.stdout, controls.escaped(text, keep="\n").encode())  # JSON is UTF-8 whatever the terminal is


def _write(stream: TextIO, line: bytes) -> None:
    stream.flush()
    stream.buffer.write(line + b"\n")
    stream.flush()
