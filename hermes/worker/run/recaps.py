"""Recaps: a short account of what was asked and done in a thread, for an agent that has lost its conversation.

A recap is one small object beside the transcripts, written after each command of a session.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, ValidationError

from hermes import errors
from hermes.aws.objects import Objects
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason

#: The newest commands of a thread; with the lengths below the recap of a long thread is a few pages.
_COMMANDS = 20
_ASKED_CHARS = 600
_SAID_CHARS = 600
_CHANGED_CHARS = 400
_BYTES = 256 * 1024
_BLANK = re.compile(r"\s+")


class Recap(BaseModel):
    """One command of the thread."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    seq: int
    attempt: int = 1
    asked: str
    ended: str
    """How it ended: done, failed with an error, or stopped."""
    said: str = ""
    """The agent's summary."""
    changed: str = ""
    """Files and commit, by git."""


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    entries: tuple[Recap, ...] = ()


class Recaps:
    """Stores and renders recaps."""

    def __init__(self, *, objects: Objects) -> None:
        self._objects = objects

    @staticmethod
    def key(session_id: str) -> str:
        """The S3 key of a session's recap."""
        return f"transcripts/{session_id}/recap.json"

    async def note(self, command: wire.CommandMessage, result: wire.ResultMessage) -> None:
        """Add a command and its result, which replaces that of an earlier attempt. Raises `errors.HermesError` of S3."""
        entry = _entry(command, result)
        others = tuple(one for one in await self._read(command.session_id) if one.seq != entry.seq)
        kept = _Kept(entries=tuple(sorted((*others, entry), key=lambda one: one.seq))[-_COMMANDS:])
        data = kept.model_dump_json().encode()
        await self._objects.put(self.key(command.session_id), data, content_type="application/json")

    async def tell(self, session_id: str, *, before: int) -> str:
        """The recap of all before the command with this number, for a language model; empty if there is none. Raises as `note`."""
        return "\n".join(_told(entry) for entry in await self._read(session_id) if entry.seq < before)

    async def _read(self, session_id: str) -> tuple[Recap, ...]:
        try:
            return _Kept.model_validate_json(await self._objects.get(self.key(session_id), most=_BYTES)).entries
        except ValidationError:
            return ()
        except errors.AwsRefused as error:
            if error.missing:
                return ()
            raise


def _entry(command: wire.CommandMessage, result: wire.ResultMessage) -> Recap:
    if result.interrupted:
        ended = (
            "stopped by a newer request" if result.interrupt_reason is InterruptReason.PRIORITY_OVERRIDE else "stopped"
        )
    elif result.error:
        ended = f"failed: {_short(result.error, _SAID_CHARS)}"
    elif result.needs_input:
        ended = f"asked the person: {_short(result.needs_input, _SAID_CHARS)}"
    else:
        ended = "done"
    commit = f"commit {result.git_commit[:12]}: " if result.git_commit else ""
    changed = _short(f"{commit}{', '.join(result.files_changed)}", _CHANGED_CHARS) if result.files_changed else ""
    return Recap(
        seq=command.seq,
        attempt=command.attempt,
        asked=_short(command.instruction, _ASKED_CHARS),
        ended=ended,
        said=_short(result.summary, _SAID_CHARS),
        changed=f"{changed} ({_short(result.diffstat, 100)})" if changed and result.diffstat else changed,
    )


def _told(entry: Recap) -> str:
    lines = [f"{entry.seq}. They asked: {entry.asked}", f"   It ended: {entry.ended}"]
    lines += [f"   You said: {entry.said}"] if entry.said else []
    lines += [f"   Changed: {entry.changed}"] if entry.changed else []
    return "\n".join(lines)


def _short(text: str, chars: int) -> str:
    line = _BLANK.sub(" ", text).strip()
    return line if len(line) <= chars else f"{line[: chars - 1]}…"
