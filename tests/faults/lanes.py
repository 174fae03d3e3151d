"""Several campaigns beside each other over one emulator: while one waits for a lease or a visibility to end, another kills."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from hermes.aws.clients import Clients
from tests.faults import aims, siege
from tests.faults.rough import RoughPostbox


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of them all."""

    kills: collections.Counter[str]
    missed: collections.Counter[str]
    lost: list[str]
    twice: list[str]
    mails: int
    commands: int
    copies: int
    met: collections.Counter[str]
    """What replies met at rough mail servers."""

    def line(self) -> str:
        """In one line, for the end of a long run."""
        return (
            f"kills={self.kills.total()} lost={len(self.lost)} twice={len(self.twice)} mails={self.mails} "
            f"commands={self.commands} copies={self.copies} somewhere={self.kills['']}"
        )


async def run(
    folder: Path,
    endpoint_url: str,
    clients: Clients,
    *,
    plans: Sequence[Sequence[aims.Step]],
    seed: int,
    tell_seconds: float | None = None,
    before_rest: Callable[[], Awaitable[None]] | None = None,
) -> Outcome:
    """A lane for each plan. Lane n has the seed plus n; the mail server of every second lane has bad days.

    Every `tell_seconds` a line says how far it is. `before_rest` is awaited before the first lane comes to rest and is checked.
    """
    async with contextlib.AsyncExitStack() as stack:
        attacked: list[siege.Siege] = []
        for number in range(len(plans)):
            place = folder / str(number)
            place.mkdir()
            made = siege.siege(place, endpoint_url, clients, seed=seed + number, rough=number % 2 == 1)
            attacked.append(await stack.enter_async_context(made))
        kills = sum(step.kills for plan in plans for step in plan)
        telling = asyncio.create_task(_tell(attacked, kills, tell_seconds)) if tell_seconds is not None else None
        try:
            found = await asyncio.gather(
                *(siege.campaign(one, plan, before_rest or _nothing) for one, plan in zip(attacked, plans, strict=True))
            )
        finally:
            if telling is not None:
                telling.cancel()
    return Outcome(
        kills=sum((lane.kills for lane in attacked), collections.Counter()),
        missed=sum((lane.missed for lane in attacked), collections.Counter()),
        lost=[sentence for each in found for sentence in each.lost],
        twice=[sentence for each in found for sentence in each.twice],
        mails=sum(each.mails for each in found),
        commands=sum(each.commands for each in found),
        copies=sum(each.copies for each in found),
        met=sum(
            (lane.postbox.met for lane in attacked if isinstance(lane.postbox, RoughPostbox)), collections.Counter()
        ),
    )


async def _nothing() -> None:
    pass


async def _tell(attacked: list[siege.Siege], kills: int, seconds: float) -> None:
    begun = time.monotonic()
    while True:
        await asyncio.sleep(seconds)
        died = sum(lane.kills.total() for lane in attacked)
        print(f"{died} of {kills} kills after {time.monotonic() - begun:.0f} s", flush=True)
