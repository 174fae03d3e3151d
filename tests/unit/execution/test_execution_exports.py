"""The public API of `hermes.execution`: complete, documented, and free of AWS and mail."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import hermes.execution as room
from hermes import errors
from hermes.domain import interrupts

#: What the design names; everything else that is exported belongs to these.
NAMED = {
    "EventBus",
    "EventPrinter",
    "ExecutionEvent",
    "ExecutionInterrupted",
    "ExecutionState",
    "ExecutionStatus",
    "InterruptChecker",
    "InterruptEvent",
    "InterruptReason",
    "InterruptSignal",
    "ParallelExecutionManager",
    "RetryConfig",
}


def test_exported_members() -> None:
    web = {name for name, home in room._HOME.items() if home.startswith("hermes.execution.control")}
    assert set(room._HOME) - web == set(room.__all__)
    for name, home in room._HOME.items():
        member = getattr(room, name)
        assert getattr(member, "__module__", home) in (home, "typing", "types", "collections.abc"), name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = room.nothing
    assert list(room.__all__) == sorted(
        room.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert set(room.__all__) >= NAMED


@pytest.mark.parametrize("name", room.__all__)
def test_every_exported_class_and_function_is_documented(name: str) -> None:
    member = getattr(room, name)
    if not (inspect.isclass(member) or inspect.isfunction(member)):
        return  # aliases and constants are documented where they stand
    assert inspect.getdoc(member)
    if inspect.isclass(member) and member.__module__.startswith("hermes."):
        for attribute, value in vars(member).items():
            if not attribute.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{attribute}"


def test_every_error_of_the_room_is_drawn_in_the_tree() -> None:
    for name in room.__all__:
        member = getattr(room, name)
        if inspect.isclass(member) and issubclass(member, BaseException):
            assert issubclass(member, errors.HermesError) or member is room.ExecutionInterrupted
            assert name in (errors.__doc__ or "")


def test_the_reasons_are_those_of_the_domain() -> None:
    assert room.InterruptReason is interrupts.InterruptReason


def test_the_package_imports_without_aws_and_mail() -> None:
    code = "import sys, hermes.execution; print('\\n'.join(sorted(sys.modules)))"
    root = Path(room.__file__).parents[2]
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = {name.split(".")[0] for name in found.stdout.split()}
    foreign = {
        "aiobotocore",
        "botocore",
        "boto3",
        "aiohttp",
        "aiosmtpd",
        "aiosmtplib",
        "dkim",
        "dns",
        "imap_tools",
        "flufl",
    }
    assert not loaded & foreign
    rooms = {name.split(".")[1] for name in found.stdout.split() if name.startswith("hermes.")}
    assert rooms <= {"domain", "errors", "execution", "ids", "limits"}
