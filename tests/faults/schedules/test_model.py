"""Schedules that Hypothesis finds, against a small model: mails, copies, late ones, stops, crashes, clocks that disagree, four gateways.

`FAULTS_SCHEDULES` says how many; `--hypothesis-seed` repeats them.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import functools
import os
import sys
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from hermes import errors
from hermes.aws import calls, clients
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import usage
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from tests import direct
from tests.faults import siege, stage

SCHEDULES = int(os.environ.get("FAULTS_SCHEDULES", "100"))
STEPS = 12
T = TypeVar("T")

GATEWAY = st.integers(0, len(stage.SKEWS) - 1)
WHICH = st.integers(0, 30)


def noted(step: Callable[..., None]) -> Callable[..., None]:
    """A step that is written down before it is taken."""

    @functools.wraps(step)
    def taken(self: Schedule, **given: Any) -> None:
        self.taken.append(f"{step.__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})")
        step(self, **given)

    return taken


@dataclasses.dataclass
class Sent:
    """A mail, as the model knows it."""

    message_id: str
    pointer: Pointer
    order: float
    record: MailRecord
    thread: int


class Schedule(RuleBasedStateMachine):
    """The model: orders of mails, claims that were granted, ends that were reported. The rest is asked of the records."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    stage: ClassVar[stage.Stage]
    run: ClassVar[collections.Counter[str]] = collections.Counter()

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Sent] = []
        self.claims: collections.Counter[tuple[str, int]] = collections.Counter()
        self.ended: dict[str, CommandState] = {}
        self.order = 100.0
        self.taken: list[str] = []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        Schedule.run["steps"] += 1
        return self.loop.run_until_complete(asyncio.wait_for(work, PATIENCE_SECONDS))

    @initialize()
    def begin(self) -> None:
        self.do(self.stage.enter())

    # ── steps ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @rule(
        gateway=GATEWAY,
        thread=st.integers(0, 1),
        text=st.sampled_from(("Note a", "Note b", "stop", "/queue\n\nNote")),
        late=st.booleans(),
        dies=st.booleans(),
    )
    @noted
    def mail(self, gateway: int, thread: int, text: str, late: bool, dies: bool) -> None:
        """A mail; a late one was sent before the one before it. Its gateway may die right after its transaction."""
        self.order += 10
        order = self.order - 15 if late else self.order
        first = next((one for one in self.sent if one.thread == thread), None)
        if first is None and text == "stop":
            return
        message_id, pointer = self.do(self.stage.letter(text, answers=first.message_id if first else None))
        owed = len(self.stage.owed.stops)
        record = self.do(self.stage.handle(gateway, pointer, order))
        if dies:
            del self.stage.owed.stops[owed:]
        if record.outcome is Outcome.REFUSED:
            assert record.reason.startswith("share: open_commands"), record
            assert self.do(self.stage.slots()) == stage.OPEN, "refused though there was room"
            Schedule.run["refused"] += 1
            return
        assert record.outcome in (Outcome.COMMAND, Outcome.CONTROL), record
        if first is not None:
            assert record.session_id == first.record.session_id
        self.sent.append(Sent(message_id, pointer, order, record, thread))
        self._hold()

    @precondition(lambda self: self.sent)
    @rule(gateway=GATEWAY, which=WHICH)
    @noted
    def copy(self, gateway: int, which: int) -> None:
        """A second delivery changes nothing, whoever handles it."""
        one = self.sent[which % len(self.sent)]
        before = self._commands()
        again = self.do(self.stage.handle(gateway, one.pointer, self.order + 1000))
        assert (again.mail_id, again.token) == (one.record.mail_id, one.record.token)
        assert self._commands() == before

    @precondition(lambda self: self.stage.owed.stops)
    @rule(gateway=GATEWAY, which=WHICH)
    @noted
    def enforce(self, gateway: int, which: int) -> None:
        """What a transaction owes is carried out, late and in any order."""
        session, by = self.stage.owed.stops.pop(which % len(self.stage.owed.stops))
        executor = self.stage.gateways[gateway].executor
        self.do(executor.enforce(session, by=by))
        command = self.do(self.stage.records.commands.get(by))
        if command is not None:
            self.do(executor.preempt(command))

    @precondition(lambda self: self.sent)
    @rule(which=WHICH, token=st.sampled_from(("one", "two")))
    @noted
    def claim(self, which: int, token: str) -> None:
        """A worker takes a command, which the records allow or not."""
        found = self._commands()
        if found:
            self._claim(found[which % len(found)], token)

    @precondition(lambda self: self.claims)
    @rule(gateway=GATEWAY, which=WHICH, how=st.sampled_from(("done", "stopped", "cut short")), times=st.integers(1, 2))
    @noted
    def end(self, gateway: int, which: int, how: str, times: int) -> None:
        """A worker reports, once or twice, to anyone; also on what has ended, and of an attempt before the last."""
        command_id, attempt = list(self.claims)[which % len(self.claims)]
        for _ in range(times):
            self._end(gateway, command_id, attempt, how)

    @precondition(lambda self: self.sent)
    @rule(gateway=GATEWAY, seconds=st.sampled_from((0.0, 30.0, 700.0)))
    @noted
    def sweep(self, gateway: int, seconds: float) -> None:
        """Time passes, and a gateway redoes what is due by its own clock."""
        self._sweep(gateway, seconds)

    def _sweep(self, gateway: int, seconds: float) -> None:
        self.stage.ahead += seconds
        for command in self._commands():
            if not command.state.terminal:
                self.do(self.stage.gateways[gateway].sweeper._due.commands.redo(command.command_id))
        self._hold()

    # ── the model ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _commands(self) -> list[Command]:
        found: list[Command] = []
        # In the order of their mails: names are random, and a schedule must be the same when it is played again.
        for session_id in dict.fromkeys(one.record.session_id or "" for one in self.sent):
            found += self.do(self.stage.records.commands.of_session(session_id))
        return found

    def _claim(self, command: Command, token: str) -> None:
        session = self.do(self.stage.records.sessions.get(command.session_id))
        assert session is not None
        comes_first = self._comes_first(command)
        with contextlib.suppress(errors.ConditionFailed):
            claimed = self.do(
                self.stage.records.commands.claim(
                    command.command_id,
                    attempt=command.attempt,
                    gen=1,
                    token=f"{token}-{command.attempt}",
                    now=self.stage.now(),
                )
            )
            assert command.command_id not in self.ended
            if command.state is CommandState.ACCEPTED:  # else it is the same worker's, asked again
                assert command.seq >= session.interrupt_upto, "one that was interrupted before it started has started"
                assert not comes_first, "it started while a newer mail of another thread was open"
                self.claims[command.command_id, claimed.attempt] += 1
        self._hold()

    def _comes_first(self, command: Command) -> bool:
        """Is a newer mail of another thread open, and goes first? By the mails' order alone, whatever rank the command has got."""
        level = self.do(self.stage.records.preemptions.get(command.container_key))
        orders = {one.record.command_id: one.order for one in self.sent}
        if level is None or level.by_session == command.session_id or orders[command.command_id] >= level.order:
            return False
        first = self.do(self.stage.records.commands.get(level.by_command))
        return first is not None and not first.state.terminal

    def _end(self, gateway: int, command_id: str, attempt: int, how: str) -> None:
        result = wire.ResultMessage(
            command_id=command_id,
            attempt=attempt,
            success=how == "done",
            summary="Done",
            interrupted=how != "done",
            retryable=how == "cut short",
            interrupt_reason=None if how == "done" else "system_shutdown",
        )
        before = self.do(self.stage.records.commands.get(command_id))
        self.do(self.stage.gateways[gateway].executor.conclude(result))
        after = self.do(self.stage.records.commands.get(command_id))
        assert before is not None
        assert after is not None
        if before.attempt > attempt:
            assert after.state is before.state, "the result of an attempt before the last was believed"
        self._hold()

    def _hold(self) -> None:
        """What must hold after every step."""
        assert all(count == 1 for count in self.claims.values()), "an agent ran twice in one attempt"
        every = self._commands()
        slots = usage.slots(every).total()
        assert self.do(self.stage.slots()) == slots <= stage.OPEN, "a slot was lost, or taken twice"
        for command in every:
            if command.command_id in self.ended:
                assert command.state is self.ended[command.command_id], "the first final did not win"
            if command.state.terminal and command.command_id not in self.ended:
                self.ended[command.command_id] = command.state
                reply = self.do(self.stage.records.outbox.get(f"{command.command_id}#final"))
                assert reply is not None, f"{command.state} without a reply"
            by = command.interruption.interrupted_by if command.interruption else None
            orders = {one.record.command_id: one.order for one in self.sent}
            joined = {one.record.command_id for one in self.sent if one.record.reason == "merge"}  # does both: no loss
            if by is not None and by in orders and by not in joined:
                assert orders[by] >= orders[command.command_id], "an older mail superseded a newer one"

    def teardown(self) -> None:
        """Everything comes to an end, by workers and sweeps alone. One that fails is printed before a shorter one is sought."""
        failed = sys.exception()
        try:
            if failed is None:
                self._come_to_an_end()
                Schedule.run["schedules"] += 1
        except Exception as error:
            failed = error
            raise
        finally:
            if isinstance(failed, Exception) and not isinstance(failed, HypothesisException):
                self._print_once(failed)

    def _print_once(self, error: Exception) -> None:
        if not Schedule.run["failed"]:
            said = f"{type(error).__name__}: {error}"[:2000]
            print("\n".join(["a schedule failed; it is being made shorter:", *self.taken, said]), flush=True)
        Schedule.run["failed"] += 1

    def _come_to_an_end(self) -> None:
        for _ in range(20):
            still = [command for command in self._commands() if not command.state.terminal]
            for command in reversed(still):
                if command.state is CommandState.ACCEPTED:
                    self._claim(command, "last")
                else:
                    self._end(0, command.command_id, command.attempt, "done")
            if not still:
                break
            self._sweep(1, 30.0)
        else:
            raise AssertionError(f"never ended: {[(c.command_id, c.state, c.history) for c in still]}")
        if self.sent:
            self._hold()


