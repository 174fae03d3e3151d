"""Finds unified diffs in a mail by counting lines, so that greeting and signature around them do not matter."""

from __future__ import annotations

import re

_HUNK = re.compile(r"@@ -\d{1,9}(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")
_EXTENDED = (
    "diff --git ", "index ", "old mode ", "new mode ", "new file mode ", "deleted file mode ",
    "similarity index ", "dissimilarity index ", "rename from ", "rename to ", "copy from ", "copy to ",
)  # fmt: skip
_BINARY = ("GIT binary patch", "Binary files ")


def extract(text: str) -> str | None:
    """The diffs of a text, one after the other; None if there is none."""
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    found: list[str] = []
    position = 0
    while position < len(lines):
        if lines[position].startswith("diff --git ") or _file_header(lines, position):
            position, piece = _file(lines, position)
            found += piece
        else:
            position += 1
    return "\n".join(found) + "\n" if found else None


def binary(diff: str) -> bool:
    """Whether the diff has binary changes, which a text mail cannot carry."""
    return any(line.startswith(_BINARY) for line in diff.split("\n"))


def _file_header(lines: list[str], at: int) -> bool:
    return (
        at + 2 < len(lines)
        and lines[at].startswith("--- ")
        and lines[at + 1].startswith("+++ ")
        and _HUNK.match(lines[at + 2]) is not None
    )


def _file(lines: list[str], at: int) -> tuple[int, list[str]]:
    """One file's part, from its first header line; says where it ends."""
    piece: list[str] = []
    while at < len(lines) and (lines[at].startswith(_EXTENDED) or lines[at].startswith(_BINARY)):
        if lines[at].startswith("diff --git ") and piece:
            return at, piece
        piece.append(lines[at])
        at += 1
    if _file_header(lines, at):
        piece += lines[at : at + 2]
        at += 2
    while at < len(lines) and (header := _HUNK.match(lines[at])):
        at, hunk = _hunk(lines, at, header)
        piece += hunk
    return at, piece


def _hunk(lines: list[str], at: int, header: re.Match[str]) -> tuple[int, list[str]]:
    old, new = (1 if count is None else int(count) for count in header.groups())
    hunk = [lines[at]]
    at += 1
    while at < len(lines) and (old > 0 or new > 0 or lines[at].startswith("\\ ")):
        line = lines[at]
        sign = line[:1]
        if sign not in (" ", "+", "-", "\\", ""):
            break
        old -= sign in (" ", "-", "")
        new -= sign in (" ", "+", "")
        # Mail programs cut the blank from an empty context line.
        hunk.append(line or " ")
        at += 1
    return at, hunk
