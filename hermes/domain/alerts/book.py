"""What the operator is told without looking: the kinds of trouble, their row, and the notices that are still owed to a channel."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict


class AlertKind(enum.StrEnum):
    """What is wrong."""

    REPOSITORY = "repository"
    """A project's repository cannot be reached."""
    BRANCH = "branch"
    """Its default branch does not exist."""
    PUSH = "push"
    """Its repository does not take commits."""
    AGENT = "agent"
    """Its agent cannot be started."""
    KEY = "key"
    """The agent's service refuses the key or the account."""
    DEAD_LETTER = "dead_letter"
    """Messages that nobody could handle wait for the operator."""
    REPLY_FAILED = "reply_failed"
    """A reply was given up."""
    MAIL_SERVER = "mail_server"
    """The sending mail server refuses replies, or takes none for long."""
    POLL_STALE = "poll_stale"
    """A gateway does not hear of its inbound queue."""
    MAILBOX = "mailbox"
    """The IMAP server refuses the login."""
    SERVICE = "service"
    """A service that the worker needs refuses or does not answer."""
    SETUP = "setup"
    """The project's settings do not allow what was asked."""
    INTERNAL = "internal"
    """A command failed in a way that nobody foresaw."""
    AWS = "aws"
    """AWS refuses calls until somebody mends something."""
    LAUNCH = "launch"
    """A project's worker cannot be started."""
    MEMORY = "memory"
    """A project's work needs more memory than its workers have."""
    WORKER_LOST = "worker_lost"
    """Workers of one key were lost, more than once."""
    SHARE = "share"
    """A share is nearly used up."""
    DISK = "disk"
    """A disk is nearly full."""
    CLOCK = "clock"
    """The clock of a gateway differs from that of AWS."""
    CONFIGURATION = "configuration"
    """A changed configuration is not valid; the one before is in use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """How a kind is told."""

    title: str
    """What is wrong, with `{thing}`."""
    todo: str
    """What to do about it."""
    lasting: bool = True
    """A state that ends, and whose end is told; else something that happened."""
    times: int = 1
    """It is told when it has happened so often within an hour."""


_AGENT_TODO = "Run `hermes check` on the machine of the workers; look at [projects.agent] and its env."

RULES: Final[Mapping[str, AlertRule]] = {
    AlertKind.REPOSITORY: AlertRule(
        title="The repository of {thing} cannot be reached",
        todo="Check the address in [[projects]], the network, and the credentials of the workers' git; `hermes check` tries it.",
    ),
    AlertKind.BRANCH: AlertRule(
        title="The default branch of {thing} does not exist",
        todo="Set projects.default_branch to a branch of the repository, or create that branch.",
    ),
    AlertKind.PUSH: AlertRule(
        title="The repository of {thing} does not take commits",
        todo="Let the workers' credentials push to branches named thread-…; the work is kept on a side branch or in the bucket.",
    ),
    AlertKind.AGENT: AlertRule(title="The agent of {thing} cannot be started", todo=_AGENT_TODO),
    AlertKind.KEY: AlertRule(
        title="The agent's service refuses the key of {thing}",
        todo="Check the key that projects.agent.env names, and the account's credit; then start the workers again.",
    ),
    AlertKind.DEAD_LETTER: AlertRule(
        title="Messages in {thing} could not be handled",
        todo="`hermes dlq list` shows why; mend the cause, then `hermes dlq redrive --all`.",
    ),
    AlertKind.REPLY_FAILED: AlertRule(
        title="A reply did not get through ({thing})",
        todo="`hermes mail replies --state failed` shows why; `hermes mail resend ID` sends it again.",
        lasting=False,
    ),
    AlertKind.MAIL_SERVER: AlertRule(
        title="The mail server does not take replies",
        todo="Replies are kept and tried again. `hermes check` tries the server; check [mail.smtp] and the account.",
    ),
    AlertKind.POLL_STALE: AlertRule(
        title="The gateway {thing} does not hear of its inbound queue",
        todo="Check its network and AWS; start that gateway again. Mail waits in the queue meanwhile.",
    ),
    AlertKind.MAILBOX: AlertRule(
        title="The mailbox's server refuses the login",
        todo="Check imap_ingress.username and its password or consent; `hermes check` tries it. Mail stays in the mailbox.",
    ),
    AlertKind.SERVICE: AlertRule(
        title="A service that the workers of {thing} need does not answer",
        todo="The worker's log has its words (`command.unserved`); check the role of the workers and the network.",
    ),
    AlertKind.SETUP: AlertRule(
        title="The settings of {thing} do not allow what was asked",
        todo="The reason names the setting; check [[projects]].",
    ),
    AlertKind.INTERNAL: AlertRule(
        title="A command of {thing} failed in a way that nobody foresaw",
        todo="The worker's log has the error (`command.broken`). The work is kept; the person may send the request again.",
        lasting=False,
    ),
    AlertKind.AWS: AlertRule(
        title="AWS refuses {thing}",
        todo="The reason says what is missing; `hermes check` tries it. Nothing is lost: Hermes waits and tries again by itself.",
    ),
    AlertKind.LAUNCH: AlertRule(
        title="The worker of {thing} cannot be started",
        todo="Check [launcher], the image and the role's permissions; `hermes check` asks the launcher.",
    ),
    AlertKind.MEMORY: AlertRule(
        title="The work of {thing} needs more memory than its workers have",
        todo="Raise `memory` in the workers' task definition, or give the project its own in launcher.ecs.project_task_definitions.",
    ),
    AlertKind.WORKER_LOST: AlertRule(
        title="Workers of {thing} were lost repeatedly",
        todo="Look at the worker's log for lack of memory or disk; `hermes mail list` shows which mails it worked on.",
        lasting=False,
        times=2,
    ),
    AlertKind.SHARE: AlertRule(
        title="The share of {thing} is nearly used up",
        todo="`hermes usage` shows it; raise the limit in [shares] or [[projects]] if it should be larger.",
        lasting=False,
    ),
    AlertKind.DISK: AlertRule(
        title="The disk of {thing} is nearly full",
        todo="Make room. Hermes takes no mail and starts no work once it is full.",
    ),
    AlertKind.CLOCK: AlertRule(
        title="The clock of {thing} is wrong",
        todo="Start the time service (chrony, systemd-timesyncd). Hermes goes by AWS's until then; AWS refuses what is 5 minutes off.",
    ),
    AlertKind.CONFIGURATION: AlertRule(
        title="The changed configuration is not used",
        todo="Correct the file; `hermes check` reads it. Until then the configuration before it stays in use.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What one process has noticed: something is wrong, or well again."""

    kind: AlertKind
    thing: str = ""
    """What it is about: a project, a queue, a host."""
    text: str = ""
    """The words of the event, or of the server."""
    well: bool = False

    @property
    def name(self) -> str:
        """The alert that it belongs to."""
        return f"{self.kind} {self.thing}".strip()


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Alert(_Row):
    """One thing that is or was wrong."""

    kind: str
    """An `AlertKind`; a newer version may know more."""
    thing: str
    text: str = ""
    first_at: float
    last_at: float
    count: int = 1
    """How often it was noticed since `first_at`."""
    told_at: float | None = None
    """When the operator was last told, epoch seconds."""
    told: bool = False
    """Whether the operator was told of this trouble, not of one before it."""
    open: bool = True
    """Not well again."""


class Delivery(_Row):
    """What one channel is owed of one notice."""

    tries: int = 0
    next_at: float = 0.0
    """When it is tried next; while it is being tried, when another gateway may."""


class Notice(_Row):
    """One message to the operator, until every channel has it."""

    notice_id: str
    kind: str
    thing: str
    well: bool = False
    title: str
    text: str = ""
    todo: str = ""
    at: float
    """Epoch seconds."""
    owed: Mapping[str, Delivery] = {}
    """Channel → what it is owed."""


class AlertBook(_Row):
    """The one row of all gateways; `container_key` is its key, which no container has."""

    v: int = 1
    container_key: str
    version: str = ""
    """Changes with each write."""
    alerts: Mapping[str, Alert] = {}
    """By `Signal.name`."""
    notices: tuple[Notice, ...] = ()
    """Oldest first."""
