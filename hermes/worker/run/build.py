"""The project's build command, run in the worktree under the same rules as an agent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hermes import errors, limits
from hermes.domain import wire
from hermes.execution import ExecutionState
from hermes.process import environment, homes, process
from hermes.process.framing import Line
from hermes.process.user import User, act
from hermes.process.walls import NetworkAccess, Sandbox
from hermes.repository.workspace import Paths

_NO_COMMAND = "This project has no build command."


class Build:
    """Runs the build; `command` is a line for the shell, None if the project has none."""

    def __init__(
        self,
        *,
        command: str | None,
        environment: Mapping[str, str],
        stop_schedule: process.StopSchedule,
        sandbox: Sandbox | None = None,
    ) -> None:
        """`sandbox` builds the walls around it; None: there are none."""
        self._command = command
        self._environment = environment
        self._stop_schedule = stop_schedule
        self._sandbox = sandbox

    @property
    def exists(self) -> bool:
        """Whether the project has a build command."""
        return bool(self._command)

    async def run(
        self,
        paths: Paths,
        *,
        mark: str,
        log: Path,
        state: ExecutionState,
        bounds: wire.CommandLimits,
        user: User | None = None,
        access: NetworkAccess | None = None,
    ) -> str:
        """Run it; returns the end of its output. Raises `errors.StepFailed` if none is set or it fails, `ExecutionInterrupted`."""
        if not self._command:
            raise errors.StepFailed(
                _NO_COMMAND, hint="The operator can set one in the project's settings.", fault=errors.Fault.NO_BUILD
            )
        await state.check_interrupt()
        await act(user, homes.renew, str(paths.build_home))
        env = environment.reduced(self._environment, home=paths.build_home, mark=mark)
        argv = ("/bin/sh", "-c", self._command)
        spec = process.Spec(
            argv=argv,
            cwd=paths.tree,
            env=env,
            mark=mark,
            log=log,
            output_bytes=bounds.output_bytes,
            memory_bytes=bounds.memory_bytes,
            user=user,
            walls=self._sandbox.around(paths.tree, paths.build_home, access=access)
            if self._sandbox is not None
            else None,
        )
        outcome = await process.Process(
            spec=spec, stop_schedule=self._stop_schedule, state=state, on_line=_ignore
        ).run()
        await state.check_interrupt()
        if outcome.returncode != 0:
            words = " / ".join(line.strip() for line in outcome.tail.splitlines()[-4:])[-limits.ERROR_TAIL_CHARS :]
            raise errors.StepFailed(
                f"The build failed (exit status {outcome.returncode}). It last said: {words}", fault=errors.Fault.BUILD
            )
        return "The build succeeded."


async def _ignore(_stream: str, _line: Line) -> None:
    return None
