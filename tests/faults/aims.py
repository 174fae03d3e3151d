"""Which process dies where: the points are read out of the code, and a plan says in which order each of them is somebody's last."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

HERMES = Path(__file__).resolve().parents[2] / "hermes"

#: What a worker passes with an edit, in this order. One that died early leaves the later points to its successor.
COURSE = (
    "command.received", "command.claimed", "command.noted",
    "workspace.begun", "workspace.done", "workspace.kept", "attachments.begun", "attachments.done", "attachments.kept",
    "agent.begun", "agent.before", "agent.done", "agent.kept", "agent.ended",
    "commit.begun", "commit.done", "commit.kept", "work.committed", "push.begun", "push.done", "push.kept", "work.pushed",
    "command.run", "command.reported", "command.deleted",
)  # fmt: skip
#: Points that no edit of these attacks comes by: it needs neither checks nor a pool, whose own tests are about them.
ELSEWHERE = (
    "undo.", "build.", "publish.", "verify.", "discard.", "merge.", "live.", "approval.",
    "original.", "look.", "correct.", "recommit.", "claim.",
)  # fmt: skip
#: Points on the way up of a container: they need a person whose container does not run.
FRESH = ("launch.", "container.")
#: Points that only somebody who is not an owner leads to.
STRANGERS = ("refusal.",)
#: Points that only a mail which nobody can handle leads to.
POISON = ("mail.failed",)
#: Points that need something to be stopped.
STOPS = ("interrupt.",)
#: Points that need a command of another thread that gives way.
PREEMPTED = ("preempted.",)
#: Points that are passed only after another death: that of a worker, or that of a gateway at the point that is named.
RERUN = "rerun.recorded"
AFTER_WORKERS = ("container.lost", RERUN)
AFTER = {"reply.taken": ("reply.leased",)}

#: A step: how many workers of one container die in a row, in how many containers at once, and how many points of gateways follow.
CHAIN, CHAINS, LIVES = 3, 2, 8


@dataclasses.dataclass(frozen=True)
class Step:
    """Chains of workers that die, and then gateways that die, one after the other."""

    chains: tuple[tuple[str, ...], ...] = ()
    lives: tuple[str, ...] = ()

    @property
    def kills(self) -> int:
        """With the gateway that saw the workers die, and is killed then."""
        return sum(len(chain) for chain in self.chains) + bool(self.chains) + len(self.lives)


def points() -> list[str]:
    """Every name that the code passes to `crash_point`, read out of the code, so that none is forgotten."""
    found: set[str] = set()
    steps: set[str] = set()
    phases: set[str] = set()
    for path in sorted(HERMES.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'\b_?crash_point\("([a-z._]+)"\)', text))
        words = dict(re.findall(r'^([A-Z]+)(?:: Final)? = "([a-z]+)"', text, re.MULTILINE))
        named = re.findall(r'\bstep\(\s*run,\s*(?:"([a-z]+)"|([A-Z]+))', text)
        steps.update(literal or words[constant] for literal, constant in named)
        phases.update(re.findall(r'\b_?crash_point\(f"\{name\}\.([a-z]+)"\)', text))
    return sorted(found | {f"{step}.{phase}" for step in steps for phase in phases})


def aimed_at() -> list[str]:
    """The points at which a plan lets somebody die."""
    return [point for point in points() if not point.startswith(ELSEWHERE)]


def plans(kills: int, *, lanes: int, seed: int) -> list[list[Step]]:
    """So many deaths, dealt to so many lanes: every point in turn, each turn in another order."""
    order = random.Random(seed)
    gateways = _turns(
        [p for p in aimed_at() if p not in COURSE and p not in AFTER_WORKERS and p != "reply.leased"], order
    )
    workers = _turns(COURSE, order)
    dealt: list[list[Step]] = [[] for _ in range(lanes)]
    number = 0
    while kills > 0:
        # The last deaths may be too few for workers, which a gateway has to see die.
        alone = kills <= CHAINS * CHAIN
        chains = tuple(
            tuple(sorted(itertools.islice(workers, CHAIN), key=COURSE.index)) for _ in range(0 if alone else CHAINS)
        )
        lives = [point for point in AFTER_WORKERS if point != RERUN or all(c[-1] in COURSE[3:-3] for c in chains)]
        lives = lives if chains else []
        for point in itertools.islice(gateways, LIVES):
            lives += [point, *AFTER.get(point, ())]
        step = Step(chains, tuple(lives))
        step = Step(chains, tuple(lives[: max(0, len(lives) + kills - step.kills)]))
        dealt[number % lanes].append(step)
        kills -= step.kills
        number += 1
    return dealt


def _turns(points: Sequence[str], order: random.Random) -> Iterator[str]:
    while True:
        yield from order.sample(points, len(points))


def again(missed: Iterable[str], kills: collections.Counter[str]) -> list[Step]:
    """Points at which nobody died although somebody was to."""
    left = [point for point in missed if not kills[point]]
    workers = [(point,) for point in left if point in COURSE]
    lives = [point for point in left if point not in COURSE]
    return [Step(tuple(workers), tuple(lives))] if left else []
