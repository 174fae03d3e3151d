"""Corrects counts of open commands, after a restored backup or after a gateway of a version without shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from hermes import errors
from hermes.aws.records.commands import Commands
from hermes.aws.records.usage import Usage
from hermes.domain.commands import Command
from hermes.domain.decisions import usage as counts

#: Between the two looks of `hermes usage --recount`: the index of open commands is about a second late.
RECOUNT_SECONDS: Final = 3.0


async def recount(*, usage: Usage, commands: Commands, sleep: Callable[[float], Awaitable[None]]) -> list[str]:
    """Correct every wrong count; returns a sentence for each.

    The index of open commands is slightly late, so a count is wrong only if two readings say so and nobody has changed it
    between them or before the correction. Gateways may run meanwhile.
    """
    first = {
        row.usage_id: (row.changes, true) for row, true in counts.astray(await usage.all(), await _slots(commands))
    }
    if not first:
        return ["every count is right"]
    await sleep(RECOUNT_SECONDS)
    said = []
    for row, true in counts.astray(await usage.all(), await _slots(commands)):
        if first.get(row.usage_id) != (row.changes, true):
            continue
        try:
            await usage.correct(row, true)
        except errors.ConditionFailed:
            said.append(f"{row.subject}: it is being used; look again later")
        else:
            said.append(f"{row.subject}: {row.used:g} were counted, {true} are open; corrected")
    return said or ["every count is right"]


async def _slots(commands: Commands) -> counts.Slots:
    """Row → number of open commands that hold a slot in it."""
    found: list[Command] = []
    for timer in await commands.due(before=None, most=None):
        command = await commands.get(timer.command_id)
        found += [command] if command is not None else []
    return counts.slots(found)
