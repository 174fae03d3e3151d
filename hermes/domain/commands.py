"""A command: one unit of work in a session, and the states it goes through."""

from __future__ import annotations

import enum
import json
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic_core import PydanticCustomError

from hermes import limits
from hermes.domain import wire
from hermes.domain.interrupts import Interruption, Preempted
from hermes.domain.request import CommandType, Policy

#: Entries kept in a command's history.
HISTORY: Final = 60
#: The words of one entry of a command's history.
HISTORY_CHARS: Final = 200
#: A command's title in replies and logs.
TITLE_CHARS: Final = 100


class CommandState(enum.StrEnum):
    """The state of a command."""

    ACCEPTED = "accepted"
    """Recorded; `due` is when it is sent, or sent again."""
    RUNNING = "running"
    """Claimed by a worker."""
    INTERRUPTING = "interrupting"
    """It is to stop; the interrupt is repeated until the final result comes."""
    SUCCEEDED = "succeeded"
    """Done."""
    FAILED = "failed"
    """Ended with an error that the reply explains."""
    TIMED_OUT = "timed_out"
    """Stopped at its wall limit."""
    NEEDS_INPUT = "needs_input"
    """The agent asked something; an answer in the thread continues the work."""
    INTERRUPTED = "interrupted"
    """Stopped; its work is kept."""

    @property
    def terminal(self) -> bool:
        """Whether no other state follows."""
        return self not in OPEN_STATES


_M = TypeVar("_M", wire.CommandContext, wire.ResultMessage)


def _parsed(value: object) -> object:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise PydanticCustomError("json_parsing", "not JSON") from error


def _encoded(message: wire.CommandContext | wire.ResultMessage) -> str:
    return message.encode()


Stored = Annotated[_M, BeforeValidator(_parsed), PlainSerializer(_encoded, return_type=str)]
"""A message of the wire that a record keeps. In the table it is JSON text, as every version has written it."""


class WorkStep(enum.StrEnum):
    """Where a running command is, as its worker reports it."""

    WORKSPACE = "workspace"
    """The project is brought up to date."""
    AGENT = "agent"
    """The agent works."""
    COMMIT = "commit"
    """The change is saved."""
    CHECK = "check"
    """The project's checks run."""
    CORRECT = "correct"
    """The agent corrects what they found."""
    BUILD = "build"
    """The pages are built."""
    PUBLISH = "publish"
    """They are put where they can be seen."""


OPEN_STATES = frozenset({CommandState.ACCEPTED, CommandState.RUNNING, CommandState.INTERRUPTING})


class Origin(BaseModel):
    """What a reply needs of the mail that it answers."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    message_id: str | None = None
    references: tuple[str, ...] = ()
    thread_index: str | None = None
    thread_topic: str | None = None
    subject: str = ""
    author: str
    """The authenticated sender, lower case."""
    author_name: str = ""
    address: str
    """Our address that received the mail; replies come from it."""
    language: str = "en"
    """Of the reply."""
    spoken: str = ""
    """The language that the mail's own new text tells; empty where it does not."""
    offset: int | None = None
    """What the clock of its author is ahead of UTC, minutes."""
    details: bool = False
    """Whether the project's people want the technical facts."""
    project: str = ""
    """The project's name, where the mail went to several: its answer tells which one it is about."""

    @property
    def name(self) -> str:
        """The author as others are told of them."""
        return self.author_name or self.author

    def in_thread(self, language: str, offset: int | None) -> Origin:
        """The same in a thread that remembers a language (empty: none) and an offset; the mail's own come first."""
        known = {"language": self.spoken or language or self.language}
        return self.model_copy(update={**known, "offset": self.offset if self.offset is not None else offset})


