"""Records and messages that an earlier or a later version wrote: what they lack has a meaning, what they add is let be."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import hermes.domain
from hermes.domain.commands import CommandState
from hermes.domain.interrupts import Preempted
from hermes.domain.publishing.approvals import ApprovalState
from hermes.domain.replies import ReplyState
from hermes.domain.reply_facts import KeptWork, PolicyNote, ReplyKind, Report, RequestFacts
from hermes.domain.request import Policy
from hermes.domain.wire import CommandLimits

#: What a field that is absent means, where it means more than nothing.
MEANING: dict[str, Any] = {
    "v": 1,
    "Command.policy": Policy.INTERRUPT,
    "Command.state": CommandState.ACCEPTED,
    "Command.attempt": 1,
    "Command.wall_seconds": 1800,
    "Command.if_preempted": Preempted.REQUEUE,
    "Command.attempts": 3,
    "Origin.language": "en",
    "Reply.state": ReplyState.PENDING,
    "Alias.named": True,
    "Placement.becomes_head": True,
    "AttachmentRef.content_type": "application/octet-stream",
    "CommandContext.policy": Policy.INTERRUPT,
    "CommandContext.limits": CommandLimits(),
    "CommandLimits.wall_seconds": 1800,
    "CommandLimits.output_bytes": 64 * 1024 * 1024,
    "InterruptMessage.type": "interrupt",
    "InterruptMessage.priority": "high",
    "Progress.kind": "progress",
    "ResultMessage.kind": "result",
    "Started.kind": "started",
    "Timing.accepted": 20,
    "Timing.running": 30,
    "Timing.interrupt": 10,
    "RequestFacts.policy": PolicyNote(),
    **{f"{sort}.request": RequestFacts() for sort in ("Done", "Stopped", "Open")},
    **{f"{sort}.work": KeptWork() for sort in ("Done", "Stopped", "Open")},
    **{f"{sort}.report": Report() for sort in ("Done", "Stopped")},
    "GoingLive.report": Report(),
    "Approval.state": ApprovalState.WAITING,
    "Approval.version": 1,
    "LiveBranch.fresh": True,
    "Status.kind": ReplyKind.STATUS,
    "PolicySet.kind": ReplyKind.POLICY_SET,
    "AlertRule.lasting": True,
    "AlertRule.times": 1,
    "Alert.open": True,
    "Alert.count": 1,
    "Notice.owed": {},
    "AlertBook.alerts": {},
}
#: Of an operator's file: there an unknown name is a mistake.
STRICT = {"Share"}
#: What it holds is not data.
SERVICES = {"Env"}


def classes() -> list[type]:
    names = [found.name for found in pkgutil.walk_packages(hermes.domain.__path__, "hermes.domain.")]
    return [
        one
        for name in names
        for one in vars(importlib.import_module(name)).values()
        if isinstance(one, type) and one.__module__ == name and one.__name__ not in SERVICES
    ]


RECORDS = [one for one in classes() if issubclass(one, BaseModel) and not one.__name__.startswith("_")]
VALUES = [one for one in classes() if dataclasses.is_dataclass(one)]


def defaults(one: type) -> dict[str, Any]:
    if issubclass(one, BaseModel):
        fields = {name: field for name, field in one.model_fields.items() if not field.is_required()}
        return {name: field.get_default(call_default_factory=True) for name, field in fields.items()}
    assert dataclasses.is_dataclass(one)
    return {field.name: field.default for field in dataclasses.fields(one) if field.default is not dataclasses.MISSING}


@pytest.mark.parametrize("one", [*RECORDS, *VALUES], ids=lambda one: one.__name__)
def test_a_field_that_is_absent_means_nothing_or_what_is_listed(one: type) -> None:
    for name, default in defaults(one).items():
        wanted = MEANING.get(f"{one.__name__}.{name}", MEANING.get(name))
        if wanted is None:
            assert default in (None, False, 0, "", ()), f"{one.__name__}.{name} is {default!r} where it is absent"
            assert default is not True
        else:
            assert default == wanted


def test_the_list_names_fields_that_there_are() -> None:
    known = {f"{one.__name__}.{name}" for one in (*RECORDS, *VALUES) for name in defaults(one)}
    assert {name for name in MEANING if "." in name} <= known


@pytest.mark.parametrize("one", RECORDS, ids=lambda one: one.__name__)
def test_what_a_later_version_adds_is_let_be(one: type[BaseModel]) -> None:
    given: dict[str, Any] = {"of a later version": 1}
    if one.__name__ in STRICT:
        with pytest.raises(ValidationError):
            one.model_validate(given)
        return
    complaints: list[str] = []
    try:
        one.model_validate(given)
    except ValidationError as error:
        complaints = [problem["type"] for problem in error.errors()]
    assert set(complaints) <= {"missing"}


@pytest.mark.parametrize("one", [*RECORDS, *VALUES], ids=lambda one: one.__name__)
def test_a_change_is_a_new_value(one: type) -> None:
    if issubclass(one, BaseModel):
        made: object = one.model_construct()
        name = next(iter(one.model_fields))
    else:
        assert dataclasses.is_dataclass(one)
        made = object.__new__(one)
        name = dataclasses.fields(one)[0].name if dataclasses.fields(one) else "anything"
    with pytest.raises((ValidationError, AttributeError)):
        setattr(made, name, 1)
