"""Records: what a container's state means, and that every record survives its way into a table and back."""

from __future__ import annotations

import pytest

from hermes.aws import items
from hermes.domain.commands import Command, CommandState, CommandType, Origin
from hermes.domain.containers import ALIVE, GONE, Container, ContainerState, LaunchRequest
from hermes.domain.events import Event
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply
from hermes.domain.threads import Alias, AliasKind


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


def test_an_event_carries_its_facts() -> None:
    assert Event("mail.received", 1.0, "Mail received").facts == {}
