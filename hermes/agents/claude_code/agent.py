"""The Claude Code agent, headless, over its stream-json protocol in both directions.

A stop begins with its own control request, so that it can end its turn and report its cost; signals follow. It resumes a
conversation by the session id, with the same working directory and the transcript in the agent's home.

It obeys no settings of the repository or of its home, because they run programs with its key (`steering` lists them); it gets
the project's rules as text.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from hermes.agents import program, project_rules, prompt, steering, totals
from hermes.agents.claude_code import costs, events, permissions
from hermes.agents.claude_code.turn import TurnEnd
from hermes.agents.claude_code.version import InstalledVersion
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.agents.totals import Total
from hermes.config.agent_settings import AgentSettings
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.execution import ExecutionState
from hermes.process import conversations, process
from hermes.process.framing import Line
from hermes.process.user import act

_WORDS = {
    "error_max_turns": "The agent used up its turns before it was done.",
    "error_during_execution": "The agent failed while it worked.",
}
_OVER_BUDGET = "error_max_budget_usd"
_UNKNOWN_SESSION = "No conversation found"
_PROGRAM = ("claude",)
#: Refusals of the key and the account. Newer versions repeat such a request for three minutes.
_HOPELESS = frozenset({401, 402, 403})
_HOPELESS_TIMES = 2
#: The program reads commands (`/…`) and mentions of files (`@…`), which it then reads wherever they are, out of the last block of a message
#: alone. So the mail's words are in the one before.
_END = "Now do what the request says."


class ClaudeAgent:
    """Runs Claude Code for one instruction."""

    def __init__(self, *, settings: AgentSettings, new_session_id: Callable[[], str]) -> None:
        self._settings = settings
        self._new_session_id = new_session_id
        self._version = InstalledVersion()

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Run it; if it no longer has the conversation, start a new one with a recap of the thread."""
        resume = task.resume if task.resume and conversations.ID.match(task.resume) else None
        await self._version.check(self._settings.argv or _PROGRAM, task, state)
        rules = await act(task.user, project_rules.read, str(task.worktree))
        before = await totals.known(task.user, task.home, resume) if resume is not None else None
        turn = _Turn(task, self._settings, state, progress, before)
        outcome = await turn.run(self._argv(task, resume, before, rules), prompt.compose(task))
        if resume is not None and turn.forgot(outcome) and state.interrupt_signal is None:
            recap = await task.recall() if task.recall is not None else ""
            turn = _Turn(task, self._settings, state, progress)
            outcome = await turn.run(self._argv(task, None, None, rules), prompt.compose(task, recap=recap))
        await turn.keep_total()
        return turn.report(outcome)

    def _argv(self, task: AgentTask, resume: str | None, before: Total | None, rules: str) -> tuple[str, ...]:
        settings = self._settings
        told = "\n\n".join(part for part in (f"{prompt.RULES} {settings.instructions}".strip(), rules) if part)
        options = [
            "-p",
            "--input-format", "stream-json",
            "--output-format", "stream-json",
            "--verbose",
            *steering.CLAUDE_OPTIONS,
            f"--permission-mode={settings.permission_mode}",
            f"--append-system-prompt={told}",
            # With `=`: a separate value that begins with a hyphen would be read as an option.
            f"--resume={resume}" if resume else f"--session-id={self._new_session_id()}",
        ]  # fmt: skip
        folders = sorted({str(path.parent) for path in task.attachments if not path.is_relative_to(task.worktree)})
        options += [f"--add-dir={folder}" for folder in folders]  # it reads nothing outside its folder and these
        options += permissions.option(task, settings)
        if settings.model:
            options.append(f"--model={settings.model}")
        if settings.max_turns:
            options.append(f"--max-turns={settings.max_turns}")
        if task.limits.cost_usd is not None:
            options.append(f"--max-budget-usd={costs.budget(task.limits.cost_usd, before)}")
        return (*(settings.argv or _PROGRAM), *options)


