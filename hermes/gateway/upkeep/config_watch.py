"""Takes over changed projects, clients and shares without a restart: read from where they come, validated as a whole, then used.

A configuration that is not valid is refused whole: the one before stays in use, and the operator is told. Other settings are made into
objects when the gateway starts; a change of them is named, and applies at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from hermes import errors
from hermes.config import loading, sources
from hermes.config.current import CurrentConfig
from hermes.config.loading import Config
from hermes.config.sources import ConfigDocument
from hermes.domain.env import Env
from hermes.domain.events import Event


class ConfigWatch:
    """A part of the service."""

    def __init__(
        self,
        *,
        current: CurrentConfig,
        read: Callable[[], Awaitable[Sequence[ConfigDocument]]],
        environ: Mapping[str, str],
        seconds: float,
        env: Env,
    ) -> None:
        """`read` gives the configuration file and then the further documents; `environ` overrides the file, as at the start."""
        self._current = current
        self._read = read
        # Only what may change here is kept of it: passwords are not.
        self._environ = {name: value for name, value in environ.items() if _is_live(name)}
        self._seconds = seconds
        self._env = env
        self._seen = ""
        """The digest of what was looked at last."""
        self._fixed: Mapping[str, Any] | None = None
        """The sections that apply at the start, as the file had them when they were looked at last."""
        self._refused = ""
        """Why what was looked at last was refused."""
        self._now = asyncio.Event()

    def now(self) -> None:
        """Look at once: somebody says that there is a change."""
        self._seen = ""
        self._now.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`."""
        while not stop.is_set():
            await self.look()
            waits = [asyncio.create_task(self._now.wait()), asyncio.create_task(stop.wait())]
            pause = self._seconds * (0.75 + 0.25 * self._env.jitter())
            await asyncio.wait(waits, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            for one in waits:
                one.cancel()
            self._now.clear()

    async def look(self) -> None:
        """One look."""
        documents: Sequence[ConfigDocument] = ()
        try:
            documents = await self._read()
            seen = sources.digest(documents)
            if seen == self._seen:
                return
            self._seen = seen
            self._use(self._combined(documents))
        except errors.ConfigError as error:
            if not documents:
                self._seen = ""  # what comes next is another content, also if it is the one before
            self._refuse(error.message)
        except errors.HermesError as error:  # AWS did not answer: the documents in use are as good as before
            self._say("config.deferred", f"the configuration could not be looked at now: {error.message}")

    def _combined(self, documents: Sequence[ConfigDocument]) -> Config:
        """The settings that apply at the start as they are in use, and the others as the documents say. Raises `errors.ConfigError`."""
        given = loading.collected(documents, self._environ)
        fixed = {name: value for name, value in given.values.items() if name not in sources.LIVE}
        unknown = [name for name in fixed if name not in Config.model_fields]
        if unknown:
            raise errors.ConfigError(f"{given.source}: unknown setting {unknown[0]!r}")
        before = self._current.current
        kept = {name: getattr(before, name) for name in Config.model_fields if name not in sources.LIVE}
        live = {name: given.values[name] for name in sources.LIVE if name in given.values}
        if not live.get("projects"):
            raise errors.ConfigError(
                f"{given.source}: no project is left; a gateway without one would refuse every mail"
            )
        try:
            found = Config(**kept, **live)
        except ValidationError as error:
            source, where = given.place(error.errors(include_url=False)[0]["loc"])
            raise errors.ConfigError(f"{source}: {loading.explain(error, Config, where=where)}") from error
        if self._fixed is not None and fixed != self._fixed:
            changed = sorted(name for name in {*fixed, *self._fixed} if fixed.get(name) != self._fixed.get(name))
            self._say("config.restart", f"changed settings apply at the next start: {', '.join(changed)}")
        self._fixed = fixed
        return found

    def _use(self, found: Config) -> None:
        before = self._current.current
        if found != before:
            self._current.replace(found)
            self._say("config.changed", _difference(before, found))
        elif self._refused:
            self._say("config.changed", "the configuration is valid again, and as it was")
        self._refused = ""

    def _refuse(self, reason: str) -> None:
        if reason == self._refused:
            return
        self._refused = reason
        self._say("config.refused", f"the changed configuration is refused, the one before stays in use: {reason}")

    def _say(self, name: str, text: str) -> None:
        self._env.emit(Event(name, self._env.now(), text, {}))


def _is_live(name: str) -> bool:
    return name.removeprefix("HERMES_").lower().split("__")[0] in sources.LIVE


def _difference(before: Config, after: Config) -> str:
    """What changed, by the names of projects."""
    old, new = ({one.name: one for one in config.projects} for config in (before, after))
    parts = [
        ("new", sorted(new.keys() - old.keys())),
        ("gone", sorted(old.keys() - new.keys())),
        ("changed", sorted(name for name in new.keys() & old.keys() if new[name] != old[name])),
    ]
    named = [f"{what}: {', '.join(names)}" for what, names in parts if names]
    return f"a changed configuration is in use; {'; '.join(named) or 'clients or shares'}"
