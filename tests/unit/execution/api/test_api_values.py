"""The values of the API that its users know: signals, events, exceptions, reasons, import places."""

from __future__ import annotations

import enum
import importlib
import inspect
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pydantic
import pytest

from hermes.execution import (
    ExecutionInterrupted,
    ExecutionStatus,
    InterruptChecker,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
)

#: Statements as users write them, beside a checkout of this repository; a lone clone has the tests of this folder.
STATEMENTS = Path(__file__).parents[5] / "shared" / "execution_api" / "verbatim.py"


@pytest.mark.skipif(not STATEMENTS.exists(), reason="the users' statements are not beside this checkout")
def test_the_users_statements_run() -> None:
    # their imports must find this checkout, not what is installed
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[4])}
    done = subprocess.run(
        [sys.executable, STATEMENTS], capture_output=True, text=True, timeout=120, check=False, env=env
    )
    assert [line for line in done.stdout.splitlines() if line.startswith("FAIL")] == []
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (
            "types",
            "ExecutionStatus InterruptReason InterruptSignal InterruptEvent InterruptChecker RetryConfig Agent Tool",
        ),
        ("exceptions", "ExecutionInterrupted"),
        ("bus_handlers", "EventBus EventPrinter"),
    ],
)
def test_the_import_places_have_the_same_objects(module: str, names: str) -> None:
    package, place = importlib.import_module("hermes.execution"), importlib.import_module(f"hermes.execution.{module}")
    for name in names.split():
        assert getattr(place, name) is getattr(package, name)


def test_statuses_and_reasons_are_strings() -> None:
    assert issubclass(ExecutionStatus, str)
    assert issubclass(InterruptReason, enum.Enum)
    wanted = {"started", "completed", "failed", "retrying", "interrupted", "cancelling"}
    assert wanted <= {status.value for status in ExecutionStatus}
    assert [reason.value for reason in InterruptReason] == [
        "user_cancelled",
        "timeout",
        "resource_limit",
        "error_threshold",
        "priority_override",
        "system_shutdown",
        "custom",
    ]


def test_a_signal_is_a_model_with_defaults() -> None:
    before = datetime.now(UTC)
    signal = InterruptSignal(reason=InterruptReason.TIMEOUT)
    assert isinstance(signal, pydantic.BaseModel)
    assert (signal.message, signal.triggered_by, signal.save_checkpoint) == (None, None, True)
    assert before <= datetime.fromisoformat(signal.triggered_at) <= datetime.now(UTC)
    assert list(signal.model_dump()) == ["reason", "message", "triggered_at", "triggered_by", "save_checkpoint"]
    assert InterruptSignal.model_validate_json(signal.model_dump_json()) == signal


def test_a_signal_coerces_and_refuses_as_models_do() -> None:
    signal = InterruptSignal.model_validate({"reason": "resource_limit", "message": "full", "save_checkpoint": "no"})
    assert (signal.reason, signal.save_checkpoint) == (InterruptReason.RESOURCE_LIMIT, False)
    for wrong in ({"reason": "boredom"}, {}, {"reason": "custom", "triggered_at": "yesterday"}):
        with pytest.raises(pydantic.ValidationError):
            InterruptSignal.model_validate(wrong)


def test_a_signal_of_an_earlier_version_is_read() -> None:
    old = {"reason": "timeout", "message": "late", "triggered_by": None, "save_checkpoint": False, "at": 0.5}
    assert InterruptSignal.model_validate(old).triggered_at == "1970-01-01T00:00:00.500000+00:00"
    assert InterruptSignal.model_validate(old | {"at": None}).message == "late"


@pytest.mark.parametrize("text", ["1970-01-01T00:00:10", "1970-01-01T00:00:10Z", "1970-01-01T01:00:10+01:00"])
def test_the_time_of_a_signal_in_seconds_is_utc_unless_it_says_otherwise(text: str) -> None:
    assert InterruptSignal(reason=InterruptReason.CUSTOM, triggered_at=text).at == 10


def test_an_event_has_the_signal_and_the_state_s_id() -> None:
    signal = InterruptSignal(reason=InterruptReason.TIMEOUT, triggered_at="1970-01-01T00:00:10Z")
    event = InterruptEvent(signal=signal, state_id="s")
    assert isinstance(event, pydantic.BaseModel)
    assert (event.signal, event.state_id, event.execution_id, event.at, event.first) == (signal, "s", "s", 10, True)
    assert InterruptEvent.model_validate_json(event.model_dump_json()) == event
    assert InterruptEvent.model_validate({"execution_id": "s", "signal": {"reason": "timeout"}}).state_id == "s"
    with pytest.raises(pydantic.ValidationError):
        InterruptEvent.model_validate({"state_id": "s"})
    with pytest.raises(pydantic.ValidationError):
        InterruptEvent.model_validate("s")


def test_the_exception_has_reason_and_message_as_given() -> None:
    stop = ExecutionInterrupted(InterruptReason.TIMEOUT, "late")
    assert (stop.reason, stop.message) == (InterruptReason.TIMEOUT, "late")
    assert str(stop) == "The execution was interrupted (timeout: late)."
    assert (stop.signal.reason, stop.signal.message) == (InterruptReason.TIMEOUT, "late")
    bare = ExecutionInterrupted("custom")
    assert (bare.reason, bare.message) == (InterruptReason.CUSTOM, None)
    assert str(bare) == "The execution was interrupted (custom)."
    with pytest.raises(ValueError, match="boredom"):
        ExecutionInterrupted("boredom")


def test_a_checker_s_type_is_exported() -> None:
    assert InterruptChecker is not None
    assert not inspect.isclass(InterruptChecker)
