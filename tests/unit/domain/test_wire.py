"""The messages between gateway and worker: names, versions, what SQS refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors
from hermes.domain import escape, wire
from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType, Policy

COMMAND = wire.CommandMessage(
    command_id="c1",
    session_id="acme-site-abc12345",
    seq=7,
    attempt=1,
    type=CommandType.EDIT,
    instruction="Please update the homepage title",
    chat_thread_id="abc12345",
    context=wire.CommandContext(
        branch="thread-abc12345", limits=wire.CommandLimits(wall_seconds=1800, cost_usd=5), policy=Policy.INTERRUPT
    ),
)
INTERRUPT = wire.InterruptMessage(
    session_id="acme-site-abc12345",
    below_seq=7,
    reason=InterruptReason.PRIORITY_OVERRIDE,
    interrupted_by="c2",
    message="New message received in this thread",
    timestamp="2026-01-01T00:00:00Z",
)
RESULT = wire.ResultMessage(
    command_id="c1",
    attempt=1,
    success=True,
    summary="Done.",
    files_changed=("src/pages/index.astro",),
    git_commit="a1b2c3d4",
    pushed=True,
    preview_url="https://x.example",
    cost_usd=0.12,
    duration_seconds=41.2,
)


def _names(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for inner in value.values() for name in _names(inner)}
    return {name for inner in value for name in _names(inner)} if isinstance(value, list) else set()


def test_a_command_has_the_names_that_are_agreed() -> None:
    said = json.loads(COMMAND.encode())

    agreed = {
        "v",
        "commandId",
        "sessionId",
        "seq",
        "attempt",
        "type",
        "instruction",
        "chatThreadId",
        "context",
        "nonce",
        "traceparent",
    }
    assert set(said) == agreed
    assert {"branch", "policy", "attachments", "limits"} <= set(said["context"])
    assert {"wallSeconds", "costUsd"} <= set(said["context"]["limits"])
    assert (said["v"], said["type"], said["context"]["policy"]) == (1, "edit", "interrupt")


def test_an_interrupt_has_the_names_that_are_agreed() -> None:
    assert json.loads(INTERRUPT.encode()) == {
        "v": 1,
        "type": "interrupt",
        "priority": "high",
        "sessionId": "acme-site-abc12345",
        "belowSeq": 7,
        "reason": "priority_override",
        "interruptedBy": "c2",
        "message": "New message received in this thread",
        "timestamp": "2026-01-01T00:00:00Z",
        "attempt": None,
        "traceparent": None,
    }


def test_reports_have_the_names_that_are_agreed() -> None:
    started = wire.Started(command_id="c1", attempt=1)
    progress = wire.Progress(command_id="c1", attempt=1, step="agent", message="Editing", percent=40)
    result = json.loads(RESULT.encode())

    assert set(json.loads(started.encode())) == {"v", "commandId", "attempt", "kind", "nonce", "traceparent"}
    agreed = "v commandId attempt kind nonce step message percent traceparent"
    assert set(json.loads(progress.encode())) == set(agreed.split())
    agreed = (
        "v commandId attempt kind success summary filesChanged gitCommit pushed previewUrl costUsd durationSeconds "
        "interrupted interruptedBy error"
    )
    assert set(agreed.split()) <= set(result)


@pytest.mark.parametrize("message", [COMMAND, INTERRUPT, RESULT])
def test_no_name_has_an_underscore(message: wire.CommandMessage) -> None:
    assert {name for name in _names(json.loads(message.encode())) if "_" in name} == set()


def test_a_plain_containers_result_is_of_whichever_attempt_runs() -> None:
    said = wire.read_output('{"v":1,"commandId":"c","success":true,"summary":"Done","filesChanged":["a"],"kind2":1}')
    assert isinstance(said, wire.ResultMessage)
    assert (said.attempt, said.nonce, said.success, said.files_changed) == (wire.CURRENT_ATTEMPT, None, True, ("a",))


@pytest.mark.parametrize(
    "body", ['{"commandId":"c","success":"perhaps"}', '{"commandId":"c"}', '{"success":true}', "[]", "x"]
)
def test_what_is_no_plain_result_either_is_unreadable(body: str) -> None:
    with pytest.raises(errors.Unreadable):
        wire.read_output(body)


def test_messages_come_back_as_they_were() -> None:
    assert wire.read_command(COMMAND.encode()) == COMMAND
    assert wire.read_interrupt(INTERRUPT.encode()) == INTERRUPT
    assert wire.read_output(RESULT.encode()) == RESULT
    assert wire.read_output('{"v":1,"commandId":"c","attempt":1,"kind":"started"}') == wire.Started(
        command_id="c", attempt=1
    )
    progress = wire.Progress(command_id="c", attempt=2, step="agent")
    assert wire.read_output(progress.encode()) == progress


@pytest.mark.parametrize("message", [INTERRUPT, RESULT, wire.Started(command_id="c", attempt=1)])
def test_messages_of_the_version_before_are_read(
    message: wire.InterruptMessage | wire.ResultMessage | wire.Started,
) -> None:
    said = json.loads(message.encode())
    before = json.dumps(
        {name: value for name, value in said.items() if name not in ("traceparent", *_NEW[said.get("type")])}
    )
    read = wire.read_interrupt if isinstance(message, wire.InterruptMessage) else wire.read_output

    assert read(before) == message


def test_an_interrupt_of_one_attempt_leaves_the_next_alone() -> None:
    every, first = INTERRUPT, INTERRUPT.model_copy(update={"attempt": 1})
    seq = INTERRUPT.below_seq - 1

    assert [every.covers(seq, attempt) for attempt in (1, 2)] == [True, True]
    assert [first.covers(seq, attempt) for attempt in (1, 2)] == [True, False]
    assert first.covers(seq - 1, 5)
    assert not every.covers(seq + 1, 1)
    assert first.height < every.height < INTERRUPT.model_copy(update={"below_seq": seq + 2, "attempt": 1}).height


_NEW: dict[str | None, tuple[str, ...]] = {"interrupt": ("attempt",), None: ()}


def test_fields_of_a_later_version_are_ignored() -> None:
    more = {**json.loads(COMMAND.encode()), "mood": "good"}
    more["context"]["weather"] = {"sun": True}

    assert wire.read_command(json.dumps(more)) == COMMAND


@pytest.mark.parametrize(
    ("read", "body", "words"),
    [
        (wire.read_command, "not json", "command message"),
        (wire.read_command, "{}", "commandId"),
        (wire.read_command, json.dumps({**json.loads(COMMAND.encode()), "v": 2}), "v"),
        (wire.read_command, json.dumps({**json.loads(COMMAND.encode()), "type": "dance"}), "type"),
        (wire.read_interrupt, "[]", "interrupt message"),
        (wire.read_interrupt, json.dumps({**json.loads(INTERRUPT.encode()), "belowSeq": "soon"}), "belowSeq"),
        (wire.read_output, '{"kind":"result"}', "commandId"),
        (wire.read_output, '{"kind":"song"}', "output message"),
        (wire.read_output, "\x00", "output message"),
        (wire.read_output, "[" * 10_000, "output message"),
    ],
)
def test_what_cannot_be_read_says_where(read: Any, body: str, words: str) -> None:
    with pytest.raises(errors.Unreadable, match=words):
        read(body)


@pytest.mark.parametrize("bad", ["\ufffe", "\uffff", "\ud800", "\x00", "\x08", "\x0b", "\x1f"])
def test_characters_that_sqs_refuses_are_replaced(bad: str) -> None:
    assert wire.scrub(f"a{bad}b") == "a\ufffdb"


def test_line_ends_tabs_and_real_characters_stay() -> None:
    text = "tab\tline\r\nümlaut 日本 🙂 \x7f \u2028"

    assert wire.scrub(text) == text


_ANY_TEXT = st.text(alphabet=st.characters(codec=None, categories=None), max_size=40)


@given(_ANY_TEXT)
def test_every_text_can_be_encoded_and_read_again(text: str) -> None:
    body = wire.ResultMessage(command_id="c", attempt=1, success=False, summary=text, files_changed=(text,)).encode()

    again = wire.read_output(body)
    body.encode("utf-8")
    assert wire.scrub(body) == body
    assert isinstance(again, wire.ResultMessage)
    assert again.summary == escape.deep(text)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('{"commandId":"c1","attempt":2,"nonce":"n"}', wire.Named("c1", 2, "n")),
        ('{"commandId":"c1","attempt":2,"nonce":7,"summary":[]}', wire.Named("c1", 2, None)),
        ('{"commandId":"","attempt":2}', None),
        ('{"commandId":1,"attempt":2}', None),
        ('{"commandId":"c1","attempt":true}', None),
        ('{"commandId":"c1","attempt":"2"}', None),
        ('{"commandId":"c1"}', None),
    ],
)
def test_an_unreadable_message_is_known_by_the_command_that_it_names(body: str, named: wire.Named | None) -> None:
    result = body.replace("{", '{"kind":"result",', 1)

    assert wire.command_named_in(body) == named
    assert wire.result_named_in(result) == named
    assert wire.command_named_in(result) is None, "it is an output message"
    assert wire.result_named_in(body) is None, "it is no final report"
    assert wire.result_named_in(body.replace("{", '{"kind":"progress",', 1)) is None


@pytest.mark.parametrize("body", ["", "[]", "not json", "[" * 100_000])
def test_what_is_no_document_names_no_command(body: str) -> None:
    assert wire.command_named_in(body) is None
    assert wire.result_named_in(body) is None


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"interrupted": True, "interrupt_reason": InterruptReason.PRIORITY_OVERRIDE}, "PREEMPTED"),
        ({"interrupted": True, "interrupt_reason": InterruptReason.USER_CANCELLED}, None),
        ({"interrupt_reason": InterruptReason.PRIORITY_OVERRIDE}, None),
        ({}, None),
    ],
)
def test_a_result_that_gave_way_to_a_newer_message_says_so(facts: dict[str, Any], status: str | None) -> None:
    result = wire.ResultMessage(command_id="c", attempt=1, success=False, **facts)
    assert json.loads(result.encode())["status"] == status
    assert wire.read_output(result.encode()) == result


def test_a_claim_names_a_key_and_its_generation() -> None:
    claim = wire.ClaimMessage(container_key="acme#site#anna", gen=3)
    assert json.loads(claim.encode()) == {"v": 1, "containerKey": "acme#site#anna", "gen": 3}
    assert wire.read_claim(claim.encode()) == claim
    with pytest.raises(errors.Unreadable, match="claim cannot be read"):
        wire.read_claim('{"commandId": "c"}')
