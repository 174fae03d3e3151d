"""Files that came with the mail, laid where the agent finds them; their names are cleaned, for a mail can call a file anything."""

from __future__ import annotations

import re
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path, PurePosixPath

from hermes.domain import wire

Fetch = Callable[[wire.AttachmentRef], Awaitable[bytes]]

_UNUSUAL = re.compile(r"[^\w .()+@=-]")
_NAME_CHARS = 120


async def lay_out(folder: Path, refs: Sequence[wire.AttachmentRef], fetch: Fetch) -> tuple[Path, ...]:
    """The files in a fresh folder, in the mail's order."""
    if folder.is_symlink() or not folder.is_dir():  # an agent before this one may have left anything there
        folder.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    laid: list[Path] = []
    for ref in refs:
        path = _free(folder, safe_name(ref.name))
        path.write_bytes(await fetch(ref))
        laid.append(path)
    return tuple(laid)


def safe_name(name: str) -> str:
    """A file name without folders, leading dots or hyphens, and odd characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    cleaned = _UNUSUAL.sub("_", last).strip(" ").lstrip(".-") or "attachment"
    stem, dot, ending = cleaned.rpartition(".")
    return cleaned if len(cleaned) <= _NAME_CHARS else f"{(stem or cleaned)[: _NAME_CHARS - 20]}{dot}{ending[:19]}"


def _free(folder: Path, name: str) -> Path:
    path, number = folder / name, 2
    while path.exists():
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return path
