"""How much a command's record may hold: DynamoDB's items end at 400 KB, attribute names and all, and a character has up to 4 bytes.

What a person wrote comes first; what was quoted, and the oldest references, give way to it.
"""

from __future__ import annotations

import json
from typing import Final

from hermes.domain import wire
from hermes.domain.commands import Command

#: A command's record at its acceptance; its result and its history come on top, and the end is at 400 KB.
COMMAND_BYTES: Final = 200 * 1024
#: Each text of a result in the record, and the names of all changed files.
RESULT_TEXT_BYTES: Final = 12 * 1024
RESULT_FILES_BYTES: Final = 24 * 1024


def written(text: str) -> int:
    """Bytes of a text in JSON, where a control character has six."""
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace"))


def cut(text: str, most: int) -> str:
    """The beginning of a text that has at most `most` bytes, in JSON too."""
    kept = text[:most].encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
    while written(kept) > most:
        kept = kept[: len(kept) * 3 // 4]
    return kept


def accepted(command: Command) -> Command:
    """The command as its record takes it: at most `COMMAND_BYTES`, so that its result and history still fit."""
    for shorten in (_quotes, _references):
        if _size(command) <= COMMAND_BYTES:
            break
        command = shorten(command)
    return command


def _size(command: Command) -> int:
    return len(command.model_dump_json().encode())


def _quotes(command: Command) -> Command:
    return command.model_copy(update={"context": command.context.model_copy(update={"quoted": ""})})


def _references(command: Command) -> Command:
    origin = command.origin
    kept = {
        "references": origin.references[-3:],
        "subject": origin.subject[:300],
        "author_name": origin.author_name[:200],
    }
    return command.model_copy(update={"origin": origin.model_copy(update=kept)})


def stored(result: wire.ResultMessage) -> wire.ResultMessage:
    """A result as its record keeps it; the whole of it stands in the agent's log."""
    kept: list[str] = []
    room = RESULT_FILES_BYTES
    for name in result.files_changed:
        room -= written(name)
        if room < 0:
            break
        kept.append(name)
    texts = {name: getattr(result, name) for name in ("summary", "diffstat", "error", "hint", "needs_input")}
    return result.model_copy(
        update={
            **{name: cut(text, RESULT_TEXT_BYTES) for name, text in texts.items() if text},
            "files_changed": tuple(kept),
        }
    )
