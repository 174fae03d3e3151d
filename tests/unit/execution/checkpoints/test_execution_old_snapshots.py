"""Snapshots of earlier versions, which a worker of this one finds on its disk."""

from __future__ import annotations

import json

from hermes.execution import ExecutionState, ExecutionStatus, InterruptEvent, InterruptReason, Snapshot, StepEvent


def test_a_snapshot_of_an_earlier_version_is_read() -> None:
    signal = {"reason": "custom", "message": "why", "triggered_by": None, "save_checkpoint": False, "at": 2.0}
    old = {
        "v": 1,
        "execution_id": "acme",
        "number": 3,
        "taken_at": 3.0,
        "status": "cancelling",
        "interrupted": signal,
        "steps": [
            {"key": "push", "name": "push", "actor": "git", "status": "started", "failures": 1, "spent_seconds": 2.5}
        ],
        "history": [
            {"kind": "step", "execution_id": "acme", "at": 1.0, "status": "started", "step": "push", "attempt": 2},
            {"kind": "interrupt", "execution_id": "acme", "at": 2.0, "signal": signal, "first": True},
            {"kind": "note", "execution_id": "acme", "at": 2.0, "detail": "a note"},
        ],
    }
    found = Snapshot.from_json(json.dumps(old))
    assert found.interrupted is not None
    assert (found.interrupted.message, found.interrupted.at) == ("why", 2.0)
    event = found.history[1]
    assert isinstance(event, InterruptEvent)
    assert (event.state_id, event.at, event.signal) == ("acme", 2.0, found.interrupted)
    state = ExecutionState.restore(found)
    assert [record.failures for record in state.steps] == [1]
    last = state.history[-1]
    assert isinstance(last, StepEvent)
    assert (last.step, last.status, last.reason) == ("push", ExecutionStatus.INTERRUPTED, InterruptReason.CUSTOM)