class _Turn:
    def __init__(
        self,
        task: AgentTask,
        settings: AgentSettings,
        state: ExecutionState,
        progress: Progress,
        before: Total | None = None,
    ) -> None:
        self._task = task
        self._before = before
        self._settings = settings
        self._state = state
        self._progress = progress
        self._answered = asyncio.Event()
        self._running: process.Process | None = None
        self._question: str | None = None
        self._session_id: str | None = None
        self._version = ""
        self._end_of_turn = TurnEnd()
        self.ended: events.Ended | None = None
        self._refused = ""

    async def run(self, argv: tuple[str, ...], words: str) -> process.ProcessOutcome:
        message = {
            "type": "user",
            "message": {"role": "user", "content": [_text(words), _text(_END)]},
            "parent_tool_use_id": None,
            "session_id": "default",
        }
        self._running = program.prepare(
            self._task,
            self._settings,
            state=self._state,
            argv=argv,
            stdin=_line(message),
            on_line=self._on_line,
            extra=steering.CLAUDE_VARIABLES,
            own_interrupt=self._interrupt,
            keep_stdin=True,
        )
        return await program.run(self._running, self._state, over=self._end_of_turn.settled)

    def forgot(self, outcome: process.ProcessOutcome) -> bool:
        """Whether it does not know the conversation: older versions report that on standard error, newer ones in a `result`."""
        if outcome.stopped:
            return False
        if self.ended is None:
            return _UNKNOWN_SESSION in outcome.tail
        return self.ended.failed and _UNKNOWN_SESSION in f"{self.ended.details} {self.ended.text}"

    async def _interrupt(self) -> None:
        """Ask it to stop; its acknowledgement or the end of its turn answers."""
        assert self._running is not None
        self._running.write(_line({"type": "control_request", "request_id": "r1", "request": {"subtype": "interrupt"}}))
        await self._answered.wait()
        self._running.close_stdin()

    async def _on_line(self, stream: str, line: Line) -> None:
        if stream != "stdout" or line.dropped:
            return
        for event in events.read(line.data, worktree=str(self._task.worktree)):
            self._end_of_turn.note(event)
            match event:
                case events.SessionStarted(session_id, version):
                    self._session_id, self._version = session_id, version
                case events.Doing(words):
                    self._question = None  # it was not answered, and the work went on
                    await self._progress("agent", words[:300], None)
                case events.Asked(question):
                    self._question = question
                case events.Acknowledged():
                    self._answered.set()
                case events.Ended():
                    self._end(event)
                case events.ServiceRefused(status, words, times):
                    if status in _HOPELESS and times >= _HOPELESS_TIMES:
                        self._refused = f"{status} {words}".strip()
                        self._end_of_turn.give_up()
                case events.HelperBegan() | events.HelperEnded():
                    pass  # the turn's end follows them

    def _end(self, event: events.Ended) -> None:
        self.ended = event
        allowed = self._task.limits.cost_usd
        if event.subtype == _OVER_BUDGET and allowed is not None:  # it stopped itself, at what it was told to spend
            words = f"It used up the ${allowed:.2f} that one request may cost."
            self._state.request_interrupt(InterruptReason.RESOURCE_LIMIT, words, ResourceLimit.COST)
        program.check_cost(self._task, self._state, costs.spent(self._total(), self._before))
        self._answered.set()
        if self._running is not None:
            self._running.close_stdin()

    def _total(self) -> Total | None:
        ended = self.ended
        if ended is None or ended.cost_usd is None or ended.cost_usd < 0:
            return None
        return Total(total_usd=ended.cost_usd, version=self._version)

    @property
    def _session(self) -> str | None:
        return self.ended.session_id if self.ended is not None and self.ended.session_id else self._session_id

    async def keep_total(self) -> None:
        """Store the conversation's total cost for the run that resumes it."""
        total, session = self._total(), self._session
        if total is not None and session is not None and conversations.ID.match(session):
            await totals.keep(self._task.user, self._task.home, session, total)

    def report(self, outcome: process.ProcessOutcome) -> AgentReport:
        """What the turn came to."""
        ended, session = self.ended, self._session
        if ended is None:
            error = program.failure(outcome)
            if self._refused and not outcome.stopped:
                error = program.refusal(self._refused)
            elif error is None and not outcome.stopped:
                error = "The agent ended without saying how."
            return AgentReport(
                error=error,
                hint=program.HINT if error else "",
                fault=program.fault(error),
                session_id=session,
            )
        total = self._total()
        text, asked = prompt.question(ended.text.strip())
        error = None
        if ended.failed and not outcome.stopped:
            words = _WORDS.get(ended.subtype, "The agent's service answered with an error.")
            reason = program.shortened(" ".join((ended.details or ended.text).split()), 400)
            error = f"{words} It said: {reason}" if reason else words
        return AgentReport(
            summary=program.shortened(text) if error is None else "",
            error=error,
            hint=program.HINT if error else "",
            fault=program.fault(error),
            denied=ended.denied if error is None else (),
            question=(asked or self._question) if error is None else None,
            cost_usd=costs.spent(total, self._before),
            session_id=session,
        )


def _text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def _line(message: Mapping[str, object]) -> bytes:
    return json.dumps(message).encode() + b"\n"
