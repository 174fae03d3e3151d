"""Transcripts: an agent's conversations in S3, so that they continue in another container.

Claude Code keeps a conversation in one file under its home, in a folder named after the working directory; a session's worktree has the
same path in every container, so the file is put back where it was. The home is the agent's: no link in it is followed.
"""

from __future__ import annotations

import errno
import gzip
import json
import re
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.aws.objects import Objects
from hermes.process import acts
from hermes.process.user import User, act, read, write
from hermes.worker.run.recaps import Recaps

#: Largest transcript, uncompressed; a longer conversation starts again in another container.
TRANSCRIPT_BYTES: Final = 64 * 1024 * 1024

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_FOLDER = re.compile(r"[A-Za-z0-9._-]{1,255}\Z")
_PROJECTS = (".claude", "projects")
_SMALL_BYTES = 4096


class Transcripts:
    """Stores and restores conversations by the agent's id of them."""

    def __init__(self, *, objects: Objects) -> None:
        self._objects = objects
        self.recaps = Recaps(objects=objects)
        """The recaps, which replace a lost transcript."""

    @staticmethod
    def key(session_id: str, conversation: str) -> str:
        """The S3 key of a conversation."""
        return f"transcripts/{session_id}/{conversation}.json.gz"

    async def keep(self, session_id: str, conversation: str, home: Path, *, user: User | None = None) -> bool:
        """Store a conversation; False if there is none on disk or it is too large. Raises `errors.HermesError` of S3, OSError."""
        folder = await _find(user, home, conversation) if _ID.match(conversation) else None
        if folder is None:
            return False
        below = "/".join((*_PROJECTS, folder))
        data = await read(user, home, f"{below}/{conversation}.jsonl", most=TRANSCRIPT_BYTES)
        if data is None:
            return False
        cost = await read(user, home, f"{below}/{conversation}.cost.json", most=_SMALL_BYTES)
        head = {"folder": folder, **({"cost": cost.decode("utf-8", "replace")} if cost is not None else {})}
        packed = gzip.compress(json.dumps(head).encode() + b"\n" + data, compresslevel=6)
        await self._objects.put(self.key(session_id, conversation), packed, content_type="application/gzip")
        return True

    async def bring(self, session_id: str, conversation: str, home: Path, *, user: User | None = None) -> bool:
        """Restore a conversation; False if it is there already or was never stored. Raises as `keep`."""
        if not _ID.match(conversation) or await _find(user, home, conversation) is not None:
            return False
        try:
            packed = await self._objects.get(self.key(session_id, conversation), most=TRANSCRIPT_BYTES)
        except errors.AwsRefused as error:
            if error.missing:
                return False
            raise
        first, _, data = gzip.decompress(packed).partition(b"\n")
        head = json.loads(first)
        name = str(head["folder"])
        if not (_FOLDER.match(name) and name.strip(".")):
            return False
        below = "/".join((*_PROJECTS, name))
        try:
            await write(user, home, f"{below}/{conversation}.jsonl", data, mode=0o600)
            if isinstance(head.get("cost"), str):
                await write(user, home, f"{below}/{conversation}.cost.json", head["cost"].encode(), mode=0o600)
        except (NotADirectoryError, FileExistsError):
            return False  # the agent replaced one of the folders by a file
        except OSError as error:
            if error.errno == errno.ELOOP:  # or a link
                return False
            raise
        return True


async def _find(user: User | None, home: Path, conversation: str) -> str | None:
    """The folder of the conversation."""
    found: list[str] = await act(user, acts.holding, str(home), list(_PROJECTS), f"{conversation}.jsonl")
    return found[0] if found else None
