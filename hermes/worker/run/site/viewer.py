"""Looks at a site before and after a change: pictures, changed texts, and what is wrong with its pages.

The looking is done by `hermes.site.child`, a process of the session's user like its agent and its build, within a time limit. Whatever
becomes of it, the command goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from hermes.config.show_settings import ShowSettings
from hermes.domain import escape, wire
from hermes.execution import ExecutionState
from hermes.process import acts, environment, homes, process, user
from hermes.process.framing import Line
from hermes.process.user import act
from hermes.process.walls import Sandbox
from hermes.site import chromium, crop
from hermes.worker.run.checks import Subject

#: All of looking, from unpacking to the last picture stored.
LOOK_SECONDS: Final = 20.0
#: What the child does not have of it: for laying out both states, and for storing pictures.
_BESIDE_SECONDS: Final = 6.0
#: Inspecting a site of thousands of pages.
INSPECT_SECONDS: Final = 120.0
#: The memory of the child with its Chromium.
_MEMORY_BYTES: Final = 2 * 1024**3
#: What the child prints: six pictures and ten texts, or two hundred problems.
_OUTPUT_BYTES: Final = 1024 * 1024
_STOP: Final = process.StopSchedule(interrupt=0.0, term=0.0, kill=0.5)

_TITLE_CHARS: Final = 200
#: What the child needs inside walls: Hermes with its libraries, and what Debian's Chromium reads at its start.
_OURS: Final = tuple(
    dict.fromkeys(Path(one).resolve() for one in (sys.prefix, *sys.path) if one and Path(one).is_dir())
)
_CHROMIUMS: Final = tuple(map(Path, ("/etc/chromium", "/etc/chromium.d", "/etc/fonts", "/var/cache/fontconfig")))
_PNG: Final = b"\x89PNG\r\n\x1a\n"

PREFIX: Final = "shown/"
"""Where pictures and diffs are in the bucket."""

_LOG = logging.getLogger(__name__)

Put = Callable[[str, bytes, str], Awaitable[None]]
"""Stores an object: key, bytes, media type."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen."""

    pictures: tuple[wire.Picture, ...] = ()
    texts: tuple[wire.TextChange, ...] = ()


@dataclass(slots=True)
class _Said:
    lines: list[dict[str, Any]] = field(default_factory=list)
    chars: int = 0

    async def hear(self, stream: str, line: Line) -> None:
        self.chars += len(line.data)
        if stream == "stdout" and self.chars <= _OUTPUT_BYTES:
            with contextlib.suppress(ValueError):
                found = json.loads(line.data)
                self.lines += [found] if isinstance(found, dict) else []

    def all(self, what: str) -> list[Any]:
        return [line[what] for line in self.lines if what in line]


