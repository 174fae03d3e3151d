"""Checks the installed Claude Code: a version that reads `--setting-sources=` as "all" would run the repository's hooks with its key.

Versions up to at least 2.0.65 do (measured); 2.0.77 and later then obey no settings. Older ones do not know the option.
"""

from __future__ import annotations

import os
import re
import shutil

from hermes import errors
from hermes.agents.port import AgentTask
from hermes.execution import ExecutionState
from hermes.process import environment, process
from hermes.process.framing import Line

OLDEST = (2, 0, 77)
"""The oldest version that was seen to obey no settings when it is told so."""
_NUMBER = re.compile(r"(?:^|\s)v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:\s|$)")
#: Older versions take seconds to start on a busy machine.
_SECONDS = 60.0
_HINT = "The operator has to install Claude Code 2.0.77 or newer."

_Seen = tuple[str, int, int]


class InstalledVersion:
    """Asks the program for its version once for each build."""

    def __init__(self) -> None:
        self._known: set[_Seen] = set()

    async def check(self, argv: tuple[str, ...], task: AgentTask, state: ExecutionState) -> None:
        """Raises `errors.AgentFailed` where the version is too old or cannot be told, `ExecutionInterrupted` where it is not to begin."""
        await state.check_interrupt()
        path = shutil.which(argv[0], path=task.environment.get("PATH"))
        found = os.stat(path) if path is not None else None
        seen = (" ".join(argv), found.st_mtime_ns, found.st_size) if found is not None else None
        if seen in self._known:
            return
        said, in_time = await _ask((*argv, "--version"), task)
        number = _NUMBER.search(said)
        if number is None:
            words = " ".join(said.split())[-200:]
            late = "" if in_time else f" within {_SECONDS:g} s"
            message = (
                f"{argv[0]} does not say{late} which version of Claude Code it is (it said: {words or 'nothing'})."
            )
            raise errors.AgentFailed(message, hint=_HINT)
        if tuple(map(int, number.groups())) < OLDEST:
            message = (
                f"The Claude Code that is installed ({'.'.join(number.groups())}) is too old: it would run programs "
                "that a repository names, with its key."
            )
            raise errors.AgentFailed(message, hint=_HINT)
        if seen is not None:
            self._known.add(seen)


async def _ask(argv: tuple[str, ...], task: AgentTask) -> tuple[str, bool]:
    """Its output, and whether it ended in time; it runs without a key and outside the project."""
    said: list[str] = []

    async def listen(_stream: str, line: Line) -> None:
        said.append(line.text)

    mark = task.command_id
    env = environment.reduced(task.environment, home=task.home, mark=mark)
    spec = process.Spec(argv=argv, cwd=task.home, env=env, mark=mark, user=task.user, walls=task.walls)
    async with ExecutionState() as asking:
        asking.set_timeout(_SECONDS, "It did not say its version.")
        try:
            ended = await process.Process(
                spec=spec, stop_schedule=task.stop_schedule, state=asking, on_line=listen
            ).run()
        except errors.StepFailed as error:
            raise errors.AgentFailed(f"The agent could not be started. {error.message}", hint=_HINT) from error
        finally:
            asking.cancel_timeout()
    return "\n".join(said[:20]), not ended.stopped
