"""Places pictures, films and sounds of a mail in the project's media folder, so that a page can use them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from hermes import errors
from hermes.domain import wire
from hermes.process import acts
from hermes.process.user import User, act
from hermes.worker.run import attachments

Download = Callable[[wire.AttachmentRef, Path], Awaitable[None]]
"""Fetches a file of a mail to the disk."""

_KINDS = ("image/", "video/", "audio/")


class Media:
    """Places media files in one folder of the project."""

    def __init__(self, *, folder: str, download: Download) -> None:
        self._folder = folder
        self._download = download

    @staticmethod
    def takes(ref: wire.AttachmentRef) -> bool:
        """Whether a file is a picture, film or sound."""
        return ref.content_type.lower().startswith(_KINDS)

    async def place(self, worktree: Path, ref: wire.AttachmentRef, beside: Path, *, user: User | None = None) -> Path:
        """Its path in the worktree; `beside` is a folder of the worker's. The same file is never placed twice.

        Raises `errors.StepFailed` if the project's folder is a link: it would lead out of the project.
        """
        beside.mkdir(parents=True, exist_ok=True)
        fetched = beside / "media.new"
        fetched.unlink(missing_ok=True)
        await self._download(ref, fetched)
        name, parts = attachments.safe_name(ref.name), self._folder.split("/")
        try:
            with fetched.open("rb") as file:
                placed = await act(user, acts.place, str(worktree), parts, name, files=[file])
        finally:
            fetched.unlink(missing_ok=True)
        if placed is None:
            raise errors.StepFailed(
                f"{self._folder} is no folder of the project, so {name} was not placed there.",
                fault=errors.Fault.SETUP,
            )
        return worktree.joinpath(*parts, placed)