class SiteViewer:
    """Looks at the sites of one project."""

    def __init__(
        self,
        *,
        settings: ShowSettings,
        environment: Mapping[str, str],
        put: Put,
        sandbox: Sandbox | None = None,
        seconds: float = LOOK_SECONDS,
    ) -> None:
        """`environment` is the worker's: Chromium is found on its PATH. `sandbox` builds the walls around it, None: there are none."""
        self.settings = settings
        self._environment = environment
        self._put = put
        self._sandbox = sandbox
        self._seconds = seconds
        self._program = chromium.find(environment.get("PATH")) if settings.pictures else None

    @property
    def looks(self) -> bool:
        """Whether there is anything to look for."""
        return self._program is not None or self.settings.texts

    async def look(self, subject: Subject, session_id: str, before: Path, after: Path) -> Sight:
        """What is different between two states (tar files). Raises `errors.HermesError`, OSError, TimeoutError, `ExecutionInterrupted`."""
        job = {"pages": self.settings.pages, "program": self._program, "texts": self.settings.texts}
        async with asyncio.timeout(self._seconds), self._laid_out(subject, before, after):
            said = await self._run(
                subject, {"before": "before", "after": "after", "seconds": self._seconds - _BESIDE_SECONDS, **job}
            )
            texts = [self._text(one) for one in said.all("text")]
            pictures = await self._stored(subject, session_id, said.all("picture"))
        for trouble in said.all("trouble"):
            words = escape.line(str(trouble))[:300]
            _LOG.warning("A page was not photographed: %s.", words, extra={"action": "site.trouble"})
        return Sight(pictures, tuple(one for one in texts if one is not None))

    async def inspect(self, subject: Subject, before: Path | None, after: Path, *, page_mb: float) -> list[str] | None:
        """What is wrong with a state and was not with the one before, a line each; None if it could not be inspected in time."""
        job = {"after": "after", "seconds": INSPECT_SECONDS, "page_mb": page_mb}
        async with self._laid_out(subject, before, after):
            said = await self._run(subject, {"before": "before" if before is not None else None, **job})
        if not said.all("inspected"):
            return None
        return [escape.line(str(one))[:400] for one in said.all("problem")]

    @contextlib.asynccontextmanager
    async def _laid_out(self, subject: Subject, before: Path | None, after: Path) -> AsyncIterator[None]:
        """Both states as folders of the session's user."""
        home = str(subject.paths.site_home)
        await act(subject.user, homes.renew, home)
        try:
            for name, packed in (("before", before), ("after", after)):
                if packed is not None:
                    with packed.open("rb") as file:
                        await act(subject.user, acts.unpack, home, name, files=[file])
            yield
        finally:
            await act(subject.user, acts.empty, home)

    async def _run(self, subject: Subject, job: dict[str, Any]) -> _Said:
        paths, said = subject.paths, _Said()
        spec = process.Spec(
            argv=(sys.executable, "-I", "-m", "hermes.site.child"),
            cwd=paths.site_home,
            env=environment.reduced(self._environment, home=paths.site_home, mark=subject.mark),
            mark=subject.mark,
            stdin=json.dumps(job).encode(),
            output_bytes=_OUTPUT_BYTES * 2,
            memory_bytes=_MEMORY_BYTES,
            user=subject.user,
            walls=self._sandbox.around(paths.site_home, readable=(*_OURS, *_CHROMIUMS), offline=True)
            if self._sandbox is not None
            else None,
        )
        # A state of its own: what a page may not is no reason to stop the command.
        async with ExecutionState() as own:
            own.set_timeout(job["seconds"] + _BESIDE_SECONDS / 2)
            running = process.Process(spec=spec, stop_schedule=_STOP, state=own, on_line=said.hear).run()
            ended = await subject.state.run(running)
        if ended.returncode != 0:
            _LOG.warning(
                "Looking at the site ended early: %s",
                escape.line(ended.tail[-500:]),
                extra={"action": "site.ended_early"},
            )
        return said

    async def _stored(self, subject: Subject, session_id: str, found: list[Any]) -> tuple[wire.Picture, ...]:
        pictures = []
        for one in found[: crop.PICTURES]:
            try:
                data = await user.read(subject.user, subject.paths.site_home, str(one["file"]), most=crop.PICTURE_BYTES)
                if data is None or not data.startswith(_PNG):
                    continue
                key = f"{PREFIX}{session_id}/{hashlib.sha256(data).hexdigest()[:40]}.png"
                picture = wire.Picture.model_validate(
                    {
                        **{name: one[name] for name in ("view", "after", "width", "height")},
                        "key": key,
                        **{name: escape.line(str(one[name]))[:_TITLE_CHARS] for name in ("page", "title", "says")},
                    }
                )
            except (KeyError, TypeError, ValidationError):
                continue  # the child is not to be believed
            await self._put(key, data, "image/png")
            pictures.append(picture)
        return tuple(pictures)

    @staticmethod
    def _text(one: Any) -> wire.TextChange | None:
        try:
            before, after = (escape.line(str(one[name]))[:_TITLE_CHARS] for name in ("before", "after"))
        except (KeyError, TypeError):
            return None
        return wire.TextChange(before=before, after=after)
