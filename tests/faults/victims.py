"""A gateway that is to die."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal


class Victim:
    """A gateway's process."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pid: int, port: int, http: int
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.pid = pid
        self.port = port
        """Of SMTP."""
        self.http = http
        """The port that takes posts, if it was told to."""
        self.point = ""
        """Where it died."""
        self.dead = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        with contextlib.suppress(ConnectionError):  # what a killed process had not read is reset
            while line := await self._reader.readline():
                self.point = json.loads(line)["point"]
        self._writer.close()

    async def kill(self) -> None:
        """SIGKILL, wherever it is."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await self.dead
