"""The state of one execution: what `InterruptibleState` has, its steps and their snapshots."""

from __future__ import annotations

import asyncio
import json
from types import TracebackType
from typing import Any, Final

from hermes.domain.interrupts import InterruptReason
from hermes.execution import checkers, environment, exceptions, interrupts, parallel, precedence, retry, signals
from hermes.execution.checkpoints import records, saver
from hermes.execution.checkpoints import snapshot as snapshots
from hermes.execution.events import bus, events

#: Entries of the history that go into a snapshot, the newest.
SNAPSHOT_HISTORY: Final = 1_000

Status = events.ExecutionStatus
_RUNNING: Final = frozenset({Status.STARTED, Status.CANCELLING})


class ExecutionState(interrupts.InterruptibleState):
    """The switch that stops a run, shared by everything that runs.

    `request_interrupt` may be called from any thread and from a signal handler; all else belongs to the thread of the event loop.
    The first interrupt wins and persists: every later checkpoint raises it again. `async with` starts and ends the execution
    (status, end event, timer); without it, call `finish`.

    With a `store`, a snapshot is saved when an interrupt asks for it, and with `autosave` at every change of a step. `retry_config` is
    one level of `choose_retry`, or `RetryLevels` for several. `checker_interval` (seconds) and `on_checker_error` are the defaults of
    `set_interrupt_checker`. `env` has the clocks, for tests.
    """

    def __init__(
        self,
        state_id: str | None = None,
        *,
        event_bus: bus.EventBus | None = None,
        store: snapshots.SnapshotStore | None = None,
        autosave: bool = False,
        retry_config: retry.RetryConfig | precedence.RetryLevels | None = None,
        checker_interval: float = checkers.CHECKER_INTERVAL_SECONDS,
        on_checker_error: checkers.CheckerErrors | str = checkers.CheckerErrors.INTERRUPT,
        env: environment.Environment = environment.REAL,
    ) -> None:
        super().__init__(
            state_id=state_id or env.new_id(),
            event_bus=event_bus,
            checker_interval=checker_interval,
            on_checker_error=on_checker_error,
            env=env,
        )
        self._retry_levels = precedence.RetryLevels.of(retry_config)
        self._book = records.StepBook()
        self._saver = saver.Saver(
            store=store,
            every_change=autosave,
            take=self.snapshot,
            timeline=self._timeline,
            name=f"hermes snapshot of {self.state_id}",
        )
        self._taken = 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}(state_id={self.state_id!r}, status={self.status.value!r})"

    # ── the run as a whole ────────────────────────────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> ExecutionState:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.kill_generators()
        finally:
            self.finish(error)
            await self._saver.last(self.interrupt_signal)

    @property
    def steps(self) -> records.StepBook:
        """The known steps, in the order of their start."""
        return self._book

    def start(self) -> None:
        """Record the start; a second call does nothing."""
        self._enter()
        if self._status is Status.PENDING:
            self._status = Status.STARTED
            self._timeline.step(Status.STARTED)

    def finish(self, error: BaseException | None = None) -> None:
        """Record the end, with the error if there was one, and stop timer and checker. A second call does nothing."""
        self.cancel_timeout()
        self._watch.stop()
        self._watch.probe = None
        if self._status.terminal:
            return
        interrupted = isinstance(error, exceptions.ExecutionInterrupted)
        signal = error.signal if isinstance(error, exceptions.ExecutionInterrupted) else self.interrupt_signal
        failure = ""
        if isinstance(error, asyncio.CancelledError):
            self._status, detail = Status.CANCELLED, "cancelled from outside"
        elif error is not None and not interrupted:
            self._status, detail = Status.FAILED, events.error_words(error)
            failure = detail
        elif signal is not None:
            self._status, detail = Status.INTERRUPTED, signal.message or ""
        else:
            self._status, detail = Status.COMPLETED, ""
        reason = signal.reason if signal is not None and self._status is Status.INTERRUPTED else None
        self._timeline.step(self._status, detail=detail, reason=reason, error=failure)

    def parallel(
        self,
        *,
        limit: int | None = None,
        max_workers: int | None = None,
        errors: parallel.ErrorPolicy = parallel.ErrorPolicy.FAIL_FAST,
    ) -> parallel.ParallelExecutionManager:
        """A manager of parallel work in this execution: at most `limit` (or `max_workers`) at once."""
        return parallel.ParallelExecutionManager(self, limit=limit, max_workers=max_workers, errors=errors)

    def _announced(self, event: events.InterruptEvent) -> None:
        for record in self._book.active:
            if record.status is not Status.COMPLETED:  # one that has its result is on its way out
                self._timeline.step(Status.CANCELLING, record=record, reason=event.signal.reason)

    def _has_to_do(self, signal: signals.InterruptSignal) -> bool:
        return super()._has_to_do(signal) or self._saves(signal)

    def _saves(self, signal: signals.InterruptSignal) -> bool:
        """Whether a checkpoint saves on its way out: a step that is interrupted saves when it ends."""
        return self._saver.wants(signal) and not self._book.active

    async def _before_raising(self, signal: signals.InterruptSignal) -> None:
        await super()._before_raising(signal)
        if self._saves(signal):
            await self._saver.checkpoint(signal)

    # ── steps and snapshots ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def retry_config(self) -> precedence.RetryLevels:
        """The retry settings of this execution; set to a `RetryConfig`, or to `RetryLevels`, they hold for steps that begin afterwards."""
        return self._retry_levels

    @retry_config.setter
    def retry_config(self, given: retry.RetryConfig | precedence.RetryLevels | None) -> None:
        self._retry_levels = precedence.RetryLevels.of(given)

    def choose_retry(
        self, *, call: retry.RetryConfig | None = None, step: retry.RetryConfig | None = None, actor: Any = None
    ) -> precedence.RetryChoice:
        """The retry settings for one run of a step, and why these."""
        return precedence.choose_retry(call=call, step=step, actor=actor, levels=self._retry_levels)

    async def changed(self) -> None:
        """A step has changed: save, if every change is saved; let subscribers catch up. An interrupt ends the waiting."""
        if self._saver.every_change:
            await self.run(self._saver.save())
        if self._timeline.crowded:
            await self.run(self._timeline.room())

    async def checkpoint(self) -> bool:
        """Save if the interrupt asks for it (or every change is saved); False if not, or if saving failed: then history says why."""
        return await self._saver.checkpoint(self.interrupt_signal)

    async def save(self) -> None:
        """Save a snapshot to the store. Raises what the store raises, and `SnapshotError`."""
        await self._saver.save()

    def snapshot(self) -> snapshots.Snapshot:
        """The execution as it is now. Raises `SnapshotError` where a result is no JSON value."""
        self._taken += 1
        return snapshots.Snapshot(
            execution_id=self.state_id,
            number=self._taken,
            taken_at=self._env.now(),
            status=self._status,
            interrupted=self.interrupt_signal,
            steps=self._book.freeze(self._env.monotonic()),
            history=self.history[-SNAPSHOT_HISTORY:],
        )

    @classmethod
    def restore(cls, taken: snapshots.Snapshot, **settings: Any) -> ExecutionState:
        """A new state that resumes from the snapshot; `settings` are the constructor's.

        The snapshot's interrupt has been carried out and does not stop the new run; history, completed steps, attempts and pauses
        are kept. What was running then has ended, as `interrupted`, with the process.
        """
        settings.setdefault("state_id", taken.execution_id)
        state = cls(**settings)
        state._timeline.history.extend(taken.history)
        state._book = records.StepBook(taken.steps)
        state._taken = taken.number
        state._close(taken)
        return state

    def _close(self, taken: snapshots.Snapshot) -> None:
        """Give what the snapshot's process had begun, and could not end, its end in history: each start has one."""
        reason = InterruptReason.SYSTEM_SHUTDOWN if taken.interrupted is None else taken.interrupted.reason
        running: list[records.StepRecord | None] = [record for record in self._book if record.status in _RUNNING]
        if taken.status in _RUNNING and any(
            isinstance(one, events.StepEvent) and not one.step for one in taken.history
        ):
            running.append(None)  # the execution as a whole, if it had begun
        for record in running:
            self._timeline.step(
                Status.INTERRUPTED,
                record=record,
                detail="its process ended before it did",
                reason=reason,
                published=False,
            )

    def model_dump(self, *, mode: str = "python") -> dict[str, Any]:
        """What of the state is a value: its id and its status; the same in every mode."""
        return {"state_id": self.state_id, "status": self._status.value}

    def model_dump_json(self, *, indent: int | None = None) -> str:
        """`model_dump` as JSON text."""
        return json.dumps(self.model_dump(), indent=indent)

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """Serialised are the id, the steps and the history; never the interrupt, the checker, the timer, the generators or the bus."""
        return _unpickled, (self.snapshot().to_json(),)


def _unpickled(text: str) -> ExecutionState:
    return ExecutionState.restore(snapshots.Snapshot.from_json(text))
