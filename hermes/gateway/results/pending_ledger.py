"""The open commands, by container key, whose results this replica polls for. Pure bookkeeping, without I/O."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from hermes.aws.records.replicas import Heartbeat
from hermes.domain.env import Env

#: Commands that one heartbeat names to the replicas that poll for them; the row of all heartbeats has at most 400 KB.
TOLD: Final = 100
#: A command that was silent for this long is looked up: another replica may have written its end.
DOUBT_SECONDS: Final = 15.0


@dataclasses.dataclass(slots=True)
class _Pending:
    heard_at: float
    """When it was last known to be open, by the monotonic clock."""
    sent_here: bool
    """Whether only this replica may know of it, so that the owner of its key has to be told."""
    told: tuple[str, int] | None = None
    """The replica that was told, and its counter then."""


class PendingLedger:
    """Keeps which results are pending, which of them another replica must be told of, and which have been silent too long."""

    def __init__(self, *, env: Env) -> None:
        self._env = env
        self._keys: dict[str, dict[str, _Pending]] = {}

    def __iter__(self) -> Iterator[str]:
        """The container keys with pending results."""
        return iter(list(self._keys))

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def add(self, key: str, command_id: str, *, sent_here: bool) -> None:
        """Note an open command of a container."""
        commands = self._keys.setdefault(key, {})
        known = commands.pop(command_id, None)  # the longest silent stay first
        commands[command_id] = _Pending(
            self._env.clock(),
            sent_here or (known is not None and known.sent_here),
            known.told if known is not None else None,
        )

    def drop(self, key: str, command_id: str) -> None:
        """Remove a command that has ended or that another replica polls for."""
        commands = self._keys.get(key, {})
        commands.pop(command_id, None)
        if not commands:
            self._keys.pop(key, None)

    def drop_others(self, owns: Callable[[str], bool]) -> None:
        """After a change of owners remove what was not sent here and has a new owner, which looks it up by itself."""
        for key in self:
            if not owns(key):
                for command_id in [c for c, pending in self._keys[key].items() if not pending.sent_here]:
                    self.drop(key, command_id)

    def untold(self, owner: Callable[[str], str], me: str) -> list[tuple[str, str]]:
        """Container key and command of what another replica owns and perhaps only we know; one of each key first."""
        rounds: list[list[tuple[str, str]]] = []
        for key, commands in self._keys.items():
            if owner(key) != me:
                for number, command_id in enumerate(c for c, pending in commands.items() if pending.sent_here):
                    if number == len(rounds):
                        rounds.append([])
                    rounds[number].append((key, command_id))
        return [one for some in rounds for one in some][:TOLD]

    def told(
        self, said: Iterable[tuple[str, str]], owner: Callable[[str], str], heartbeats: Mapping[str, Heartbeat]
    ) -> None:
        """This was in our last heartbeat, and the row has these now: what its owner must have read is no longer ours.

        Its second heartbeat after we wrote it was begun when the answer to the first, which holds what we wrote, was there.
        """
        for key, command_id in said:
            pending = self._keys.get(key, {}).get(command_id)
            holder = owner(key)
            if pending is None or holder not in heartbeats:
                continue
            if pending.told is None or pending.told[0] != holder:
                pending.told = (holder, heartbeats[holder].count)
            elif heartbeats[holder].count >= pending.told[1] + 2:
                self.drop(key, command_id)

    def silent(self, most: int) -> list[tuple[str, str]]:
        """Commands that were silent for DOUBT_SECONDS, some of each key: another replica may have written their end."""
        since = self._env.clock() - DOUBT_SECONDS
        share = max(1, most // max(1, len(self._keys)))
        found: list[tuple[str, str]] = []
        for key, commands in self._keys.items():
            longest = itertools.islice(commands.items(), share)
            found += [(key, command_id) for command_id, pending in longest if pending.heard_at <= since]
        return found[:most]
