"""What is owed: the open commands, by container key, whose answers this replica polls for. Bookkeeping, without a call to anybody."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from hermes.aws.records.replicas import Stand
from hermes.domain.env import Env

#: Commands that a replica names in one beat to those whose turn it is; the row of all beats ends at 400 KB.
TOLD: Final = 100
#: A command of which nothing was heard for so long is looked up: its end may have been another replica's to write.
DOUBT_SECONDS: Final = 15.0


@dataclasses.dataclass(slots=True)
class _Debt:
    heard_at: float
    """By our steady clock: when it was last known to be open."""
    ours: bool
    """Only this replica may know of it: another whose turn it is has to be told."""
    told: tuple[str, int] | None = None
    """The replica that was told, and its number then."""


class Owed:
    """Knows what is owed, what of it others have to be told, and what has been silent for too long."""

    def __init__(self, *, env: Env) -> None:
        self._env = env
        self._debts: dict[str, dict[str, _Debt]] = {}

    def __iter__(self) -> Iterator[str]:
        """The container keys that owe."""
        return iter(list(self._debts))

    def __len__(self) -> int:
        return len(self._debts)

    def __contains__(self, key: str) -> bool:
        return key in self._debts

    def add(self, key: str, command_id: str, *, ours: bool) -> None:
        """A command of this container is open."""
        debts = self._debts.setdefault(key, {})
        known = debts.pop(command_id, None)  # the longest silent stand first
        debts[command_id] = _Debt(
            self._env.clock(),
            ours or (known is not None and known.ours),
            known.told if known is not None else None,
        )

    def drop(self, key: str, command_id: str) -> None:
        """It has ended, or is another's to poll for."""
        debts = self._debts.get(key, {})
        debts.pop(command_id, None)
        if not debts:
            self._debts.pop(key, None)

    def leave(self, mine: Callable[[str], bool]) -> None:
        """The turns have changed: what is not ours to tell, and no longer this replica's turn, others have looked up by themselves."""
        for key in self:
            if not mine(key):
                for command_id in [c for c, debt in self._debts[key].items() if not debt.ours]:
                    self.drop(key, command_id)

    def untold(self, turn: Callable[[str], str], me: str) -> list[tuple[str, str]]:
        """Container key and command of what is another's turn and perhaps known to nobody but us; one of each key first."""
        rounds: list[list[tuple[str, str]]] = []
        for key, debts in self._debts.items():
            if turn(key) != me:
                for number, command_id in enumerate(c for c, debt in debts.items() if debt.ours):
                    if number == len(rounds):
                        rounds.append([])
                    rounds[number].append((key, command_id))
        return [one for some in rounds for one in some][:TOLD]

    def told(self, said: Iterable[tuple[str, str]], turn: Callable[[str], str], stands: Mapping[str, Stand]) -> None:
        """This was said in our last beat, and so stands the row: what its new holder must have read is no longer ours.

        Its second beat after we said it was begun when the answer to the first, which holds what we said, was there.
        """
        for key, command_id in said:
            debt = self._debts.get(key, {}).get(command_id)
            holder = turn(key)
            if debt is None or holder not in stands:
                continue
            if debt.told is None or debt.told[0] != holder:
                debt.told = (holder, stands[holder].count)
            elif stands[holder].count >= debt.told[1] + 2:
                self.drop(key, command_id)

    def silent(self, most: int) -> list[tuple[str, str]]:
        """What was not heard of for DOUBT_SECONDS, some of each key: another replica may have written its end."""
        since = self._env.clock() - DOUBT_SECONDS
        share = max(1, most // max(1, len(self._debts)))
        found: list[tuple[str, str]] = []
        for key, debts in self._debts.items():
            longest = itertools.islice(debts.items(), share)
            found += [(key, command_id) for command_id, debt in longest if debt.heard_at <= since]
        return found[:most]
