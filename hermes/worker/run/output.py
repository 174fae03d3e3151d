"""Reads the output folder of a build as untrusted: plain files only, no links, within limits, and no leaked addresses."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import stat
import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Final

from hermes import errors
from hermes.domain import escape
from hermes.process import acts
from hermes.process.user import User, act
from hermes.site.leaks import Leaks

#: Files of one published build.
PUBLISH_FILES: Final = 20_000
#: Largest file of a published build; it is in memory while it is sent.
PUBLISH_FILE_BYTES: Final = 64 * 1024 * 1024

#: Our own table, not the machine's, so that a file has the same type on every worker.
_TYPES = {
    "html": "text/html", "htm": "text/html", "css": "text/css", "js": "text/javascript", "mjs": "text/javascript",
    "json": "application/json", "map": "application/json", "webmanifest": "application/manifest+json", "xml": "application/xml",
    "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
    "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "avif": "image/avif", "ico": "image/x-icon", "woff": "font/woff",
    "woff2": "font/woff2", "ttf": "font/ttf", "otf": "font/otf", "mp4": "video/mp4", "webm": "video/webm", "mp3": "audio/mpeg",
    "ogg": "audio/ogg", "wav": "audio/wav", "pdf": "application/pdf", "wasm": "application/wasm", "zip": "application/zip",
}  # fmt: skip
_TEXT = re.compile(r"text/|application/(?:json|xml|manifest\+json)|image/svg\+xml")
_PRINTED = re.compile(
    r"[.-](?=[0-9A-Za-z_]*[0-9])(?:[0-9a-f]{8,}|(?=[0-9A-Za-z_]*[A-Z])[0-9A-Za-z_]{8,})\.[a-z0-9.]+\Z"
)

FOR_EVER = "public, max-age=31536000, immutable"
"""For files whose name changes with the content."""
ASK_AGAIN = "no-cache"
"""For pages: a reload shows the newest."""
A_WHILE = "public, max-age=300"
"""For all other files."""


@dataclass(frozen=True, slots=True)
class File:
    """One file to publish."""

    name: str
    path: Path
    md5: str

    @property
    def content_type(self) -> str:
        """The media type by the file's ending, the same on every machine."""
        kind = _TYPES.get(self.name.rpartition(".")[2].lower(), "application/octet-stream")
        return f"{kind}; charset=utf-8" if _TEXT.match(kind) else kind

    @property
    def page(self) -> bool:
        """Whether it is a page that people open by its address."""
        return self.name.endswith((".html", ".htm"))

    @property
    def cache_control(self) -> str:
        """The Cache-Control header."""
        if self.page:
            return ASK_AGAIN
        return FOR_EVER if _PRINTED.search(self.name) else A_WHILE

    def read(self) -> bytes:
        """The file's bytes. Raises OSError if it is no longer a plain file."""
        with _opened(self.path) as file:
            return file.read()


@contextlib.asynccontextmanager
async def copied(worktree: Path, folder: str, beside: Path | None, user: User | None) -> AsyncIterator[Path]:
    """A worktree with this folder that the worker can read: the worktree itself, or a temporary copy of its plain files.

    Raises `errors.StepFailed` in words for a person.
    """
    if user is None or beside is None:
        yield worktree
        return
    copy = beside / "output"
    shutil.rmtree(copy, ignore_errors=True)
    try:
        with tempfile.TemporaryFile(dir=beside) as packed:
            most = (PUBLISH_FILES, PUBLISH_FILE_BYTES)
            wrong: str | None = await act(user, acts.export, str(worktree), folder.split("/"), *most, files=[packed])
            word, _, name = (wrong or "").partition(" ")
            if word == "many":
                raise _too_many()
            if word == "large":
                raise _too_large(name)
            copy.mkdir()
            if wrong is None:
                packed.seek(0)
                await asyncio.to_thread(_unpack, packed, copy / folder)
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _unpack(packed: IO[bytes], folder: Path) -> None:
    folder.mkdir(parents=True)
    with tarfile.open(fileobj=packed, mode="r|") as found:
        for entry in found:
            source = found.extractfile(entry) if entry.isreg() else None
            parts = entry.name.split("/")
            if source is None or any(part in ("", ".", "..") for part in parts):
                raise errors.StepFailed("The build's output could not be read.", fault=errors.Fault.BUILD)
            path = folder.joinpath(*parts)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(source, file)


def _too_many() -> errors.StepFailed:
    return errors.StepFailed(
        f"The build has more than {PUBLISH_FILES} files; nothing was published.", fault=errors.Fault.BUILD
    )


def _too_large(name: str) -> errors.StepFailed:
    return errors.StepFailed(
        f"{escape.name(name)} is too large to be published; nothing was.", fault=errors.Fault.BUILD
    )


def read(worktree: Path, folder: str, leaks: Leaks) -> list[File]:
    """The files to publish. Raises `errors.StepFailed` in words for a person."""
    root = worktree
    for part in folder.split("/"):
        root = root / part
        if root.is_symlink() or not root.is_dir():
            raise errors.StepFailed(
                f"The build left no folder {folder}, so nothing was published.",
                hint="Check the project's build command and its output folder.",
                fault=errors.Fault.BUILD,
            )
    found: list[File] = []
    for path in _plain_files(root):
        name = path.relative_to(root).as_posix()
        if escape.encoded(name).decode("utf-8", "ignore") != name:
            raise errors.StepFailed(
                f"Nothing was published: the name of {escape.name(name)} is no UTF-8, and no web address can hold it.",
                hint="Let the build give the file another name.",
                fault=errors.Fault.BUILD,
            )
        if len(found) >= PUBLISH_FILES:
            raise _too_many()
        if path.lstat().st_size > PUBLISH_FILE_BYTES:
            raise _too_large(name)
        with _opened(path) as file:
            if (leak := leaks.within(file)) is not None:
                raise errors.StepFailed(
                    f"Nothing was published: {escape.name(name)} holds {leak} in line {leak.line}.",
                    hint="Let the page use the file in the project, not the link that it was fetched by. A host that is meant to be "
                    "public is named in publish.allow_hosts.",
                    fault=errors.Fault.BUILD,
                )
            file.seek(0)
            found.append(File(name, path, _md5(file)))
    return found


def _md5(file: BinaryIO) -> str:
    """The ETag that S3 gives such a file."""
    digest = hashlib.md5(usedforsecurity=False)
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    return digest.hexdigest()


def _plain_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder) / name
            if stat.S_ISREG(path.lstat().st_mode):
                yield path


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
