"""The aider agent, with one message per run.

Its exit status does not show success: git shows the changes, and aider's log shows the cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from hermes import errors
from hermes.agents import hidden, program, project_rules, prompt, steering
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.config.agent_settings import AgentSettings
from hermes.execution import ExecutionState
from hermes.process import acts
from hermes.process.framing import Line
from hermes.process.user import act, read, write

#: What begins with `/`, `!` or `#` would be a command of aider's, and `!` runs a program.
_BEGIN = "The request, which came by mail:"
_ANALYTICS, _RULES = "aider.jsonl", "rules.md"
_LOG_BYTES = 16 * 1024 * 1024
#: Of the model's words with the changes in them.
_KEPT_LINES = 2000
_TROUBLE = re.compile(r"litellm\.[A-Za-z.]*(?:Error|Exception)\b|^(?:API Error|Error:|Unable to)")
#: A change in the model's words: the file's name, a fence, and both sides; it is not for the person.
_EDIT = re.compile(
    r"(?:^[^\s`]{1,300}[ \t]*\n(?:[ \t]*\n)*)?^(?:`{3,}|~{3,})[^\n]*\n"
    r"<{5,9} SEARCH\n.*?^>{5,9} REPLACE\n(?:^(?:`{3,}|~{3,})[ \t]*(?:\n|\Z))?",
    re.DOTALL | re.MULTILINE,
)
#: It names each file before it asks whether it may change it, and again afterwards.
_APPLIED = re.compile(
    r"^(.{1,300})\n(?:Applied edit to \1|Allow edits to .*|Create new file\?.*|Add file to .*)\n", re.MULTILINE
)
_BLANK = re.compile(r"\n{3,}")
_NOISE = re.compile(
    r"^(?:Aider v|Model:|Main model:|Weak model:|Git repo:|Repo-map|Added |Tokens:|Use /help|>|─|Warning:"
    r"|Detected dumb terminal"
    r"|Update git |Applied edit to |Dropping |Allow edits to |Create new file|Add file to "
    r"|Has it been deleted from the file system|HTTPSConnectionPool)"
)


class AiderAgent:
    """Runs aider for one instruction."""

    def __init__(self, *, settings: AgentSettings) -> None:
        self._settings = settings

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Run it."""
        message, analytics, rules = task.inbox / "message.txt", task.inbox / _ANALYTICS, task.inbox / _RULES
        told = f"{prompt.RULES} {self._settings.instructions}".strip()
        project = await act(task.user, project_rules.read, str(task.worktree))
        await write(task.user, task.inbox, rules.name, f"{told}\n\n{project}".strip().encode(errors="replace") + b"\n")
        await write(
            task.user, task.inbox, message.name, f"{_BEGIN}\n\n{prompt.compose(task)}\n".encode(errors="replace")
        )
        await act(task.user, acts.remove, str(task.inbox), analytics.name)
        said: list[str] = []
        trouble: list[str] = []

        async def listen(stream: str, line: Line) -> None:
            text = line.text.strip()
            if _TROUBLE.search(text):
                trouble.append(text)
            elif stream == "stdout":
                said[:] = [*said[-_KEPT_LINES + 1 :], line.text.rstrip()[:1000]]
            if text.startswith("Applied edit to "):
                await progress("agent", f"Edited {text.removeprefix('Applied edit to ')[:200]}", None)
            cost = await _cost(task) if text.startswith("Tokens:") else None
            program.check_cost(task, state, cost)

        await state.check_interrupt()
        running = program.prepare(
            task,
            self._settings,
            state=state,
            argv=self._argv(task, message, analytics, rules),
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
        cost = await _cost(task)
        program.check_cost(task, state, cost)  # it may have been written after its line
        summary, question = prompt.question(_words(said))
        return AgentReport(
            summary=program.shortened(summary),
            error=error,
            hint=program.HINT if error else "",
            fault=program.fault(error),
            question=question if error is None else None,
            cost_usd=cost,
        )

    def _argv(self, task: AgentTask, message: Path, analytics: Path, rules: Path) -> tuple[str, ...]:
        model = (f"--model={self._settings.model}",) if self._settings.model else ()
        return (
            *(self._settings.argv or ("aider",)),
            "--message-file", str(message),
            "--read", str(rules),
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


def _words(lines: Sequence[str]) -> str:
    """The model's words for the person: without its changes, and without what aider says itself."""
    text = _APPLIED.sub("", _EDIT.sub("", "\n".join(lines) + "\n"))
    kept = [line for line in text.splitlines() if not _NOISE.match(line.strip())]
    return _BLANK.sub("\n\n", "\n".join(kept)).strip()


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
