"""A command as operators see it: its states and times, what stopped it, what came of it."""

from __future__ import annotations

import dataclasses

from hermes.domain.commands import Command, CommandState


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One thing that happened to a command."""

    at: float
    """Epoch seconds."""
    what: str
    """`accepted`, `started`, `interrupting`, `succeeded`, …"""
    detail: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where time went: one bar of a command's chart."""

    name: str
    """`waiting`, `running` or `stopping`."""
    began_at: float
    ended_at: float | None
    """None: it goes on."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """What stopped a command, or is stopping it."""

    reason: str
    """One of the seven reasons of interrupts."""
    message: str
    by: str | None
    """The command or mail that caused it; `operator NAME`; None: a person's stop."""
    at: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """One command."""

    command_id: str
    session_id: str
    seq: int
    project: str
    """`client/project`."""
    person: str
    """The address that asked for it."""
    agent: str
    """The kind of agent; empty: of an older version."""
    type: str
    """`edit`, `ask`, `build`, …"""
    title: str
    """The first line of the request."""
    instruction: str
    state: str
    attempt: int
    preempted: int
    """Times that it gave way to another thread."""
    accepted_at: float
    started_at: float | None
    finished_at: float | None
    spans: tuple[Span, ...]
    history: tuple[HistoryLine, ...]
    stopping: Stopping | None
    supersedes: str | None
    """The command whose place it took."""
    container_key: str
    gen: int | None
    """The generation of the worker that took it."""
    mail_id: str
    quoted: str
    """What its mail quoted."""
    policy: str
    # ── what came of it ──
    summary: str = ""
    """The agent's words."""
    files_changed: tuple[str, ...] = ()
    diffstat: str = ""
    commit: str | None = None
    branch: str | None = None
    pushed: bool = False
    preview_url: str | None = None
    error: str = ""
    hint: str = ""
    question: str | None = None
    """What the agent asked, in `needs_input`."""
    blocked: tuple[str, ...] = ()
    """Hosts that its programs wanted to reach, which the project does not allow."""
    cost_usd: float | None = None
    log_key: str | None = None
    """Where the whole output is; `logs.read` reads it, also while it runs."""

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return not CommandState(self.state).terminal

    @property
    def waited_seconds(self) -> float | None:
        """From acceptance to start; None: it has not started."""
        return None if self.started_at is None else max(0.0, self.started_at - self.accepted_at)

    @property
    def ran_seconds(self) -> float | None:
        """From start to end; None: it has not started, or not ended."""
        if self.started_at is None or self.finished_at is None:
            return None
        return max(0.0, self.finished_at - self.started_at)


def project_of(container_key: str) -> str:
    """`client/project` of a container key."""
    client, _, rest = container_key.partition("#")
    return f"{client}/{rest.partition('#')[0]}"


def view(command: Command) -> CommandView:
    """A record as a view."""
    result, why = command.result, command.interruption
    seen = CommandView(
        command_id=command.command_id,
        session_id=command.session_id,
        seq=command.seq,
        project=project_of(command.container_key),
        person=command.origin.author,
        agent=command.agent,
        type=command.type.value,
        title=command.title,
        instruction=command.instruction,
        state=command.state.value,
        attempt=command.attempt,
        preempted=command.preempted,
        accepted_at=command.accepted_at,
        started_at=command.started_at,
        finished_at=command.finished_at,
        spans=_spans(command),
        history=tuple(HistoryLine(at=one.at, what=one.what, detail=one.detail) for one in command.history),
        stopping=Stopping(reason=why.reason.value, message=why.message, by=why.interrupted_by, at=why.requested_at)
        if why is not None
        else None,
        supersedes=command.supersedes,
        container_key=command.container_key,
        gen=command.claimed_gen,
        mail_id=command.mail_id,
        quoted=command.context.quoted,
        policy=command.policy.value,
    )
    if result is None:
        return seen
    return dataclasses.replace(
        seen,
        summary=result.summary,
        files_changed=result.files_changed,
        diffstat=result.diffstat,
        commit=result.git_commit,
        branch=result.branch,
        pushed=result.pushed,
        preview_url=result.preview_url,
        error=result.error or "",
        hint=result.hint,
        question=result.needs_input,
        blocked=result.blocked,
        cost_usd=result.cost_usd,
        log_key=result.log_key,
    )


#: What an entry of the history begins: a span of the chart.
_BEGINS = {"accepted": "waiting", "started": "running", "interrupting": "stopping", "let go": "waiting"}


def _spans(command: Command) -> tuple[Span, ...]:
    """The spans by the history; what ends an attempt begins the waiting for the next."""
    marks: list[tuple[str, float]] = []
    for entry in command.history:
        name = _BEGINS.get(entry.what)
        if name is None and entry.what not in set(CommandState) and marks and marks[-1][0] != "waiting":
            name = "waiting"  # a rerun, whatever it is for
        if name is not None and (not marks or marks[-1][0] != name):
            marks.append((name, entry.at))
    if not marks:
        return ()  # a record without a history
    ends: list[float | None] = [at for _, at in marks[1:]]
    ends.append(command.finished_at)
    return tuple(Span(name=name, began_at=at, ended_at=end) for (name, at), end in zip(marks, ends, strict=True))
