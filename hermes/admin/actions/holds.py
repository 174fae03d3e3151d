"""Pauses and resumes everything, a client, a project or a person; blocks senders."""

from __future__ import annotations

from typing import Final

from hermes import errors
from hermes.admin.actions.recording import recorded
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views.now import open_commands
from hermes.domain import idn, lifecycle
from hermes.domain.commands import CommandState
from hermes.domain.operating.audit import Act
from hermes.domain.operating.holds import EVERYTHING, Hold, Holds

_KINDS: Final = ("client", "project", "person")


async def held(console: Console, viewer: Viewer) -> Holds:
    """What is held back now, as far as the viewer may see it."""
    found = await console.stores.holds.now()
    if viewer.sees_all:
        return found
    mine = tuple(one for one in found.pauses if one.subject == EVERYTHING or viewer.sees(_project(one.subject)))
    return Holds(pauses=mine)


def subject(console: Console, text: str) -> str:
    """What a pause is about, of the words of an operator: `everything`, `acme`, `acme/site`, `anna@acme.example`, or as it is stored.

    Raises `errors.BadQuery` for a client or project that is not configured.
    """
    kind, _, rest = text.strip().partition(" ")
    name = rest.strip() if kind in _KINDS and rest else text.strip()
    projects = [project.name for project in console.settings().projects]
    if name in (EVERYTHING, "all"):
        return EVERYTHING
    if "@" in name:
        return f"person {idn.ascii_lower(name)}"
    if name in projects:
        return f"project {name}"
    if name in {project.partition("/")[0] for project in projects}:
        return f"client {name}"
    known = ", ".join(sorted(projects)) or "none"
    raise errors.BadQuery(f"{name!r} is no client, project or address; say everything, or one of the projects: {known}")


async def pause(console: Console, viewer: Viewer, text: str, *, reason: str = "") -> Hold:
    """Let nothing of the subject start: its mail is accepted and answered that it waits. What runs goes on.

    Raises `errors.BadQuery`, `errors.NotAllowed`, `errors.NotFound`.
    """
    about = subject(console, text)
    hold = Hold(subject=about, by=viewer.name, reason=reason, at=console.now())
    async with recorded(console, viewer, Act.PAUSE, about, project=_project(about), reason=reason):
        await console.stores.holds.pause(hold)
    return hold


async def resume(console: Console, viewer: Viewer, text: str, *, reason: str = "") -> int:
    """End a pause; returns how many waiting commands go on. Raises `errors.NotPossible` where there is no such pause."""
    known = await console.stores.holds.now()
    about = text if any(one.subject == text for one in known.pauses) else subject(console, text)
    async with recorded(console, viewer, Act.RESUME, about, project=_project(about), reason=reason):
        if all(one.subject != about for one in known.pauses):
            there = ", ".join(one.subject for one in known.pauses) or "nothing"
            raise errors.NotPossible(f"{about} is not paused; paused: {there}")
        await console.stores.holds.resume(about)
        return await _go_on(console, next(one for one in known.pauses if one.subject == about))


async def _go_on(console: Console, ended: Hold) -> int:
    """Make what the pause held back due now. What is not reached, because this process dies, is due within a minute by itself."""
    left = await console.stores.holds.now()
    resumed = 0
    for command in await open_commands(console):
        waits = command.state is CommandState.ACCEPTED and command.interruption is None
        mine = ended.covers(command.project, command.origin.author)
        if not (waits and mine) or left.paused(command.project, command.origin.author) is not None:
            continue
        try:
            await console.stores.commands.step(lifecycle.resume(command, now=console.now()))
        except errors.ConditionFailed:
            continue  # it went on, or was stopped, meanwhile
        resumed += 1
    return resumed


async def block(console: Console, viewer: Viewer, address: str, *, reason: str = "") -> Hold:
    """Refuse the mail of an address or of a domain (`@spam.example`), without an answer. Raises `errors.BadQuery`."""
    about = _sender(address)
    hold = Hold(subject=about, by=viewer.name, reason=reason, at=console.now())
    async with recorded(console, viewer, Act.BLOCK, about, reason=reason):
        await console.stores.holds.block(hold)
    return hold


async def unblock(console: Console, viewer: Viewer, address: str, *, reason: str = "") -> None:
    """End a block. Raises `errors.NotPossible` where there is none."""
    about = _sender(address)
    async with recorded(console, viewer, Act.UNBLOCK, about, reason=reason):
        if all(one.subject != about for one in (await console.stores.holds.now()).blocks):
            raise errors.NotPossible(f"{about} is not blocked")
        await console.stores.holds.unblock(about)


def _sender(address: str) -> str:
    found = idn.ascii_lower(address.strip())
    if "@" not in found or found.endswith("@") or " " in found:
        raise errors.BadQuery(f"{address!r} is no address; write anna@acme.example, or @acme.example for a domain")
    return found


def _project(about: str) -> str | None:
    """The project of a pause; a client's, a person's and everything belong to none."""
    return about.removeprefix("project ") if about.startswith("project ") else None
