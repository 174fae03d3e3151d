"""The one checker: what must hold once everything has come to rest. It reads tables, queues, mailbox, repository and the agent's own
list of its runs; never logs."""

from __future__ import annotations

import asyncio
import collections
import dataclasses
import email
import subprocess
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from hermes.app import gateway as composition
from hermes.aws import items
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import usage
from hermes.domain.decisions.acceptance import Place
from hermes.domain.decisions.shares import Measure
from hermes.domain.mails import Outcome
from hermes.domain.replies import ReplyState

_ALL = 1_000_000
#: Longer than a dead gateway hides what it was looking at in a dead-letter queue (`haste.SIDE_QUEUE_SECONDS`), on a busy machine.
_LOOKED_AT_SECONDS = 20.0
_LOOK_SECONDS = 0.2


@dataclasses.dataclass(frozen=True)
class Findings:
    """What was found wrong, in sentences, and what was counted."""

    lost: tuple[str, ...]
    twice: tuple[str, ...]
    mails: int
    commands: int
    copies: int

    @property
    def clean(self) -> bool:
        return not self.lost and not self.twice


async def commands(records: composition.Records) -> list[Command]:
    """Every command."""
    return [items.from_item(Command, i) for i in await records.tables.scan(records.commands.table, most=_ALL)]


async def unrest(records: composition.Records) -> list[str]:
    """What still moves: open commands, unsent replies, mails on the way in."""
    moving = [f"command {c.command_id} is {c.state.value}" for c in await commands(records) if not c.state.terminal]
    replies = await records.outbox.all(most=_ALL)
    moving += [f"reply {r.reply_id} is {r.state.value}" for r in replies if r.state is ReplyState.PENDING]
    for name in ("inbound", "strangers"):
        told = await records.queues.attributes(getattr(records.places, name))
        count = int(told["ApproximateNumberOfMessages"]) + int(told["ApproximateNumberOfMessagesNotVisible"])
        moving += [f"{count} message(s) on the queue {name}"] if count else []
    return moving


async def _left_over(records: composition.Records, every: Mapping[str, Command]) -> list[str]:
    """Messages in the queues of containers that are about something open: nobody polls a queue for what has ended."""
    wrong = []
    for row in await records.tables.scan(records.containers.queues, most=_ALL):
        if "input_url" not in row:  # not the queues of a container
            continue
        for name in ("input_url", "output_url"):
            url = str(items.plain(row[name]))
            while batch := await records.queues.receive(url, wait_seconds=0):
                for one in batch:
                    read = wire.read_command if name == "input_url" else wire.read_output
                    command = every.get(read(one.body).command_id)
                    if command is None or not command.state.terminal:
                        wrong.append(f"left on {url.rsplit('/', 1)[-1]}: {one.body[:300]}")
    return wrong


async def counted(records: composition.Records, every: Mapping[str, Command]) -> list[str]:
    """Counts of shares that do not add up: seats that nobody has, and commands that were counted twice or not at all."""
    rows = await records.usage.all()
    wrong = [
        f"{row.usage_id} is {row.used:g}, and {true} are open"
        for row, true in usage.astray(rows, usage.slots(every.values()))
    ]
    begun = sum(c.history[0].detail not in (Place.LATE.value, Place.MERGE.value) for c in every.values())
    told = sum(row.used for row in rows if row.measure is Measure.HOURLY)
    # Where no share is configured, no row is ever made.
    return wrong if told == begun or not rows else [*wrong, f"{told:g} commands were counted, and {begun} accepted"]


