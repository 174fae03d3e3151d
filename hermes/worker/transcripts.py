"""An agent's memory of a conversation, kept in S3 between containers, so that it goes on where it was.

Claude Code keeps a conversation in one file under its home, in a folder named after the working directory; a session's worktree has the
same path in every container, so the file is put back where it was. The home is the agent's: no link in it is followed.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import stat
from pathlib import Path

from hermes import errors, limits
from hermes.aws.objects import Objects
from hermes.worker import fresh

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_FOLDER = re.compile(r"[A-Za-z0-9._-]{1,255}\Z")
_PROJECTS = (".claude", "projects")
_SMALL_BYTES = 4096
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


class Transcripts:
    """Keeps and brings back conversations by the agent's own id."""

    def __init__(self, *, objects: Objects) -> None:
        self._objects = objects

    @staticmethod
    def key(session_id: str, conversation: str) -> str:
        """The object of a conversation."""
        return f"transcripts/{session_id}/{conversation}.json.gz"

    async def keep(self, session_id: str, conversation: str, home: Path) -> bool:
        """Store it; False if there is none on disk or it is too large. Raises `errors.HermesError` of S3."""
        found = _find(home, conversation) if _ID.match(conversation) else None
        if found is None:
            return False
        data = _read(found)
        if data is None:
            return False
        cost = _small(found.with_suffix(".cost.json"))
        head = {"folder": found.parent.name, **({"cost": cost} if cost is not None else {})}
        packed = gzip.compress(json.dumps(head).encode() + b"\n" + data, compresslevel=6)
        await self._objects.put(self.key(session_id, conversation), packed, content_type="application/gzip")
        return True

    async def bring(self, session_id: str, conversation: str, home: Path) -> bool:
        """Put it where the agent looks for it; False if it is there already or was never kept."""
        if not _ID.match(conversation) or _find(home, conversation) is not None:
            return False
        try:
            packed = await self._objects.get(self.key(session_id, conversation), most=limits.TRANSCRIPT_BYTES)
        except errors.AwsRefused as error:
            if error.code in _ABSENT:
                return False
            raise
        first, _, data = gzip.decompress(packed).partition(b"\n")
        head = json.loads(first)
        name = str(head["folder"])
        folder = _folder(home, (*_PROJECTS, name)) if _FOLDER.match(name) and name.strip(".") else None
        if folder is None:
            return False
        fresh.write(folder / f"{conversation}.jsonl", data, mode=0o600)
        if isinstance(head.get("cost"), str):
            fresh.write(folder / f"{conversation}.cost.json", head["cost"].encode(), mode=0o600)
        return True


def _find(home: Path, conversation: str) -> Path | None:
    projects = home.joinpath(*_PROJECTS)
    if not all(_real(part) for part in (home, home / _PROJECTS[0], projects)):
        return None
    for folder in sorted(projects.iterdir()):
        path = folder / f"{conversation}.jsonl"
        if _real(folder) and path.is_file() and not path.is_symlink():
            return path
    return None


def _folder(home: Path, parts: tuple[str, ...]) -> Path | None:
    here = home
    here.mkdir(parents=True, exist_ok=True)
    for part in parts:
        here = here / part
        if not here.is_symlink() and not here.exists():
            here.mkdir()
        if not _real(here):
            return None
    return here


def _real(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _small(path: Path) -> str | None:
    """What the conversation had cost, as its agent keeps it beside it."""
    try:
        data = _read(path)
    except OSError:
        return None
    return data.decode("utf-8", "replace") if data is not None and len(data) <= _SMALL_BYTES else None


def _read(path: Path) -> bytes | None:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        data = file.read(limits.TRANSCRIPT_BYTES + 1)
    return data if len(data) <= limits.TRANSCRIPT_BYTES else None
