"""The agent that runs any command line.

It runs in the worktree. The instruction is on its standard input and in the file that `HERMES_INSTRUCTION_FILE` names;
`HERMES_ATTACHMENTS_DIR` holds what was attached, and `HERMES_CONTEXT_FILE` the rest as JSON (subject, quoted text, the command
stopped before). `HERMES_PROMPT_FILE` has all of it as one prompt for a language model, with the rules that Hermes gives its own agents.
It may report progress on descriptor 3 (`control`), and ask with a last line that begins with `QUESTION:`. Exit status 0 is success.
"""

from __future__ import annotations

import json

from hermes.agents import control, program, prompt
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.config.agent_settings import AgentSettings
from hermes.execution import ExecutionState
from hermes.process import acts
from hermes.process.framing import Line
from hermes.process.user import act, write

_SUMMARY_LINES = 20
_INSTRUCTION, _CONTEXT, _PROMPT, _ATTACHMENTS = "instruction.txt", "context.json", "prompt.txt", "attachments"


class CommandAgent:
    """Runs the project's command line."""

    def __init__(self, *, settings: AgentSettings) -> None:
        self._settings = settings

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Run it; its last lines are its summary unless it gives one on descriptor 3."""
        listener = _Listener(task, state, progress)
        running = program.prepare(
            task,
            self._settings,
            state=state,
            argv=self._settings.argv,
            stdin=task.instruction.encode("utf-8", "replace") + b"\n",
            on_line=listener,
            extra=await _files(task, self._settings.instructions),
            control=True,
        )
        outcome = await program.run(running, state)
        error = program.failure(outcome)
        summary, asked = prompt.question(listener.summary or "\n".join(listener.last_lines))
        return AgentReport(
            summary=program.shortened(summary),
            error=error,
            hint=program.HINT if error else "",
            fault=program.fault(error),
            question=listener.question or (asked if error is None else None),
            cost_usd=listener.cost_usd,
        )


class _Listener:
    def __init__(self, task: AgentTask, state: ExecutionState, progress: Progress) -> None:
        self._task = task
        self._state = state
        self._progress = progress
        self.summary = ""
        self.question: str | None = None
        self.cost_usd: float | None = None
        self.last_lines: list[str] = []

    async def __call__(self, stream: str, line: Line) -> None:
        if stream == "control":
            await self._control(line)
        elif stream == "stdout" and line.text.strip():
            self.last_lines = [*self.last_lines[-_SUMMARY_LINES + 1 :], line.text.rstrip()[:1000]]

    async def _control(self, line: Line) -> None:
        said = control.read(line.data)
        if said is None:
            return
        self.summary = said.summary or self.summary
        self.question = said.question or self.question
        if said.cost_usd is not None:
            self.cost_usd = said.cost_usd
            program.check_cost(self._task, self._state, said.cost_usd)
        if said.progress is not None or said.percent is not None:
            await self._progress("agent", (said.progress or "")[:300], said.percent)


async def _files(task: AgentTask, instructions: str) -> dict[str, str]:
    around = {
        "subject": task.subject,
        "quoted": task.quoted,
        "attachments": [str(path) for path in task.attachments],
        "previous": task.previous.model_dump(mode="json") if task.previous else None,
    }
    await write(task.user, task.inbox, _INSTRUCTION, f"{task.instruction}\n".encode(errors="replace"))
    await write(task.user, task.inbox, _CONTEXT, json.dumps(around).encode())
    rules = f"{prompt.RULES} {instructions}".strip()
    whole = f"{rules}\n\n{prompt.compose(task)}\n"
    await write(task.user, task.inbox, _PROMPT, whole.encode(errors="replace"))
    await act(task.user, acts.folder, str(task.inbox), [_ATTACHMENTS])
    return {
        "HERMES_INSTRUCTION_FILE": str(task.inbox / _INSTRUCTION),
        "HERMES_PROMPT_FILE": str(task.inbox / _PROMPT),
        "HERMES_CONTEXT_FILE": str(task.inbox / _CONTEXT),
        "HERMES_ATTACHMENTS_DIR": str(task.inbox / _ATTACHMENTS),
    }
