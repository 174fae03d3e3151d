"""Files that came with the mail, laid where the agent finds them; their names are cleaned, for a mail can call a file anything."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path, PurePosixPath

from hermes.domain import wire
from hermes.process import acts
from hermes.process.user import User, act, spooled

Fetch = Callable[[wire.AttachmentRef], Awaitable[bytes]]

_UNUSUAL = re.compile(r"[^\w .()+@=-]")
_NAME_CHARS = 120


async def lay_out(
    folder: Path, refs: Sequence[wire.AttachmentRef], fetch: Fetch, *, user: User | None = None
) -> tuple[Path, ...]:
    """The files in a fresh folder, in the mail's order; made by the user that is to read them. Raises OSError."""
    names: list[str] = []
    with contextlib.ExitStack() as stack:
        files = []
        for ref in refs:
            names.append(_free(names, safe_name(ref.name)))
            files.append(stack.enter_context(spooled(await fetch(ref))))
        await act(user, acts.lay, str(folder.parent), folder.name, names, files=files)
    return tuple(folder / name for name in names)


def safe_name(name: str) -> str:
    """A file name without folders, leading dots or hyphens, and odd characters."""
    last = PurePosixPath(name.replace("\\", "/")).name
    cleaned = _UNUSUAL.sub("_", last).strip(" ").lstrip(".-") or "attachment"
    stem, dot, ending = cleaned.rpartition(".")
    return cleaned if len(cleaned) <= _NAME_CHARS else f"{(stem or cleaned)[: _NAME_CHARS - 20]}{dot}{ending[:19]}"


def _free(taken: Sequence[str], name: str) -> str:
    free, number = name, 2
    while free in taken:
        free = f"{Path(name).stem}-{number}{Path(name).suffix}"
        number += 1
    return free
