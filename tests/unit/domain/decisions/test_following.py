"""What follows an intent: the table as a whole, and what it must never say."""

from __future__ import annotations

import itertools

import pytest

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.decisions.following import TABLE, Following, Situation, follows, situation_of
from hermes.domain.request import CommandType, Intent

#: Of these nothing is done that stops or changes anything, however the thread stands.
_HARMLESS = (Intent.COURTESY, Intent.REACTION, Intent.CALENDAR, Intent.RECALL)

_EXPECTED = """
request   command command command
question  answer answer answer
courtesy  record record record
reaction  record record record
calendar  record record record
recall    record record record
stop      stop stop stop
status    status status status
undo      undo undo undo
approve   nothing_waits nothing_waits command
decline   nothing_waits nothing_waits command
publish   nothing_waits nothing_waits command
help      help help help
build     command command command
commit    command command command
push      command command command
preview   command command command
policy    policy policy policy
unclear   clarify clarify command
"""


def test_the_table_says_for_every_intent_and_situation_what_follows() -> None:
    rows = [line.split() for line in _EXPECTED.strip().splitlines()]
    expected = {Intent(row[0]): tuple(map(Following, row[1:])) for row in rows}

    assert {intent: tuple(TABLE[intent][one] for one in Situation) for intent in Intent} == expected


@pytest.mark.parametrize(("intent", "situation"), list(itertools.product(_HARMLESS, Situation)))
def test_a_courtesy_never_does_anything(intent: Intent, situation: Situation) -> None:
    assert follows(intent, situation) is Following.RECORD


def test_a_word_that_agrees_answers_a_question_of_ours_and_nothing_else() -> None:
    found = {situation: follows(Intent.COURTESY, situation, agrees=True) for situation in Situation}
    assert found == {
        Situation.IDLE: Following.RECORD,
        Situation.OPEN: Following.RECORD,
        Situation.ASKED: Following.COMMAND,
    }


def test_a_thread_without_a_command_is_idle() -> None:
    assert situation_of(None) is Situation.IDLE


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CommandState.ACCEPTED, Situation.OPEN),
        (CommandState.RUNNING, Situation.OPEN),
        (CommandState.INTERRUPTING, Situation.OPEN),
        (CommandState.NEEDS_INPUT, Situation.ASKED),
        (CommandState.SUCCEEDED, Situation.IDLE),
        (CommandState.FAILED, Situation.IDLE),
        (CommandState.TIMED_OUT, Situation.IDLE),
        (CommandState.INTERRUPTED, Situation.IDLE),
    ],
)
def test_the_newest_command_says_how_a_thread_stands(state: CommandState, expected: Situation) -> None:
    newest = Command(
        command_id="c1",
        session_id="acme-site-t1",
        container_key="acme#site#anna",
        mail_id="m1",
        seq=1,
        state=state,
        type=CommandType.EDIT,
        instruction="Do it",
        context=wire.CommandContext(branch="thread-abc12345"),
        origin=Origin(author="anna@acme.example", address="site@agent.example.com"),
        accepted_at=0.0,
        due=1.0,
        due_shard="0",
    )

    assert situation_of(newest) is expected
