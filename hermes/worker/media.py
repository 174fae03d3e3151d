"""Pictures, films and sounds that came with a mail, placed where the project keeps its own, so that a page can use them."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from hermes import errors
from hermes.domain import wire
from hermes.worker import attachments

Download = Callable[[wire.AttachmentRef, Path], Awaitable[None]]
"""Brings a file of a mail onto the disk."""

_KINDS = ("image/", "video/", "audio/")
_CHUNK_BYTES = 1024 * 1024


class Media:
    """Places them in one folder of the project."""

    def __init__(self, *, folder: str, download: Download) -> None:
        self._folder = folder
        self._download = download

    @staticmethod
    def takes(ref: wire.AttachmentRef) -> bool:
        """Is it one of them?"""
        return ref.content_type.lower().startswith(_KINDS)

    async def place(self, worktree: Path, ref: wire.AttachmentRef, beside: Path) -> Path:
        """Its path in the worktree; `beside` is a folder for what is not whole yet. The same file is never placed twice.

        Raises `errors.StepFailed` if the project's folder is a link: it would lead out of the project.
        """
        folder = worktree
        for part in self._folder.split("/"):
            folder = folder / part
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise errors.StepFailed(
                    f"{self._folder} is no folder of the project, so {attachments.safe_name(ref.name)} was not placed there."
                )
            folder.mkdir(exist_ok=True)
        beside.mkdir(parents=True, exist_ok=True)
        fetched = beside / "media.new"
        fetched.unlink(missing_ok=True)
        await self._download(ref, fetched)
        try:
            return _placed(fetched, folder, attachments.safe_name(ref.name))
        finally:
            fetched.unlink(missing_ok=True)


def _placed(fetched: Path, folder: Path, name: str) -> Path:
    number = 1
    while True:
        path = folder / (name if number == 1 else f"{Path(name).stem}-{number}{Path(name).suffix}")
        if path.is_file() and not path.is_symlink() and filecmp.cmp(fetched, path, shallow=False):
            return path
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file, fetched.open("rb") as source:
            shutil.copyfileobj(source, file, _CHUNK_BYTES)
        return path
