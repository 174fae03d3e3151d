"""Places the files of a mail for the agent, under cleaned names, since a mail can give a file any name."""

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
    """Write the files into a new folder, in the mail's order, as the user that reads them. Raises OSError."""
    names: list[str] = []
    with contextlib.ExitStack() as stack:
        files = []
        for ref in refs:
            names.append(_free(names, safe_name(ref.name)))
            files.append(stack.enter_context(spooled(await fetch(ref))))
        await act(user, acts.lay, str(folder.parent), folder.name, names, files=files)
    return tuple(folder / name for name in names)


def safe_name(name: str) -> str:
    """A file name without folders, leading dots, hyphens or unusual characters."""
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
