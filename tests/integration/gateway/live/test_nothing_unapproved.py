"""No commit that was not approved in its final form reaches the live branch: over all orders of mails, pushes and deaths of workers.

The model knows what each mail of ours showed, what the newest work of the thread is, and whose yes was about it. What a gateway hands
to a worker is pushed by a played one, which may die before or after the push; each push is compared with the model.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.replies import Reply
from hermes.domain.request import CommandType
from tests.integration.gateway.live.thread import EVE, LIVE, Thread
from tests.integration.gateway.play import ANNA, BOB, Play

APPROVERS = (BOB, EVE)
#: What is a yes where one is waited for.
YES = ("publish", "yes", "ok", "Approved", "undo")

SAYS = st.tuples(
    st.sampled_from((BOB, EVE, ANNA)),
    st.sampled_from(("publish", "yes", "ok", "undo", "No, the price is wrong", "Please make the title red", "stop")),
    st.integers(0, 9),
    st.integers(0, 4).map(bool),
)
WORKS = st.sampled_from(("reports", "pushes", "dies after its push", "dies", "fails", "claims"))


@dataclasses.dataclass
class Model:
    """One thread, as it should be."""

    thread: Thread
    session_id: str
    needs: int
    shown: dict[str, str] = dataclasses.field(default_factory=dict)
    """Reply → the commit that it shows, or asks about."""
    tip: str = ""
    made: int = 0
    live: list[str] = dataclasses.field(default_factory=list)
    """What reached the live branch: the approved commits, and those that were taken back."""
    yes: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    """Commit → who has said yes to it while it was the newest."""
    pushed: dict[str, str] = dataclasses.field(default_factory=dict)
    """Command → what it made of the live branch."""

    async def commands(self) -> list[Command]:
        return await self.thread.gateway.records.commands.of_session(self.session_id)

    async def rows(self) -> list[Reply]:
        rows = await self.thread.play.stand.outbox.all()
        return sorted(
            (r for r in rows if r.session_id == self.session_id), key=lambda row: (row.created_at, row.reply_id)
        )

    async def head(self) -> Command:
        return max(await self.commands(), key=lambda one: one.seq)

    async def says(self, who: str, text: str, which: int, proven: bool) -> None:
        rows = await self.rows()
        to = rows[which % len(rows)] if which else None
        idle = all(one.state.terminal for one in await self.commands())
        shown = self.shown.get(to.copy_of or to.reply_id) if to is not None else None
        if proven and who in APPROVERS and text in YES and idle:
            for commit in {self.tip, *self.live[-1:]}:
                if shown in (None, commit):
                    self.yes.setdefault(commit, set()).add(who)
        known = {row.reply_id for row in rows}
        await self.thread.says(who, text, to=to, trusted=proven, headers=(f"Cc: {BOB}, {EVE}",))
        for row in await self.rows():
            if row.reply_id not in known and row.kind in ("approval_asked", "approval_reminded"):
                approval = await self.thread.gateway.records.approvals.get(row.reply_id.partition("#")[0])
                assert approval is not None
                self.shown[row.reply_id] = approval.commit

    async def works(self, what: str) -> None:
        """The worker does its next step with the oldest open command."""
        open_ones = [one for one in await self.commands() if not one.state.terminal]
        if not open_ones:
            return
        command = min(open_ones, key=lambda one: one.seq)
        if command.state is CommandState.ACCEPTED:
            try:
                command = await self.thread.gateway.records.commands.claim(
                    command.command_id, attempt=command.attempt, gen=1, token="w", now=self.thread.play.clock.time()
                )
            except errors.ConditionFailed:
                return
        if what == "claims":
            return
        plan = command.context.publishing
        if plan is not None and what in ("pushes", "reports", "dies after its push"):
            self._push(command, plan)
        if what == "pushes":
            return
        await self._report(command, what)

    def _push(self, command: Command, plan: wire.Publishing) -> None:
        """As the worker does: once for each command, however often it runs."""
        if command.command_id in self.pushed:
            return
        said = self.yes.get(plan.commit, set())
        assert len(said) >= self.needs, f"{plan.commit} was pushed, and only {said} had said yes to it"
        assert {one.email for one in plan.approved_by} <= said
        if plan.takes_back:
            assert plan.commit in self.live, "only what is live can be taken back"
        self.made += 1
        self.pushed[command.command_id] = f"{self.made:040x}"
        self.live.append(self.pushed[command.command_id])

    async def _report(self, command: Command, what: str) -> None:
        stopped = command.state is CommandState.INTERRUPTING
        facts: dict[str, Any] = {"success": what == "reports" and not stopped}
        there = self.pushed.get(command.command_id)
        if what.startswith("dies"):
            facts |= {"success": False, "retryable": True, "interrupt_reason": InterruptReason.SYSTEM_SHUTDOWN}
        elif command.context.publishing is not None:
            facts |= {"success": there is not None}
            facts |= {"git_commit": there, "branch": "main", "pushed": True} if there else {}
        elif command.type in (CommandType.EDIT, CommandType.UNDO):
            self.made += 1
            facts |= {"git_commit": f"{self.made:040x}", "branch": command.context.branch, "pushed": True}
        if stopped and not there:
            facts |= {"interrupted": True, "interrupt_reason": InterruptReason.PRIORITY_OVERRIDE}
        result = wire.ResultMessage(command_id=command.command_id, attempt=command.attempt, **facts)
        await self.thread.gateway.finisher.finish(result)
        ended = await self.thread.gateway.records.commands.get(command.command_id)
        commit = ended.result.git_commit if ended is not None and ended.result is not None else None
        if commit is None:
            return  # it runs again: nobody was shown anything
        self.shown[f"{command.command_id}#final"] = commit
        if command.context.publishing is None:
            self.tip = commit


async def _begun(play: Play, gateway: Gateway, needs: int) -> Model:
    thread = Thread(play, gateway)
    thread.root, record = await play.mail(gateway, "Please update the homepage title", headers=(f"Cc: {BOB}, {EVE}",))
    assert record.session_id is not None
    model = Model(thread, record.session_id, needs)
    await model.works("reports")
    return model


@pytest.fixture
async def gateways(play: Play) -> dict[int, Gateway]:
    """By how many approvers are needed."""
    live = {**LIVE, "approvers": [*APPROVERS]}
    return {n: await play.gateway(project={"owners": [ANNA, *APPROVERS], "live": {**live, "needs": n}}) for n in (1, 2)}


@given(needs=st.sampled_from((1, 2)), steps=st.lists(st.one_of(SAYS, WORKS), min_size=6, max_size=16))
# Not made smaller where it fails: each step takes the calls of a gateway.
@settings(max_examples=30, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
async def test_no_unapproved_commit_goes_live(
    play: Play, gateways: dict[int, Gateway], needs: int, steps: list[Any]
) -> None:
    model = await _begun(play, gateways[needs], needs)
    for step in steps:
        await (model.works(step) if isinstance(step, str) else model.says(*step))


@pytest.mark.parametrize("needs", [1, 2])
async def test_the_model_comes_to_a_push_and_takes_it_back(
    play: Play, gateways: dict[int, Gateway], needs: int
) -> None:
    model = await _begun(play, gateways[needs], needs)
    for _ in range(2):
        for who in APPROVERS[:needs]:
            await model.says(who, "undo" if model.pushed else "publish", 0, True)
        for what in ("dies", "dies after its push", "reports"):
            await model.works(what)
    assert len(model.pushed) == 2
