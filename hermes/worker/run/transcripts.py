"""Transcripts: an agent's conversations in S3, so that they continue in another container.

An agent keeps a conversation in one file under its home (`process/conversations.py`), for Claude Code in a folder named after the working
directory; a session's worktree has the same path in every container, so the file is put back where it was. The home is the agent's: no
link in it is followed.
"""

from __future__ import annotations

import errno
import gzip
import json
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.aws.objects import Objects
from hermes.process import conversations
from hermes.process.user import User, act, read, write
from hermes.worker.run.recaps import Recaps

#: Largest transcript, uncompressed; a longer conversation starts again in another container.
TRANSCRIPT_BYTES: Final = 64 * 1024 * 1024

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
        path = await act(user, conversations.find, str(home), conversation)
        data = await read(user, home, path, most=TRANSCRIPT_BYTES) if path is not None else None
        if path is None or data is None:
            return False
        cost = await read(user, home, conversations.cost_of(path), most=_SMALL_BYTES)
        head = {"path": path, **({"cost": cost.decode("utf-8", "replace")} if cost is not None else {})}
        packed = gzip.compress(json.dumps(head).encode() + b"\n" + data, compresslevel=6)
        await self._objects.put(self.key(session_id, conversation), packed, content_type="application/gzip")
        return True

    async def bring(self, session_id: str, conversation: str, home: Path, *, user: User | None = None) -> bool:
        """Restore a conversation; False if it is there already or was never stored. Raises as `keep`."""
        if not conversations.ID.match(conversation):
            return False
        if await act(user, conversations.find, str(home), conversation) is not None:
            return False
        try:
            packed = await self._objects.get(self.key(session_id, conversation), most=TRANSCRIPT_BYTES)
        except errors.AwsRefused as error:
            if error.missing:
                return False
            raise
        first, _, data = gzip.decompress(packed).partition(b"\n")
        head = json.loads(first)
        # As earlier versions stored it: the folder of Claude Code's file.
        path = str(head.get("path") or f".claude/projects/{head.get('folder')}/{conversation}.jsonl")
        if not conversations.is_one(path, conversation):
            return False
        try:
            await write(user, home, path, data, mode=0o600)
            if isinstance(head.get("cost"), str):
                await write(user, home, conversations.cost_of(path), head["cost"].encode(), mode=0o600)
        except (NotADirectoryError, FileExistsError):
            return False  # the agent replaced one of the folders by a file
        except OSError as error:
            if error.errno == errno.ELOOP:  # or a link
                return False
            raise
        return True