#: Three schedules of four are played with interrupts that stay within their thread.
SCOPES = (("session", SCHEDULES - SCHEDULES // 4), ("container", SCHEDULES // 4))

#: Nothing waits here: only a machine with much else to do needs long.
PATIENCE_SECONDS = 600.0
#: Hypothesis would take five minutes.
SHRINKING_SECONDS = 60


@pytest.mark.timeout(0)
@pytest.mark.parametrize(("scope", "schedules"), SCOPES)
def test_schedules(endpoint_url: str, scope: str, schedules: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MAX_SHRINKING_SECONDS", SHRINKING_SECONDS)
    defaults: dict[str, Any] = calls.call.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "seconds", PATIENCE_SECONDS)
    with asyncio.Runner() as runner:
        Schedule.loop = runner.get_loop()

        async def open_stage(stack: contextlib.AsyncExitStack) -> stage.Stage:
            connecting = clients.connect(
                region="eu-central-1", endpoint_url=endpoint_url, access_key="test", secret_key="test"
            )
            own = await stack.enter_async_context(connecting)
            made = dataclasses.replace(own, dynamodb=direct.DirectDynamo())
            records = await siege.deployment(endpoint_url, made)
            played = stage.Stage(records=records, clients=made)
            await played.open(stage.settings(records.names.prefix, endpoint_url, interrupt_scope=scope))
            return played

        stack = contextlib.AsyncExitStack()
        Schedule.stage = runner.run(open_stage(stack))
        Schedule.run.clear()
        try:
            run_state_machine_as_test(
                Schedule,
                settings=settings(
                    max_examples=schedules,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())
        print(f"schedules={Schedule.run['schedules']} steps={Schedule.run['steps']} refused={Schedule.run['refused']}")
