"""Removes worktrees, homes and logs of idle sessions from the disk. Uncommitted work is committed first."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from hermes import errors
from hermes.domain.env import Env
from hermes.process import acts, launcher
from hermes.process.user import Users, act
from hermes.repository.workspace import Paths

#: Worktree, home and logs of a session that is idle for this long are removed; the remote has its branch, the store its commits.
SESSION_IDLE_SECONDS: Final = 14 * 24 * 3600
#: Interval between two sweeps of the worker's folder.
TIDY_EVERY_SECONDS: Final = 3600.0
#: With less free space than this idle sessions are removed earlier, the longest idle first.
DISK_FREE_BYTES: Final = 1024 * 1024 * 1024
#: Logs of commands in a session's folder are kept this long; S3 has them too.
LOG_IDLE_SECONDS: Final = 3 * 24 * 3600

_LOG = logging.getLogger(__name__)

_USED = "used.json"


class Use(BaseModel):
    """The session of a folder; the time of its file is that of the last use."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    session_id: str
    branch: str


def note_use(paths: Paths, *, session_id: str, branch: str) -> None:
    """Note that the session uses its folder now."""
    paths.runtime.mkdir(parents=True, exist_ok=True)
    (paths.runtime / _USED).write_text(Use(session_id=session_id, branch=branch).model_dump_json(), encoding="utf-8")


class WorkspaceCleaner:
    """Sweeps the worker's folder; `save` commits uncommitted work of a session's worktree."""

    def __init__(
        self,
        *,
        root: Path,
        save: Callable[[str, str], Awaitable[None]],
        users: Users | None = None,
        free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
        idle_seconds: float = SESSION_IDLE_SECONDS,
        env: Env,
    ) -> None:
        self._root = root
        self._save = save
        self._users = users
        self._now = env.now
        self._free_bytes = free_bytes
        self._idle_seconds = idle_seconds
        self._due = 0.0

    async def if_due(self, busy: frozenset[str]) -> list[str]:
        """Sweep if it is time; `busy` are the sessions to leave alone. Returns the sessions whose folders were removed."""
        if self._now() < self._due:
            return []
        self._due = self._now() + TIDY_EVERY_SECONDS
        return await self.sweep(busy)

    async def sweep(self, busy: frozenset[str]) -> list[str]:
        """Remove idle sessions, the longest idle first, and more while the disk is short of space."""
        self._drop_old_files()
        gone = []
        for used_at, use in self._sessions():
            idle = self._now() - used_at
            short = self._free_bytes(self._root) < DISK_FREE_BYTES
            if use.session_id in busy or not (idle > self._idle_seconds or short):
                continue
            try:
                await self._save(use.session_id, use.branch)
            except (errors.HermesError, OSError) as error:
                _LOG.warning(
                    "An idle session was kept: its work could not be saved.",
                    extra={"action": "session.kept", "session_id": use.session_id, "why": str(error)},
                )
                continue
            try:
                await self._remove(use.session_id)
            except (errors.HermesError, OSError) as error:
                _LOG.warning(
                    "An idle session's folder could not be removed.",
                    extra={"action": "session.kept", "session_id": use.session_id, "why": str(error)},
                )
                continue
            _LOG.info("An idle session was removed.", extra={"action": "session.removed", "session_id": use.session_id})
            gone.append(use.session_id)
        return gone

    def _sessions(self) -> list[tuple[float, Use]]:
        found = []
        for path in (self._root / "runtime" / "sessions").glob(f"*/{_USED}"):
            try:
                found.append((path.stat().st_mtime, Use.model_validate_json(path.read_bytes())))
            except (OSError, ValidationError):
                continue  # torn by a crash; the session's next command writes it again
        return sorted(found, key=lambda entry: entry[0])

    async def _remove(self, session_id: str) -> None:
        paths = Paths.of(self._root, session_id)
        own = paths.tree.parent
        if self._users is not None:  # its content belongs to the session's user, who alone can remove it
            user = await self._users.open(own.name)
            try:
                for part in launcher.PARTS:
                    await act(user, acts.empty, str(own / part))
                    (own / part).rmdir()
            finally:
                await self._users.close(own.name)
        for folder in (own, paths.runtime):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _drop_old_files(self) -> None:
        before = self._now() - LOG_IDLE_SECONDS
        for path in (
            *self._root.glob("sessions/*/logs/*.log"),
            *self._root.glob("runtime/executions/*.json"),
            *self._root.glob("runtime/sessions/*/unpushed.bundle"),
        ):
            try:
                if path.lstat().st_mtime < before:
                    path.unlink()
            except OSError:
                continue  # a folder of the agent may be gone or locked
