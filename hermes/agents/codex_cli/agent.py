"""The Codex agent: `codex exec`, one turn a run, read event by event.

It keeps a conversation under its home and goes on with it by its id. It reads the project's rules (`AGENTS.md`) itself. A repository's
`.codex` is obeyed only in projects that its home trusts, and the home is new for each command.

It reports tokens, not money: `token_prices` make a cost of them; without those it reports none, and the worker's own count is all there is.
"""

from __future__ import annotations

import asyncio
import json
from typing import Final

from hermes.agents import program, prompt, steering, totals
from hermes.agents.codex_cli import events
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.agents.totals import Total
from hermes.config.agent_settings import AgentSettings, TokenPrices
from hermes.execution import ExecutionState
from hermes.process import conversations, process
from hermes.process.framing import Line

_PROGRAM = ("codex",)
_UNKNOWN_CONVERSATION = "no rollout found"
#: The address of the service, if no variable names another.
_SERVICE: Final = "https://api.openai.com/v1"
_ADDRESSES = ("OPENAI_BASE_URL", "OPENAI_API_BASE")
#: A refusal of the key is tried again by the program itself, in vain: it is ended so soon after the first.
_REFUSED_SECONDS: Final = 1.0
_MILLION = 1_000_000


class CodexAgent:
    """Runs Codex for one instruction."""

    def __init__(self, *, settings: AgentSettings) -> None:
        self._settings = settings

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Run it; if it no longer has the conversation, start a new one with a recap of the thread."""
        resume = task.resume if task.resume and conversations.ID.match(task.resume) else None
        before = await totals.known(task.user, task.home, resume) if resume is not None else None
        turn = _Turn(task, self._settings, state, progress, before)
        outcome = await turn.run(self._argv(task, resume), prompt.compose(task))
        if resume is not None and turn.forgot(outcome) and state.interrupt_signal is None:
            recap = await task.recall() if task.recall is not None else ""
            turn = _Turn(task, self._settings, state, progress, None)
            outcome = await turn.run(self._argv(task, None), prompt.compose(task, recap=recap))
        await turn.keep_total()
        return turn.report(outcome)

    def _argv(self, task: AgentTask, resume: str | None) -> tuple[str, ...]:
        settings = self._settings
        told = f"{prompt.RULES} {settings.instructions}".strip()
        service = next(
            (task.environment[name] for name in _ADDRESSES if name in settings.env and task.environment.get(name)),
            _SERVICE,
        )
        provider = {"name": "hermes", "base_url": service, "env_key": "OPENAI_API_KEY", "wire_api": "responses"}
        return (
            *(settings.argv or _PROGRAM),
            "exec",
            *(("resume",) if resume else ()),
            "--json",
            "--skip-git-repo-check",
            *steering.CODEX_OPTIONS,
            f"-cmodel_providers.hermes={_toml(provider)}",
            "-cmodel_provider=hermes",
            f"-cdeveloper_instructions={_toml(told)}",
            *((f"--model={settings.model}",) if settings.model else ()),
            *((resume,) if resume else ()),
            "-",
        )


class _Turn:
    def __init__(
        self, task: AgentTask, settings: AgentSettings, state: ExecutionState, progress: Progress, before: Total | None
    ) -> None:
        self._task = task
        self._settings = settings
        self._state = state
        self._progress = progress
        self._before = before
        self._refused = asyncio.Event()
        self._thread_id: str | None = None
        self._summary = ""
        self._usage: events.TokenUsage | None = None
        self._error: str | None = None

    async def run(self, argv: tuple[str, ...], words: str) -> process.ProcessOutcome:
        running = program.prepare(
            self._task,
            self._settings,
            state=self._state,
            argv=argv,
            stdin=f"{words}\n".encode(errors="replace"),
            on_line=self._on_line,
        )
        return await program.run(running, self._state, over=self._hopeless)

    async def _hopeless(self) -> None:
        await self._refused.wait()
        await asyncio.sleep(_REFUSED_SECONDS)

    def forgot(self, outcome: process.ProcessOutcome) -> bool:
        """Whether it does not know the conversation."""
        return not outcome.stopped and self._thread_id is None and _UNKNOWN_CONVERSATION in outcome.tail

    async def _on_line(self, stream: str, line: Line) -> None:
        if stream != "stdout" or line.dropped:
            return
        for event in events.read(line.data, worktree=str(self._task.worktree)):
            match event:
                case events.ThreadStarted(thread_id):
                    self._thread_id = thread_id
                case events.CodexDoes(words):
                    await self._progress("agent", words[:300], None)
                case events.CodexSaid(text):
                    self._summary = text.strip()
                case events.TokenUsage():
                    self._usage = event
                    program.check_cost(self._task, self._state, self._cost)
                case events.ServiceComplained(message):
                    if program.refuses_key(message):
                        self._error = message
                        self._refused.set()
                case events.TurnFailed(message):
                    self._error = message

    @property
    def _total(self) -> Total | None:
        prices, usage = self._settings.token_prices, self._usage
        return Total(total_usd=_price(usage, prices)) if usage is not None and prices is not None else None

    @property
    def _cost(self) -> float | None:
        total, before = self._total, self._before
        if total is None:
            return None
        return round(max(0.0, total.total_usd - (before.total_usd if before is not None else 0.0)), 6)

    async def keep_total(self) -> None:
        """Store the conversation's total cost for the run that resumes it."""
        if self._total is not None and self._thread_id is not None and conversations.ID.match(self._thread_id):
            await totals.keep(self._task.user, self._task.home, self._thread_id, self._total)

    def report(self, outcome: process.ProcessOutcome) -> AgentReport:
        """What the turn came to."""
        error = None
        if not outcome.stopped:
            error = program.refusal(self._error) if self._error is not None else program.failure(outcome)
        summary, question = prompt.question(self._summary)
        return AgentReport(
            summary=program.shortened(summary) if error is None else "",
            error=error,
            hint=program.HINT if error else "",
            fault=program.fault(error),
            question=question if error is None else None,
            cost_usd=self._cost,
            session_id=self._thread_id,
        )


def _price(usage: events.TokenUsage, prices: TokenPrices) -> float:
    cached = prices.cached_input if prices.cached_input is not None else prices.input
    dollars = usage.fresh_input * prices.input + usage.cached_input * cached + usage.output * prices.output
    return round(dollars / _MILLION, 6)


def _toml(value: str | dict[str, str]) -> str:
    """As TOML, whose strings are JSON's but for the delete character."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}={_toml(text)}" for name, text in value.items()) + "}"
    return json.dumps(value.encode("utf-8", "replace").decode(), ensure_ascii=False).replace("\x7f", "\\u007f")
