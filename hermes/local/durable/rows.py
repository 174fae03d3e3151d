"""What the journal holds: rows of a kind, an owner and a key, each with its document; and the checksum that tells a damaged one."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

import orjson


class StoreRow(NamedTuple):
    """The name of one row."""

    kind: str
    """What it is: an item, a message, an object, …"""
    owner: str
    """Where it belongs: a table, a queue, a bucket; with account and region."""
    key: str
    """Which of the owner's."""


class Document(NamedTuple):
    """What a row holds."""

    data: bytes
    expires: float | None = None
    """When it may be forgotten, in epoch seconds; None keeps it."""


def checksum(row: StoreRow, data: bytes) -> int:
    """CRC-32 over the name and the document: a flipped bit in either shows."""
    return zlib.crc32(data, zlib.crc32("\0".join(row).encode("ascii", "backslashreplace")))


def dumps(value: Any) -> bytes:
    """JSON. orjson is quick but refuses lone surrogates, which DynamoDB's clients can send."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode("ascii")


def loads(data: bytes) -> Any:
    """The value of `dumps`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return json.loads(data)


def name(*parts: Any) -> str:
    """Parts of a key as one string, in ASCII, and back by `parts`."""
    return json.dumps(parts)


def parts(text: str) -> list[Any]:
    """The parts of a `name`."""
    found: list[Any] = loads(text.encode("ascii"))
    return found
