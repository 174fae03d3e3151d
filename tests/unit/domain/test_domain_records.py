"""Records: what a container's state means, and that every record survives its way into a table and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hermes import errors
from hermes.aws import items
from hermes.aws.records.commands import Commands
from hermes.aws.resource_names import ResourceNames
from hermes.domain import lifecycle, wire
from hermes.domain.active_job import ActiveJob
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.containers import ALIVE, GONE, Container, ContainerState, LaunchRequest
from hermes.domain.events import Event, of_command
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply
from hermes.domain.request import CommandType
from hermes.domain.threads import Alias, AliasKind
from hermes.domain.trace import begin
from tests.integration import records


@pytest.mark.parametrize("state", list(ContainerState))
def test_commands_go_to_ready_and_busy_containers_alone(state: ContainerState) -> None:
    container = Container(container_key="a#b#c", state=state, gen=1)

    assert container.alive is (state in {ContainerState.READY, ContainerState.BUSY})
    assert not (ALIVE & GONE)


@pytest.mark.parametrize("state", list(CommandState))
def test_three_states_are_open(state: CommandState) -> None:
    assert state.terminal is (state.value not in {"accepted", "running", "interrupting"})


@pytest.mark.parametrize(
    "record",
    [
        Command(
            command_id="c",
            session_id="s",
            container_key="a#b#c",
            mail_id="m",
            seq=3,
            type=CommandType.EDIT,
            instruction="größer 日本 🙂\n",
            context=wire.CommandContext(branch="thread-t"),
            origin=Origin(author="a@example.org", address="b@example.org", references=("<1@x>", "<2@x>")),
            accepted_at=1795217527.6697216,
            interruption=Interruption(reason=InterruptReason.CUSTOM, requested_at=0.1 + 0.2),
            due=1795217527.5,
        ),
        Container(
            container_key="a#b#c",
            state=ContainerState.STARTING,
            gen=7,
            request=LaunchRequest(container_key="a#b#c", gen=7, token="t", environment={"A": "1"}),
        ),
        MailRecord(
            mail_id="m",
            key="k",
            recipient="b@example.org",
            ingress="smtp",
            outcome=Outcome.IGNORED,
            trace=(),
            token="t",
            received_at=1.0,
            recorded_at=2.0,
        ),
        Reply(
            reply_id="r", kind="failed", message_id="<1@x>", sender="", recipient="a@b", raw=b"\x00\xff", created_at=1
        ),
        Alias(message_id="acme/site <1@x>", session_id="s", kind=AliasKind.OURS),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_comes_back_from_its_table_as_it_was(
    record: Command | Container | MailRecord | Reply | Alias,
) -> None:
    item = items.to_item(record)

    assert items.from_item(type(record), item) == record
    assert not any(value == {"NULL": True} for value in item.values()), "an absent field keeps a sparse index sparse"


def test_a_record_of_a_later_version_is_read() -> None:
    item = {**items.to_item(Alias(message_id="x", session_id="s", kind=AliasKind.INDEX)), "mood": {"S": "good"}}

    assert items.from_item(Alias, item).session_id == "s"


def test_a_command_holds_its_messages_as_models_and_its_row_holds_them_as_text() -> None:
    context = wire.CommandContext(branch="thread-t", author_name="Anna \ud800")
    result = wire.ResultMessage(command_id="c1", attempt=1, success=True, git_commit="a" * 40)
    item = items.to_item(records.command("c1", context=context, result=result))

    assert json.loads(item["context"]["S"])["authorName"] == "Anna \\ud800"
    assert json.loads(item["result"]["S"])["gitCommit"] == "a" * 40
    read = items.from_item(Command, item)
    assert (read.context.branch, read.result) == ("thread-t", result)


def test_a_step_writes_a_message_as_the_text_that_every_version_reads() -> None:
    seen = records.command("c1")
    made = Commands(tables=Any, names=ResourceNames("hermes"))  # type: ignore[arg-type] # nothing is written
    result = wire.ResultMessage(command_id="c1", attempt=1, success=True)
    done = lifecycle.conclude(seen, CommandState.SUCCEEDED, result=result, error="", attempt=1, now=1.0)

    assert made.write(done).set["result"] == result.encode()
    assert made.write(done).set["due"] is None


@pytest.mark.parametrize("field", ["context", "result"])
@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"v":1}'], ids=["empty", "cut", "deep", "lacking"])
def test_a_row_whose_message_no_version_can_read_is_damaged_and_says_where(field: str, text: str) -> None:
    item = items.to_item(records.command("c1")) | {field: {"S": text}}

    with pytest.raises(errors.DamagedRecord, match=field):
        items.from_item(Command, item)


def test_a_row_whose_message_only_a_later_version_can_read_is_left_to_it() -> None:
    item = items.to_item(records.command("c1"))
    later = json.loads(item["context"]["S"]) | {"policy": "defer"}

    with pytest.raises(errors.UnknownRecord, match=r"context\.policy") as raised:
        items.from_item(Command, item | {"context": {"S": json.dumps(later)}})
    assert not isinstance(raised.value, errors.DamagedRecord)


def test_an_event_carries_its_facts() -> None:
    assert Event("mail.received", 1.0, "Mail received").facts == {}


def test_an_event_of_a_command_names_it_and_its_trace() -> None:
    traced = records.command("c7", attempt=2, trace=begin("m"))
    event = of_command("command.accepted", 5.0, "Accepted", traced, place="run")

    assert event.facts == {
        "command_id": "c7",
        "session_id": traced.session_id,
        "project": "/".join(traced.container_key.split("#")[:2]),
        "attempt": 2,
        "trace_id": begin("m").split("-")[1],
        "place": "run",
    }
    assert "trace_id" not in of_command("command.accepted", 5.0, "Accepted", records.command("c7")).facts


def test_a_running_job_comes_back_from_the_record_of_its_container() -> None:
    job = ActiveJob(command_id="c", session_id="s", attempt=1, type="edit", began_at=1.5, expires_at=9.0)

    assert ActiveJob.model_validate({**job.model_dump(), "of a later version": True}) == job


@pytest.mark.parametrize(
    ("claimed", "nonced", "repeats"), [(None, None, False), (2, None, False), (2, 1, False), (2, 2, True)]
)
def test_a_worker_repeats_the_nonce_that_it_was_given_for_its_own_generation(
    claimed: int | None, nonced: int | None, repeats: bool
) -> None:
    assert records.command(claimed_gen=claimed, nonce_gen=nonced).repeats_nonce is repeats


@pytest.mark.parametrize(
    ("key", "nonce", "fits"),
    [
        (None, None, True),
        (records.KEY, "n", True),
        (records.KEY, None, True),
        (None, "n", True),
        ("other#key#x", "n", False),
        (records.KEY, "m", False),
        ("other#key#x", None, False),
    ],
)
def test_a_message_fits_the_command_of_its_container_and_nonce(key: str | None, nonce: str | None, fits: bool) -> None:
    assert records.command(nonce="n").fits(key=key, nonce=nonce) is fits
