"""The files of a composed mail kept apart from it: in a record they are named by a line each, and put back before it is sent.

A record has room for some hundred kilobytes, and pictures have megabytes. What is put back is what was taken out, so that every try sends
the same bytes, and a signature over them holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hermes.mail.write import compose


def _line(key: str) -> bytes:
    """What stands for a file: its key names its content, so no text can contain this line by chance."""
    return f"hermes-object:{key}\r\n".encode("ascii", "replace")


def taken_out(raw: bytes, files: Iterable[compose.MailFile]) -> tuple[bytes, tuple[str, ...]]:
    """The mail without its files, and their keys."""
    keys = []
    for file in files:
        if file.key:
            raw = raw.replace(compose.encoded(file.data).encode("ascii"), _line(file.key))
            keys.append(file.key)
    return raw, tuple(keys)


def put_back(raw: bytes, files: Mapping[str, bytes]) -> bytes:
    """The mail with its files."""
    for key, data in files.items():
        raw = raw.replace(_line(key), compose.encoded(data).encode("ascii"))
    return raw
