"""What Hermes keeps of a person: copied out for them, or deleted.

It is their mails, the replies to them, the commands and threads that are theirs, and of these the attachments, logs, conversations and
bundles. Costs stay, without the name. What is in the project's repository is the project's, and stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final

from hermes import errors, ids
from hermes.admin.actions.recording import recorded
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer, ViewerRole
from hermes.admin.views import mails, replies, threads
from hermes.admin.views.page import PAGE_MOST, Page
from hermes.admin.views.wanted import Terms, Wanted
from hermes.aws import items
from hermes.aws.records.costs import day_of
from hermes.domain import idn
from hermes.domain.commands import Command
from hermes.domain.containers import GONE
from hermes.domain.mails import MailRecord
from hermes.domain.operating.audit import Act
from hermes.domain.operating.costs import CostRow
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session
from hermes.gateway.replies import shown_files
from hermes.gateway.replies.replies import alias_key

#: The folders of the bucket that hold something of a thread.
_FOLDERS: Final = ("attachments", "logs", "transcripts", "bundles", "shown")
#: Days whose costs are looked through: as long as they are kept.
_COST_DAYS: Final = 800
#: Deletions at the same time.
_BESIDE: Final = 8
_ALL: Final = Viewer(name="people", role=ViewerRole.READER)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._@#=+-]")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was found of a person, or was deleted."""

    mails: int = 0
    replies: int = 0
    threads: int = 0
    commands: int = 0
    files: int = 0
    """Raw mails, attachments, logs, conversations, bundles."""
    costs: int = 0
    """Rows of costs that had the name."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    mails: tuple[MailRecord, ...]
    sessions: tuple[Session, ...]
    commands: tuple[Command, ...]
    replies: tuple[Reply, ...]
    costs: tuple[CostRow, ...]

    async def keys(self, console: Console) -> AsyncIterator[str]:
        """The objects of the bucket."""
        for mail in self.mails:
            if mail.bucket is None:
                yield mail.key
        for session in self.sessions:
            for folder in _FOLDERS:
                async for key in console.stores.objects.every(f"{folder}/{session.session_id}/"):
                    yield key


async def export(console: Console, viewer: Viewer, person: str, folder: Path, *, reason: str = "") -> Kept:
    """Copy everything of a person into a new folder. Raises `errors.NotFound`, `errors.NotAllowed`, `errors.BadQuery`."""
    address = _address(person)
    async with recorded(console, viewer, Act.EXPORT, _unnamed(address), reason=reason):
        found = await _find(console, _addresses(console, address))
        try:
            folder.mkdir(parents=True, exist_ok=False, mode=0o700)
        except OSError as error:
            raise errors.NotPossible(
                f"{folder} cannot be made: {error.strerror}; name a folder that is not there yet"
            ) from error
        document: dict[str, Any] = {
            "person": address,
            "mails": [one.model_dump(mode="json", exclude={"token"}) for one in found.mails],
            "threads": [one.model_dump(mode="json") for one in found.sessions],
            "commands": [
                one.model_dump(mode="json", exclude={"nonce", "claim_token", "timer_token"}) for one in found.commands
            ],
            "replies": [one.model_dump(mode="json", exclude={"raw", "lease_token"}) for one in found.replies],
            "costs": [one.model_dump(mode="json") for one in found.costs],
        }
        _write(folder / "records.json", json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "replace"))
        for reply in found.replies:
            mail = await shown_files.whole(console.stores.objects, reply)
            _write(folder / "replies" / f"{_safe(reply.reply_id)}.eml", mail)
        files = 0
        async for key in found.keys(console):
            with contextlib.suppress(errors.AwsRefused):  # it has expired
                data = await console.stores.objects.get(key, most=1024**3)
                _write(folder.joinpath("files", *map(_safe, key.split("/"))), data)
                files += 1
    return _counted(found, files)


async def forget(console: Console, viewer: Viewer, person: str, *, reason: str = "") -> Kept:
    """Delete everything of a person; costs stay without the name. Safe to repeat.

    Raises `errors.NotPossible` while a command of theirs is open, `errors.NotFound`, `errors.NotAllowed`, `errors.BadQuery`.
    """
    address, stores = _address(person), console.stores
    addresses = _addresses(console, address)
    async with recorded(console, viewer, Act.FORGET, _unnamed(address), reason=reason):
        found = await _find(console, addresses)
        if still := [one.command_id for one in found.commands if not one.state.terminal]:
            raise errors.NotPossible(f"commands are open: {', '.join(still[:5])}; stop them first (`hermes stop`)")
        files = 0
        # What leads to the rest goes last, so that a second run finds what a first one left.
        async for key in found.keys(console):
            await stores.objects.delete(key)
            files += 1
        for row in found.costs:
            await stores.costs.without_name(row)
        scopes = {project.name for project in console.settings().projects}
        named = {one.message_id for one in found.mails} | {one.message_id for one in found.replies}
        await _delete(
            console, stores.sessions.threads, "message_id", (alias_key(s, m) for s in scopes for m in named if m)
        )
        await _delete(console, stores.outbox.table, "reply_id", (one.reply_id for one in found.replies))
        await _delete(console, stores.commands.table, "command_id", (one.command_id for one in found.commands))
        await _delete(console, stores.sessions.mails, "mail_id", (one.mail_id for one in found.mails))
        await _delete(console, stores.usage.table, "usage_id", await _shares(console, addresses))
        await _delete(console, stores.containers.table, "container_key", await _ended(console, found.sessions))
        await _delete(console, stores.sessions.table, "session_id", (one.session_id for one in found.sessions))
    return _counted(found, files)


async def _find(console: Console, addresses: frozenset[str]) -> _Found:
    stores, everything = console.stores, _ALL
    mine = Wanted(person=Terms(any_of=tuple(addresses)))

    async def every(read: Any) -> list[Any]:
        rows: list[Any] = []
        cursor: str | None = None
        while True:
            page: Page[Any] = await read(console, everything, mine, cursor=cursor, most=PAGE_MOST)
            rows += page.rows
            cursor = page.cursor
            if cursor is None:
                return rows

    thread_rows, mail_rows, reply_rows = await asyncio.gather(
        every(threads.threads), every(mails.mails), every(replies.replies)
    )
    sessions = [await stores.sessions.get(row.session_id) for row in thread_rows]
    owned = tuple(one for one in sessions if one is not None)
    commands: dict[str, Command] = {}
    mail_ids = [row.mail_id for row in mail_rows]
    reply_ids = [row.reply_id for row in reply_rows]
    for session in owned:
        commands |= {one.command_id: one for one in await stores.commands.of_session(session.session_id, most=10_000)}
        # Mails of others in their thread are the others'; replies to others too.
    for row in mail_rows:
        if row.command_id and row.command_id not in commands:
            command = await stores.commands.get(row.command_id)
            commands |= {row.command_id: command} if command is not None else {}
    now = console.now()
    days = [day_of(now - 86400 * number) for number in range(_COST_DAYS)]
    costs: list[CostRow] = []
    for begin in range(0, len(days), 50):
        costs += [row for row in await stores.costs.of_days(days[begin : begin + 50]) if row.person in addresses]
    return _Found(
        mails=tuple(filter(None, [await stores.sessions.mail(one) for one in mail_ids])),
        sessions=owned,
        commands=tuple(commands.values()),
        replies=tuple(filter(None, [await stores.outbox.get(one) for one in reply_ids])),
        costs=tuple(costs),
    )


async def _delete(console: Console, table: str, key: str, names: Iterable[str]) -> None:
    turn = asyncio.Semaphore(_BESIDE)

    async def one(name: str) -> None:
        async with turn:
            await console.stores.tables.delete(table, {key: name})

    await asyncio.gather(*map(one, names))


async def _shares(console: Console, addresses: frozenset[str]) -> list[str]:
    """The rows of the person's own shares, whose keys have the address."""
    rows = await console.stores.usage.all()
    return [row.usage_id for row in rows if row.subject.removeprefix("owner ").partition(" in ")[0] in addresses]


