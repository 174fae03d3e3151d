"""The aider agent, with one message per run.

Its exit status does not show success: git shows the changes, and aider's log shows the cost.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from hermes import errors
from hermes.agents import hidden, program, prompt, steering
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.config.agent_settings import AgentSettings
from hermes.execution import ExecutionState
from hermes.process import acts
from hermes.process.framing import Line
from hermes.process.user import act, read, write

_ANALYTICS = "aider.jsonl"
_LOG_BYTES = 16 * 1024 * 1024
_SUMMARY_LINES = 20
_TROUBLE = re.compile(r"litellm\.[A-Za-z.]*(?:Error|Exception)\b|^(?:API Error|Error:|Unable to)")
_NOISE = re.compile(
    r"^(?:Aider v|Model:|Main model:|Weak model:|Git repo:|Repo-map|Added |Tokens:|Use /help|>|─|Warning:|Detected dumb terminal"
    r"|Update git |Has it been deleted from the file system|HTTPSConnectionPool|$)"
)


class AiderAgent:
    """Runs aider for one instruction."""

    def __init__(self, *, settings: AgentSettings) -> None:
        self._settings = settings

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Run it."""
        message, analytics = task.inbox / "message.txt", task.inbox / _ANALYTICS
        await write(task.user, task.inbox, message.name, f"{prompt.compose(task)}\n".encode(errors="replace"))
        await act(task.user, acts.remove, str(task.inbox), analytics.name)
        last_lines: list[str] = []
        trouble: list[str] = []

        async def listen(stream: str, line: Line) -> None:
            text = line.text.strip()
            if _TROUBLE.search(text):
                trouble.append(text)
            elif stream == "stdout" and not _NOISE.match(text):
                last_lines[:] = [*last_lines[-_SUMMARY_LINES + 1 :], text[:1000]]
            if text.startswith("Applied edit to "):
                await progress("agent", f"Edited {text.removeprefix('Applied edit to ')[:200]}", None)
            cost = await _cost(task) if text.startswith("Tokens:") else None
            program.check_cost(task, state, cost)

        await state.check_interrupt()
        running = program.prepare(
            task,
            self._settings,
            state=state,
            argv=self._argv(task, message, analytics),
            stdin=b"",
            on_line=listen,
            extra=steering.AIDER_VARIABLES,
        )
        folders = (str(task.worktree), str(task.inbox))
        try:
            await act(task.user, hidden.hide, *folders, steering.AIDER_HIDDEN)
        except OSError as refused:
            words = f"Files that would steer the agent could not be taken out of its sight: {refused.strerror}."
            raise errors.AgentFailed(words, hint="The operator has to look at the session's folder.") from refused
        try:
            outcome = await program.run(running, state)
        finally:
            await act(task.user, hidden.show, *folders, steering.AIDER_MADE)
        error = program.failure(outcome)
        if error is None and trouble and not outcome.stopped:
            error = f"The agent's service answered with an error. It said: {program.shortened(trouble[-1], 400)}"
        return AgentReport(
            summary=program.shortened("\n".join(last_lines)),
            error=error,
            hint=program.HINT if error else "",
            fault=program.fault(error),
            cost_usd=await _cost(task),
        )

    def _argv(self, task: AgentTask, message: Path, analytics: Path) -> tuple[str, ...]:
        model = (f"--model={self._settings.model}",) if self._settings.model else ()
        return (
            *(self._settings.argv or ("aider",)),
            "--message-file", str(message),
            "--yes-always",
            "--no-stream",
            "--no-pretty",
            "--no-auto-commits",
            "--no-gitignore",
            "--no-check-update",
            "--no-show-release-notes",
            "--no-suggest-shell-commands",
            "--disable-playwright",
            *steering.AIDER_OPTIONS,
            # Its notes go with its home, not into the project.
            "--chat-history-file", str(task.home / "chat.md"),
            "--input-history-file", str(task.home / "input"),
            "--analytics-log", str(analytics),
            "--no-analytics",
            *model,
        )  # fmt: skip


async def _cost(task: AgentTask) -> float | None:
    """The last total that aider wrote; None if it called no model."""
    data = await read(task.user, task.inbox, _ANALYTICS, most=_LOG_BYTES)
    total: float | None = None
    for line in (data or b"").splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue  # not yet written to its end, or not aider's
        properties = found.get("properties") if isinstance(found, dict) else None
        cost = properties.get("total_cost") if isinstance(properties, dict) else None
        if isinstance(cost, int | float) and not isinstance(cost, bool):
            total = float(cost)
    return total
