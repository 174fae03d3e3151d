"""Random trees under random interrupts, cancellations and kills: history is well formed, nothing runs twice, nothing is left behind."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings

from hermes.execution import Event, ExecutionInterrupted, ExecutionState, ExecutionStatus, Snapshot, StepEvent
from hermes.execution.parallel import ErrorPolicy
from tests.unit.execution.model.trees import Group, Nested, Process, Step, Store, Tree, fails_of, plans, trees

#: A status as one letter.
LETTERS = {
    ExecutionStatus.STARTED: "s",
    ExecutionStatus.FAILED: "f",
    ExecutionStatus.RETRYING: "r",
    ExecutionStatus.CANCELLING: "c",
    ExecutionStatus.COMPLETED: "d",
    ExecutionStatus.INTERRUPTED: "i",
    ExecutionStatus.CANCELLED: "x",
}
#: One run of a step that does not complete it: attempts that failed and were retried, then an attempt with one end, or an end before it or
#: in a pause.
RUN = r"(sfr)*(s(f|c?i|c?x)|c?i|c?x)"
#: A step: such runs, then one that completes it, or a pause in which its process was killed and from which the next one goes on.
STEP = re.compile(rf"({RUN})*((sfr)*sd|(sfr)+)?")
#: The whole: each start has one end.
WHOLE = re.compile(r"(sc?[dfix])*")


def letters(history: tuple[Event, ...], step: str) -> str:
    return "".join(LETTERS[event.status] for event in history if isinstance(event, StepEvent) and event.step == step)


def assert_well_formed(history: tuple[Event, ...]) -> None:
    steps = {event.step for event in history if isinstance(event, StepEvent)}
    for step in steps - {""}:
        left = letters(history, step)
        assert STEP.fullmatch(left), (step, left)
        assert left.count("s") == len(re.findall(r"s(?=d|f|c?i|c?x)", left)), (step, left)
    assert WHOLE.fullmatch(letters(history, "")), letters(history, "")


async def one_process(process: Process, tree: Tree) -> tuple[Any, BaseException | None]:
    """The result or the error of a process; nothing of it may be left in the loop."""
    others, timers = asyncio.all_tasks(), pending_timers()
    task = asyncio.create_task(process.main(tree))
    await asyncio.wait({task})
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == others
    assert pending_timers() == timers
    assert process.state.active_generators == set()
    assert not process.state._latch.busy
    return (None if error is not None else task.result()), error


def pending_timers() -> int:
    scheduled = getattr(asyncio.get_running_loop(), "_scheduled", [])
    return sum(not handle.cancelled() for handle in scheduled)


async def story(tree: Tree, plan: list[tuple[int, str]]) -> None:
    store, fails = Store(), fails_of(tree)
    for at, happening in [*plan, (0, "")]:
        before = store.text
        done = set() if before is None else completed(Snapshot.from_json(before))
        process = Process(store=store, fails_left=fails, at=at, happening=happening)
        result, error = await one_process(process, tree)
        assert not done & set(process.handled), "a completed step ran again"
        if not process.dead:
            assert_well_formed(process.state.history)
        if store.text is not None:  # what a successor would find
            assert_well_formed(ExecutionState.restore(Snapshot.from_json(store.text)).history)
        if error is None:
            assert is_result_of(tree, result), (result, plan)
            return
        if happening == "interrupt" and process.turns >= at:
            assert isinstance(error, ExecutionInterrupted | ConnectionError), error
        elif (not process.dead and process.turns < at) or not happening:
            assert isinstance(error, ConnectionError), error  # a step that fails three times
            return


def completed(snapshot: Snapshot) -> set[str]:
    return {step.key for step in snapshot.steps if step.status is ExecutionStatus.COMPLETED}


def is_result_of(tree: Tree, result: Any, name: str = "r") -> bool:
    if isinstance(tree, Step):  # one that fails three times in one process is tried again in the next
        return result == name or (tree.fails == 3 and result == "error")
    if result == "error":
        return any(fails == 3 for fails in fails_of(tree).values())
    children = enumerate(tree.children)
    return len(result) == len(tree.children) and all(
        is_result_of(child, result[n], f"{name}.{n}") for n, child in children
    )


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(Step(fails=3, turns=1), [(2, "interrupt")])
@example(Nested((Step(1, 1), Step(0, 2))), [(2, "kill"), (3, "interrupt"), (1, "cancel")])
@example(Group((Step(0, 2), Step(3, 1), Step(2, 0)), 2, ErrorPolicy.FAIL_FAST), [(3, "kill"), (2, "kill")])
@given(trees, plans)
def test_whatever_happens_history_is_well_formed_and_nothing_is_repeated_or_left(
    tree: Tree, plan: list[tuple[int, str]]
) -> None:
    asyncio.run(asyncio.wait_for(story(tree, plan), 60))


@pytest.mark.parametrize(
    "wrong", ["ss", "sd d", "sfrsfrsdi", "sff", "rs", "sdf"], ids=lambda wrong: wrong.replace(" ", "")
)
def test_the_grammar_knows_what_is_wrong(wrong: str) -> None:
    known = {letter: status for status, letter in LETTERS.items()}
    history = tuple(
        StepEvent(execution_id="e", at=0, step="s", status=known[letter]) for letter in wrong.replace(" ", "")
    )
    with pytest.raises(AssertionError):
        assert_well_formed(history)
