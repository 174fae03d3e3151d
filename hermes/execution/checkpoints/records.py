"""The step records of an execution: the progress of each step, and the results of completed ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events


@dataclass(slots=True, kw_only=True)
class StepRecord:
    """One step of an execution, while it is in memory; `StepSnapshot` is the same on disk."""

    key: str
    """The step's name; the second time that it runs, `name#2`."""
    name: str
    actor: str = ""
    status: events.ExecutionStatus = events.ExecutionStatus.PENDING
    failures: int = 0
    """Attempts that ended with an error."""
    retry_at: float | None = None
    """Epoch seconds: a pause before the next attempt lasts until then."""
    spent_seconds: float = 0.0
    """In earlier runs of this step: what counts towards `RetryConfig.total_seconds`."""
    started_at: float | None = None
    """Epoch seconds: the start of the latest run."""
    ended_at: float | None = None
    """Epoch seconds; None while it runs."""
    begun: float | None = None
    """Monotonic seconds of this run's beginning; None while it does not run."""
    result: Any = None
    result_json: str | None = None
    """The result as kept; from a snapshot, or written for one."""
    restored: bool = False
    """The result came from a snapshot: a JSON value, to be read by the step's `load`."""
    failed: bool = False
    """The last attempt has failed, and the next one has not begun."""
    error: str = ""
    """What the last failed attempt of this process raised."""
    dump: snapshot.Dump | None = field(default=None, repr=False)

    @property
    def attempt(self) -> int:
        """The attempt that runs, or ran last, counted from 1."""
        return self.failures + (not self.failed)

    def elapsed(self, monotonic: float) -> float:
        """Seconds that this step has run, in all its runs."""
        return self.spent_seconds + (0.0 if self.begun is None else monotonic - self.begun)

    def freeze(self, monotonic: float) -> snapshot.StepSnapshot:
        """As it is now. Raises `SnapshotError` where the result is no JSON value."""
        if self.status is events.ExecutionStatus.COMPLETED and self.result_json is None:
            self.result_json = snapshot.write_result(self.key, self.result, self.dump)
        return snapshot.StepSnapshot(
            key=self.key,
            name=self.name,
            actor=self.actor,
            status=self.status,
            failures=self.failures,
            retry_at=self.retry_at,
            started_at=self.started_at,
            ended_at=self.ended_at,
            spent_seconds=self.elapsed(monotonic),
            result_json=self.result_json,
        )


def thaw(step: snapshot.StepSnapshot) -> StepRecord:
    """A record as the snapshot has it."""
    completed = step.status is events.ExecutionStatus.COMPLETED
    return StepRecord(
        key=step.key,
        name=step.name,
        actor=step.actor,
        status=step.status,
        failures=step.failures,
        retry_at=step.retry_at,
        started_at=step.started_at,
        ended_at=step.ended_at,
        spent_seconds=step.spent_seconds,
        result_json=step.result_json,
        result=snapshot.read_result(step) if completed else None,
        failed=step.retry_at is not None or step.status is events.ExecutionStatus.FAILED,
        restored=completed,
    )


class StepBook:
    """The records of one execution by key, and which of them run now."""

    def __init__(self, steps: Iterable[snapshot.StepSnapshot] = ()) -> None:
        self._records = {step.key: thaw(step) for step in steps}
        self._times: Counter[str] = Counter()
        self._active: dict[str, StepRecord] = {}

    def __iter__(self) -> Iterator[StepRecord]:
        return iter(tuple(self._records.values()))

    @property
    def active(self) -> tuple[StepRecord, ...]:
        """The steps that run now."""
        return tuple(self._active.values())

    def freeze(self, monotonic: float) -> tuple[snapshot.StepSnapshot, ...]:
        """All as they are now. Raises `SnapshotError` where a result is no JSON value."""
        return tuple(record.freeze(monotonic) for record in self._records.values())

    def take(self, name: str, actor: str, dump: snapshot.Dump | None) -> StepRecord:
        """The record for the next run of the step: the n-th run of a name in this process meets the n-th of the snapshot."""
        self._times[name] += 1
        times = self._times[name]
        key = name if times == 1 else f"{name}#{times}"
        record = self._records.get(key)
        if record is None:
            record = self._records[key] = StepRecord(key=key, name=name, actor=actor)
        record.dump = dump
        return record

    def forget(self, *keys: str) -> None:
        """Let these steps run again as if they never had; for those that have not been taken up in this process."""
        for key in keys:
            self._records.pop(key, None)

    def begin(self, record: StepRecord, monotonic: float, now: float) -> None:
        """It runs."""
        record.begun = monotonic
        record.started_at, record.ended_at = now, None
        self._active[record.key] = record

    def end(self, record: StepRecord, monotonic: float, now: float) -> None:
        """It runs no more."""
        record.ended_at = now
        record.spent_seconds = record.elapsed(monotonic)
        record.begun = None
        self._active.pop(record.key, None)
