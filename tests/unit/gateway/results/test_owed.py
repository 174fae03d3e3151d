"""What is owed: who has to be told, what has been silent, and what is looked up; complete, however much of it there is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from hermes.aws.records.commands import Timer
from hermes.aws.records.replicas import Stand
from hermes.gateway.results import owed as results_owed
from hermes.gateway.results.output_poller import OutputPoller
from hermes.gateway.results.owed import Owed
from hermes.gateway.results.owing import Owing
from tests import env


class Ticks:
    """A steady clock that the test moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def owed_to(clock: Ticks, *keys: str, each: int = 1, ours: bool = True) -> Owed:
    owed = Owed(env=env.quiet(clock=clock))
    for number in range(each):
        for key in keys:
            owed.add(key, f"{key}-{number}", ours=ours)
    return owed


def test_of_every_container_one_command_is_told_before_a_second_of_any() -> None:
    owed = owed_to(Ticks(), *(f"k{n}" for n in range(60)), each=3)

    told = owed.untold(lambda key: "other", "me")

    assert len(told) == results_owed.TOLD
    assert {key for key, _ in told[:60]} == {f"k{n}" for n in range(60)}


def test_nothing_is_told_of_what_is_ours_to_poll_for_or_known_to_others_anyway() -> None:
    owed = owed_to(Ticks(), "mine", "theirs")
    owed.add("seen", "c", ours=False)

    assert owed.untold(lambda key: "me" if key == "mine" else "other", "me") == [("theirs", "theirs-0")]


def test_a_command_is_let_go_at_the_second_beat_of_its_holder_after_it_was_told_and_never_earlier() -> None:
    owed = owed_to(Ticks(), "k")
    said = [("k", "k-0")]

    kept = []
    for count in (7, 7, 8, 9):
        owed.told(said, lambda key: "other", {"other": Stand(count, 1)})
        kept.append("k" in owed)

    assert kept == [True, True, True, False]


def test_another_holder_is_told_from_the_beginning() -> None:
    owed = owed_to(Ticks(), "k")
    owed.told([("k", "k-0")], lambda key: "first", {"first": Stand(7, 1)})

    owed.told([("k", "k-0")], lambda key: "second", {"first": Stand(9, 1), "second": Stand(90, 1)})

    assert "k" in owed


def test_turns_that_change_leave_what_others_look_up_by_themselves() -> None:
    owed = owed_to(Ticks(), "looked-up", ours=False)
    owed.add("sent", "c", ours=True)

    owed.leave(lambda key: False)

    assert list(owed) == ["sent"]


def test_what_was_heard_of_lately_is_not_doubted_and_the_longest_silent_comes_first() -> None:
    clock = Ticks()
    owed = owed_to(clock, "k", each=3)
    clock.time = results_owed.DOUBT_SECONDS
    owed.add("k", "k-0", ours=True)

    assert owed.silent(2) == [("k", "k-1"), ("k", "k-2")]
    assert owed.silent(1) == [("k", "k-1")]


@dataclasses.dataclass
class Index:
    """The commands, as far as `Owing` asks them."""

    open: dict[str, str]
    asked: list[int] = dataclasses.field(default_factory=list)

    async def due(self, *, before: float | None, most: int | None) -> list[Timer]:
        assert (before, most) == (None, None), "everything that is open"
        return [Timer(command_id, key, 0.0, "running") for command_id, key in self.open.items()]

    async def still_open(self, command_ids: Iterable[str]) -> frozenset[str]:
        asked = list(command_ids)
        self.asked.append(len(asked))
        return frozenset(asked) & frozenset(self.open)


class Poller(OutputPoller):
    """A poller without polls."""

    def __init__(self, owed: Owed) -> None:
        self.owed = owed

    def owe(self, key: str, command_id: str, *, ours: bool = True) -> None:
        self.owed.add(key, command_id, ours=ours)

    def rebalance(self) -> None: ...


def owing(index: Index, owed: Owed) -> Owing:
    return Owing(commands=index, owed=owed, poller=Poller(owed), mine=lambda key: not key.startswith("b"))  # type: ignore[arg-type]


async def test_a_look_finds_every_open_command_whose_turn_it_is_however_many_there_are() -> None:
    index = Index({f"c{n}": f"{'ab'[n % 2]}{n % 40}" for n in range(10_000)})
    owed = Owed(env=env.quiet(clock=Ticks()))

    await owing(index, owed).look()

    assert set(owed) == {f"a{n}" for n in range(0, 40, 2)}


async def test_what_has_ended_elsewhere_is_no_longer_owed_and_what_is_open_stays() -> None:
    clock = Ticks()
    owed = owed_to(clock, "a", "b", each=150)
    index = Index({"a-149": "a"})
    clock.time = results_owed.DOUBT_SECONDS + 1

    await owing(index, owed).check()

    assert list(owed) == ["a"]
    assert max(index.asked) <= 100
    asked = len(index.asked)
    await owing(index, owed).check()
    assert len(index.asked) == asked, "what was just looked up is not asked for again"
