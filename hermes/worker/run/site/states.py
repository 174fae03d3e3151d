"""How a site was at a commit: the files of a static site come from git, and what a build made is kept for the next command.

All of it is untrusted, and kept as one tar file for each state: only plain files are in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import tarfile
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from hermes import errors, ids
from hermes.process import acts
from hermes.process.user import act
from hermes.repository.workspace import Workspace

#: Files of a site, the size of each, and of all together: a larger one is not compared.
SITE_FILES: Final = 20_000
SITE_FILE_BYTES: Final = 64 * 1024 * 1024
SITE_BYTES: Final = 300 * 1024 * 1024
#: States that are kept on the disk: those of the newest commits of a few threads.
STATES: Final = 12

_LOG = logging.getLogger(__name__)


class SiteStates:
    """The states of one project's site."""

    def __init__(self, *, root: Path, folder: str, build_command: str | None) -> None:
        """`root` is a folder of the worker's; `folder` is that of the site in the worktree."""
        self._root = root
        self._folder = folder
        self._build_command = build_command

    @property
    def built(self) -> bool:
        """Whether a build makes the site."""
        return bool(self._build_command)

    async def at(self, space: Workspace, commit: str) -> Path | None:
        """The state at a commit as a tar file; None if what was built of it is not here, or is too large."""
        path = self._path(commit)
        if path.exists():
            os.utime(path)
            return path
        if self.built:
            return None
        self._root.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(".new")
        try:
            if not await space.clone.archive(commit, self._folder, made, most=SITE_BYTES):
                return None
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
        await asyncio.to_thread(self._forget)
        return path

    async def keep(self, space: Workspace, commit: str) -> Path | None:
        """Keep what the build has just made of a commit."""
        self._root.mkdir(parents=True, exist_ok=True)
        path = self._path(commit)
        made = path.with_suffix(".new")
        try:
            with made.open("w+b") as packed:
                wrong = await act(
                    space.user,
                    acts.export,
                    str(space.paths.tree),
                    self._folder.split("/"),
                    SITE_FILES,
                    SITE_FILE_BYTES,
                    files=[packed],
                )
            if wrong is not None or made.stat().st_size > SITE_BYTES:
                _LOG.info("A build is not kept: %s.", wrong or "large", extra={"action": "site.not_kept"})
                return None
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
        await asyncio.to_thread(self._forget)
        return path

    @contextlib.asynccontextmanager
    async def laid_out(self, space: Workspace, commit: str) -> AsyncIterator[Path]:
        """A folder with the folder of a static site, as it is in a commit. Raises `errors.StepFailed` if there is none."""
        packed = await self.at(space, commit)
        if packed is None:
            raise errors.StepFailed(
                f"The project has no folder {self._folder}, or it is too large to be published; nothing was.",
                hint="Check publish.output of the project.",
                fault=errors.Fault.BUILD,
            )
        with tempfile.TemporaryDirectory(dir=self._root, prefix="site-") as tree:
            await asyncio.to_thread(_unpack, packed, Path(tree) / self._folder)
            yield Path(tree)

    def _path(self, commit: str) -> Path:
        return self._root / f"{ids.digest('site', commit, self._folder, self._build_command or '')}.tar"

    def _forget(self) -> None:
        """Delete those that were not used for longest."""
        kept = sorted(self._root.glob("*.tar"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[STATES:]:
            path.unlink(missing_ok=True)


def _unpack(packed: Path, folder: Path) -> None:
    """The plain files of a state, without what a repository has beside its site."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(packed, mode="r:") as found:
        for entry in found:
            held, parts = found.extractfile(entry) if entry.isreg() else None, entry.name.split("/")
            hidden = any(
                part in ("", "..", "node_modules") or (part.startswith(".") and part != ".well-known") for part in parts
            )
            if held is None or hidden:
                continue
            path = folder.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(held, file)
