"""The metrics of executions: interrupts, retries, snapshots, cancels."""

from __future__ import annotations

import contextlib

import pytest

from hermes.execution import (
    EventBus,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionMetrics,
    ExecutionState,
    ExecutionStatus,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    MemoryBackend,
    NoteEvent,
    RetryConfig,
    Snapshot,
    StepEvent,
)

SIGNAL = InterruptSignal(reason=InterruptReason.TIMEOUT)


class Full(MemoryBackend):
    """A store without room."""

    async def save(self, snapshot: Snapshot) -> None:
        raise OSError("disk full")


async def _run(metrics: ExecutionMetrics, store: MemoryBackend) -> None:
    left = [2]

    def flaky(_: object) -> int:
        left[0] -= 1
        if left[0] >= 0:
            raise ConnectionError
        return 1

    bus = EventBus()
    bus.subscribe(metrics)
    with contextlib.suppress(ExecutionInterrupted):
        async with ExecutionState(event_bus=bus, store=store) as state:
            step = ExecutionEvent(name="push", actor="git", handler=flaky, retry_config=RetryConfig(initial_delay=0))
            await step.execute(state)
            state.request_interrupt(InterruptReason.TIMEOUT)
            state.request_interrupt(InterruptReason.CUSTOM)
            await state.check_interrupt()
    await bus.aclose()


async def test_a_subscriber_counts_what_happens() -> None:
    metrics = ExecutionMetrics()
    await _run(metrics, MemoryBackend())
    found = metrics.as_dict()
    assert found["interrupts"] == {"timeout": 1}
    assert found["late_interrupts"] == 1
    assert found["retries"] == {"git": 2}
    assert found["ended"] == {"interrupted": 1}
    assert found["checkpoints"]["count"] == 2  # at the checkpoint, and at the end
    assert found["cancels"]["count"] == 1
    assert 0 <= found["cancels"]["longest"] < 60
    assert found["failed_checkpoints"] == 0


async def test_snapshots_that_are_not_saved_are_counted_apart() -> None:
    metrics = ExecutionMetrics()
    await _run(metrics, Full())
    assert metrics.failed_checkpoints == 2
    assert metrics.checkpoints.count == 0


async def test_the_text_is_prometheus_own() -> None:
    metrics = ExecutionMetrics()
    await _run(metrics, MemoryBackend())
    metrics.retries['a"b\\c\n'] = 1
    metrics.checkpoints.add(0.007)
    lines = metrics.prometheus().splitlines()
    assert 'hermes_execution_retries_total{actor="git"} 2' in lines
    assert 'hermes_execution_retries_total{actor="a\\"b\\\\c\\n"} 1' in lines
    assert "hermes_execution_late_interrupts_total 1" in lines
    assert 'hermes_execution_checkpoint_seconds_bucket{le="+Inf"} 3' in lines
    assert "hermes_execution_cancel_seconds_count 1" in lines
    assert metrics.prometheus().endswith("\n")


def test_executions_that_never_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.execution.events.metrics._OPEN", 2)
    metrics = ExecutionMetrics()
    for number in range(5):
        metrics(InterruptEvent(state_id=str(number), signal=SIGNAL))
    metrics(StepEvent(execution_id="a", at=0, status=ExecutionStatus.COMPLETED))
    metrics(NoteEvent(execution_id="a", at=0, detail="nothing to count"))
    assert list(metrics._open) == ["3", "4"]
