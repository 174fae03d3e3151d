"""What a failed command failed of, as messages carry it."""

from __future__ import annotations

from hermes import errors
from hermes.domain import wire


def _read(fault: str) -> errors.Fault | None:
    body = f'{{"kind":"result","commandId":"c","attempt":1,"success":false,"error":"no","fault":"{fault}"}}'
    result = wire.read_output(body)
    assert isinstance(result, wire.ResultMessage)
    return result.fault


def test_a_fault_that_only_a_newer_version_knows_is_read_as_internal() -> None:
    assert _read("repository") is errors.Fault.REPOSITORY
    assert _read("of_the_future") is errors.Fault.INTERNAL


def test_every_step_that_fails_has_a_fault_of_its_kind() -> None:
    assert errors.StepFailed("x").fault is errors.Fault.INTERNAL
    assert errors.RepositorySilent("x").fault is errors.Fault.REPOSITORY
    assert errors.PushRejected("x").fault is errors.Fault.PUSH
    assert errors.AgentFailed("x").fault is errors.Fault.AGENT
    assert errors.StepFailed("x", fault=errors.Fault.BUILD).fault is errors.Fault.BUILD
    assert {fault for fault in errors.Fault if not fault.ours} == {
        errors.Fault.BUILD,
        errors.Fault.TRIED,
        errors.Fault.NO_BUILD,
        errors.Fault.NOTHING_TO_UNDO,
        errors.Fault.CONFLICT,
        errors.Fault.WORDS,
    }