async def _ended(console: Console, sessions: Iterable[Session]) -> list[str]:
    """The person's workers that have ended; one that lives is idle, and its record expires."""
    table = console.stores.containers.table
    found = []
    for key in {session.container_key for session in sessions}:
        item = await console.stores.tables.get(table, {"container_key": key})
        if item is not None and items.plain(item["state"]) in {state.value for state in GONE}:
            found.append(key)
    return found


def _counted(found: _Found, files: int) -> Kept:
    return Kept(
        mails=len(found.mails),
        replies=len(found.replies),
        threads=len(found.sessions),
        commands=len(found.commands),
        files=files,
        costs=len(found.costs),
    )


def _address(person: str) -> str:
    found = idn.ascii_lower(person.strip())
    if "@" not in found.strip("@"):
        raise errors.BadQuery(f"{person!r} is no address")
    return found


def _addresses(console: Console, address: str) -> frozenset[str]:
    """All addresses of the person, as `people` in the configuration has them."""
    return frozenset({address, *console.settings().persons.addresses(address)})


def _unnamed(address: str) -> str:
    """The person in the audit: told from others, and not named."""
    return f"person {ids.digest('person', address, chars=12)}"


def _safe(name: str) -> str:
    """A name of a file that leads nowhere else."""
    return _UNSAFE.sub("_", name)[:200].lstrip(".") or "_"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(data)