class HistoryEntry(BaseModel):
    """One thing that happened to a command."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: float
    what: str
    detail: str = ""


class Command(BaseModel):
    """A row of the commands table; `command_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    command_id: str
    session_id: str
    container_key: str
    mail_id: str
    seq: int
    type: CommandType
    instruction: str
    named: str = ""
    """The first line of the request, without greeting; empty in records of versions before it."""
    policy: Policy = Policy.INTERRUPT
    policy_kept: bool = False
    """Whether its mail set the policy of the thread."""
    policy_usual: bool = False
    """Whether its mail returned the thread to the project's policy."""
    context: Stored[wire.CommandContext]
    """Frozen at acceptance; a rerun adds what came before it."""
    origin: Origin
    state: CommandState = CommandState.ACCEPTED
    attempt: int = 1
    accepted_at: float
    started_at: float | None = None
    finished_at: float | None = None
    claimed_gen: int | None = None
    claim_token: str | None = None
    nonce: str | None = None
    """What reports must repeat (see `hermes.domain.decisions.provenance`); None in records of versions before it."""
    nonce_gen: int | None = None
    """The generation of a worker that claimed it and repeats the nonce."""
    wall_seconds: float = 1800
    interruption: Interruption | None = None
    collect_since: float | None = None
    """Epoch seconds since when mails of its session join it."""
    collect_until: float | None = None
    """It is not sent before this time, so that a mail that comes soon after its own can join it."""
    rank: float | None = None
    """Its place among the commands of its container: ingress order, raised by a release. None: no other thread comes before it."""
    if_preempted: Preempted = Preempted.REQUEUE
    preempted: int = 0
    """Attempts that ended because a newer mail of another thread came first."""
    let_go: int = 0
    """How often it was released after waiting for another thread. Each release sends a message that SQS must not drop as a repetition."""
    let_go_at: float | None = None
    supersedes: str | None = None
    """The command whose place this one took."""
    result: Stored[wire.ResultMessage] | None = None
    """The final report."""
    orphaned_at: float | None = None
    """When its container was first found gone; the output queue is read once more before the command ends for that."""
    attempts: int = limits.ATTEMPTS
    """How often it may run."""
    history: tuple[HistoryEntry, ...] = ()
    due: float | None = None
    """Epoch seconds; None when terminal."""
    acknowledge_at: float | None = None
    """When its author is to be told that it arrived, if it is still open then; None once they are, or need not be."""
    due_shard: str | None = None
    timer_token: str | None = None
    """Token of the last claim of `due`: tells our own claim, whose answer was lost, from another replica's."""
    counted: tuple[str, ...] | None = None
    """Rows of the usage table in which it has a slot. None once another command has taken its place and its slots."""
    charged: tuple[str, ...] | None = None
    """Subjects of the usage table to whose day its cost is added."""
    agent: str = ""
    """The kind of agent, as the configuration had it when the command was accepted; empty in records of versions before it."""
    trace: str | None = None
    """W3C traceparent."""
    expires_at: int | None = None

    @property
    def title(self) -> str:
        """The first line of the instruction, cut for showing."""
        lines = (part.strip() for part in (*self.named.splitlines(), *self.instruction.splitlines()))
        line = next(filter(None, lines), "")
        return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"

    @property
    def co_askers(self) -> tuple[str, ...]:
        """The addresses of others whose request it does too."""
        return tuple(one.email for one in self.context.co_authors)

    @property
    def project(self) -> str:
        """`client/project`."""
        client, project, _ = self.container_key.split("#", 2)
        return f"{client}/{project}"

    @property
    def repeats_nonce(self) -> bool:
        """Whether its worker repeats the nonce; then a report without the nonce does not count."""
        return self.claimed_gen is not None and self.nonce_gen == self.claimed_gen

    def fits(self, *, key: str | None, nonce: str | None) -> bool:
        """Whether a message was made for this command and for the container of this key; None is not known and not compared."""
        return key in (None, self.container_key) and nonce in (None, self.nonce)

    def with_history(self, at: float, what: str, detail: str = "") -> tuple[HistoryEntry, ...]:
        """The history with one more entry. Past the limit the oldest entries go, but never the first."""
        entries = (*self.history, HistoryEntry(at=at, what=what, detail=detail[:HISTORY_CHARS]))
        if len(entries) > HISTORY:
            entries = (entries[0], *entries[-(HISTORY - 1) :])
        return entries
