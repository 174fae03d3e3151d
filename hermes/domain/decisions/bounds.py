"""How much a command's record may hold: a DynamoDB item has at most 400 KB, names included, and a character up to 4 bytes.

The person's own words are kept; quoted text and the oldest references are cut first.
"""

from __future__ import annotations

import json
from typing import Final

from hermes.domain import wire
from hermes.domain.commands import Command

#: A command's record when it is accepted; its result and history are added later, and 400 KB is the end.
COMMAND_BYTES: Final = 200 * 1024
#: Each text of a result in the record, and the names of all changed files.
RESULT_TEXT_BYTES: Final = 12 * 1024
RESULT_FILES_BYTES: Final = 24 * 1024
#: Failed checks of a result in the record, with the characters of each line; pictures; changed texts.
RESULT_CHECKS: Final = 20
RESULT_CHECK_LINES: Final = 3
RESULT_CHECK_CHARS: Final = 400
RESULT_PICTURES: Final = 6
RESULT_TEXT_CHANGES: Final = 10


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
    """The command cut to `COMMAND_BYTES`, so that its result and history still fit the record."""
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
    """The result cut for the record; the agent's log has all of it."""
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
            "failed_checks": tuple(map(_check, result.failed_checks[:RESULT_CHECKS])),
            "pictures": tuple(map(_picture, result.pictures[:RESULT_PICTURES])),
            "text_changes": tuple(map(_text, result.text_changes[:RESULT_TEXT_CHANGES])),
        }
    )


def _check(found: wire.FailedCheck) -> wire.FailedCheck:
    lines = tuple(line[:RESULT_CHECK_CHARS] for line in found.lines[:RESULT_CHECK_LINES])
    return wire.FailedCheck(name=found.name[:RESULT_CHECK_CHARS], lines=lines)


def _picture(one: wire.Picture) -> wire.Picture:
    texts = {name: getattr(one, name)[:RESULT_CHECK_CHARS] for name in ("key", "page", "title", "says")}
    return one.model_copy(update=texts)


def _text(one: wire.TextChange) -> wire.TextChange:
    return wire.TextChange(before=one.before[:RESULT_CHECK_CHARS], after=one.after[:RESULT_CHECK_CHARS])
