"""The end of a command whose current attempt never began. Earlier attempts may have saved work."""

from __future__ import annotations

from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import KeptWork


def report(command: Command, reason: InterruptReason, by: str | None) -> wire.ResultMessage:
    """The final report, which no worker can make."""
    before = command.context.previous if command.attempt > 1 else None
    return wire.ResultMessage(
        command_id=command.command_id,
        attempt=command.attempt,
        success=False,
        interrupted=True,
        never_started=command.attempt == 1,
        interrupt_reason=reason,
        interrupted_by=by,
        git_commit=before.commit if before is not None else None,
        branch=before.branch if before is not None else None,
        pushed=before is not None and before.branch is not None,
    )


def work(command: Command) -> KeptWork:
    """Where the work of the command's earlier attempts is."""
    return KeptWork.of(report(command, InterruptReason.CUSTOM, None))