async def check(
    records: composition.Records,
    *,
    acknowledged: Iterable[str],
    mailbox: Sequence[bytes],
    repository: Path,
    runs: Path,
    hopeless: Collection[str] = (),
) -> Findings:
    """Hold what stands against what was promised to the senders of the acknowledged mails (their Message-IDs).

    The hopeless mails (their keys) are the ones that nobody can handle: each is recorded as failed, once, and parked.
    """
    # Before the commands: whoever began meanwhile had claimed it earlier.
    begun = collections.Counter(runs.read_text(encoding="utf-8").split() if runs.exists() else [])
    lost = [f"not at rest: {sentence}" for sentence in await unrest(records)]
    twice: list[str] = []
    parked, strange = await _parked(records, hopeless)
    lost += strange
    mails = collections.defaultdict(list)
    failed: collections.Counter[str] = collections.Counter()
    for record in await records.sessions.all_mails(most=_ALL):
        if record.key in hopeless:
            failed[record.key] += record.outcome is Outcome.FAILED
        else:
            mails[record.message_id].append(record)
    for key in hopeless:
        if failed[key] != 1 or key not in parked:
            lost.append(f"mail {key} failed {failed[key]} times and is {'' if key in parked else 'not '}parked")
    every = {c.command_id: c for c in await commands(records)}
    lost += await _left_over(records, every)
    lost += await counted(records, every)
    for message_id in acknowledged:
        found = mails[message_id]
        if len(found) != 1:
            (twice if found else lost).append(f"mail {message_id} has {len(found)} outcomes")
        for record in found:
            if not record.reason or record.outcome is Outcome.FAILED:
                lost.append(f"mail {message_id}: {record.outcome} ({record.reason})")
            if record.outcome is Outcome.COMMAND and record.command_id not in every:
                lost.append(f"mail {message_id} has no command")
    rows = {reply.reply_id: reply for reply in await records.outbox.all(most=_ALL)}
    by_id = collections.defaultdict(list)
    for raw in mailbox:
        by_id[str(email.message_from_bytes(raw)["Message-ID"]).strip()].append(raw)
    copies = 0
    for row in rows.values():
        got = by_id.pop(row.message_id, [])
        if row.state is not ReplyState.SENT or not got:
            lost.append(f"reply {row.reply_id} is {row.state.value}, {len(got)} in the mailbox")
        # Each copy beyond the first has a lease of its own: a holder that died after the mail server's OK.
        if len(set(got)) > 1 or len(got) > row.attempts + 1:
            twice.append(f"reply {row.reply_id}: {len(got)} copies, {len(set(got))} different, {row.attempts} leases")
        copies += max(0, len(got) - 1)
    twice += [f"a mail that no row knows: {message_id}" for message_id in by_id]
    branches: dict[str, list[str]] = {}
    for command in every.values():
        if f"{command.command_id}#final" not in rows:
            lost.append(f"command {command.command_id} ({command.state.value}) has no final reply")
        claims = sum(entry.what == "started" for entry in command.history)
        if begun[command.command_id] > min(claims, command.attempt):
            twice.append(f"command {command.command_id} ran {begun[command.command_id]} times in {claims} claims")
        lost += await asyncio.to_thread(_work, command, repository, branches)
    return Findings(tuple(lost), tuple(twice), len(mails), len(every), copies)


async def _parked(records: composition.Records, hopeless: Collection[str]) -> tuple[set[str], list[str]]:
    """The hopeless mails that are parked, and what else is. What a gateway looks at, or looked at when it died, shows after a while."""
    parked: set[str] = set()
    strange: list[str] = []
    until = time.monotonic() + _LOOKED_AT_SECONDS
    while True:
        for url in (records.places.parked, records.places.dead, records.places.dead_fifo):
            while batch := await records.queues.receive(url, wait_seconds=0):
                for one in batch:
                    known = {key for key in hopeless if f'"{key}"' in one.body}
                    parked |= known
                    strange += [] if known else [f"parked: {one.body[:300]} {dict(one.attributes)}"]
        if parked >= set(hopeless) or time.monotonic() > until:
            return parked, strange
        await asyncio.sleep(_LOOK_SECONDS)


def _work(command: Command, repository: Path, branches: dict[str, list[str]]) -> list[str]:
    """Is what the command reported on a branch of the repository? `branches` remembers what holds a commit."""
    result = command.result
    if result is None:
        return [f"command {command.command_id} has no result"] if command.state is CommandState.SUCCEEDED else []
    if command.state is CommandState.SUCCEEDED and result.git_commit is None:
        return [f"command {command.command_id} succeeded without a commit"]
    if result.git_commit is None:
        return []
    if result.git_commit not in branches:
        asked = ["git", "-C", str(repository), "branch", "--contains", result.git_commit, "--format=%(refname:short)"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False)
        branches[result.git_commit] = said.stdout.split()
    named = result.branch in branches[result.git_commit]
    return [] if named else [f"{command.command_id}: {result.git_commit} is on no branch"]
