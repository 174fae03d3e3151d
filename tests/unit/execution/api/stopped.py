"""How an execution is found to be stopped: by the exception at its next checkpoint."""

from __future__ import annotations

import asyncio

import pytest

from hermes.execution import ExecutionInterrupted, ExecutionState, InterruptReason, InterruptSignal

SIGNAL = InterruptSignal(reason=InterruptReason.CUSTOM, message="m")


async def stopped(state: ExecutionState) -> ExecutionInterrupted:
    """What the next checkpoint raises."""
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted) as caught:
            await state.check_interrupt()
    return caught.value
