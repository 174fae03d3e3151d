"""The output of a command: what is new of it while it runs, and the whole afterwards."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.aws import refusals
from hermes.domain.commands import Command
from hermes.domain.operating.live_log import STEP, segment_key

#: Segments that one question reads.
SEGMENTS: Final = 32
#: The most of a whole log that is read at once.
WHOLE_BYTES: Final = 8 * 1024 * 1024
_CURSOR: Final = re.compile(r"(\d{1,6})\.(\d{1,6})\Z")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LogPiece:
    """What is new of a log. Lines that begin with `»` tell steps and progress; the others are output, and foreign text."""

    text: str
    after: str
    """Give it with the next question."""
    ended: bool
    """Whether the command has ended and nothing more comes."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WholeLog:
    """The log of an ended command."""

    text: str
    size: int
    """Bytes of the whole; more than the text has where it was cut."""


async def follow(console: Console, viewer: Viewer, command_id: str, *, after: str = "") -> LogPiece:
    """What came after `after` (empty: from the beginning of the first attempt that is kept).

    Ask again every two seconds until `ended`. Raises `errors.NotFound`, `errors.BadQuery`.
    """
    command = await _find(console, viewer, command_id)
    found = _CURSOR.match(after) if after else None
    if after and found is None:
        raise errors.BadQuery(f"{after!r} is no place in a log; begin without it")
    attempt, number = (int(found.group(1)), int(found.group(2))) if found else (command.attempt, 0)
    parts: list[str] = []
    if attempt < command.attempt:
        rest = await _segments(console, command, attempt, number)
        parts += [*rest, f"{STEP} attempt {command.attempt}\n"] if len(rest) < SEGMENTS else rest
        if len(rest) == SEGMENTS:
            return LogPiece(text="".join(parts), after=f"{attempt}.{number + len(rest)}", ended=False)
        attempt, number = command.attempt, 0
    new = await _segments(console, command, attempt, number)
    ended = command.state.terminal and len(new) < SEGMENTS
    if ended and not new and number == 0 and not parts and (key := _key(command)) is not None:
        parts.append((await _read(console, key)).text)  # its worker wrote no segments
    return LogPiece(text="".join((*parts, *new)), after=f"{attempt}.{number + len(new)}", ended=ended)


async def whole(console: Console, viewer: Viewer, command_id: str) -> WholeLog:
    """The log of an ended command. Raises `errors.NotFound` where there is none (any more)."""
    command = await _find(console, viewer, command_id)
    if command.result is None or not command.result.log_key:
        raise errors.NotFound(f"command {command_id} has no log" + ("" if command.state.terminal else " yet"))
    key = _key(command)
    if key is None:
        raise errors.NotFound(f"the log of command {command_id} is not where its own would be")
    return await _read(console, key)


def _key(command: Command) -> str | None:
    """Where its log is. A report names the key, and a report is made in a container: only a key of its own session counts."""
    key = command.result.log_key if command.result is not None else None
    return key if key and key.startswith(f"logs/{command.session_id}/") else None


async def _find(console: Console, viewer: Viewer, command_id: str) -> Command:
    command = await console.stores.commands.get(command_id)
    if command is None:
        raise errors.NotFound(f"there is no command {command_id}")
    viewer.require(command.project, f"command {command_id}")
    return command


async def _segments(console: Console, command: Command, attempt: int, number: int) -> list[str]:
    """Those from a number on that are there, in order."""
    first = await _segment(console, command, attempt, number)
    if first is None:
        return []
    others = await asyncio.gather(
        *(_segment(console, command, attempt, number + further) for further in range(1, SEGMENTS))
    )
    there = [first]
    for one in others:
        if one is None:
            break
        there.append(one)
    return there


async def _segment(console: Console, command: Command, attempt: int, number: int) -> str | None:
    key = segment_key(command.session_id, command.command_id, attempt, number)
    try:
        data, _ = await console.stores.objects.beginning(key, most=1024 * 1024)
    except (errors.AwsRefused, errors.AwsUnavailable) as error:
        if refusals.no_object(error):
            return None
        raise
    return data.decode("utf-8", "replace")


async def _read(console: Console, key: str) -> WholeLog:
    try:
        data, size = await console.stores.objects.beginning(key, most=WHOLE_BYTES)
    except (errors.AwsRefused, errors.AwsUnavailable) as error:
        if refusals.no_object(error):
            raise errors.NotFound("the log is no longer kept") from error
        raise
    return WholeLog(text=data.decode("utf-8", "replace"), size=size)
