"""The sections of the configuration: settings, defaults and validation. `hermes.config.loading` reads them."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hermes import ids, limits
from hermes.config.agent_settings import AgentSettings
from hermes.config.ingress_settings import BorderServer, OAuthSettings
from hermes.config.ownership import MailAddress
from hermes.config.shown_work import ShownWork
from hermes.config.values import Endpoint, Language, NotBlank
from hermes.config.walls_settings import WallsSettings
from hermes.domain import idn, lifecycle
from hermes.domain.decisions.shares import Share
from hermes.domain.interrupts import InterruptScope, Preempted
from hermes.domain.request import Policy

#: A row of the outbox is held this long by the replica that sends it; longer than a dialogue.
REPLY_LEASE_SECONDS: Final = 120
#: After this long without an answer to an interrupt the task is stopped.
INTERRUPT_GIVE_UP_SECONDS: Final = 150
#: A person who has no answer after this wonders whether their mail arrived.
ACKNOWLEDGE_SECONDS: Final = 30.0
#: A command that runs for this long is worth a mail that says so.
STILL_WORKING_SECONDS: Final = 600.0
#: Longest wall limit of a command: a message can be held invisible for 12 h.
WALL_SECONDS_MAX: Final = 11 * 3600
#: After this the person is told "still starting".
READY_SECONDS: Final = 60
#: A command that could not be started for this long is answered as failed.
START_GIVE_UP_SECONDS: Final = 900
#: The sweeper looks at the `due` index this often.
SWEEP_SECONDS: Final = 2.0
#: Tasks that no record knows are looked for this often.
ORPHAN_SECONDS: Final = 60.0

#: What was signed is remembered for as long as mails are: an older mail could not be told from a new one.
_MAX_AGE_DAYS = limits.KEEP_SECONDS / 86400


class Section(BaseModel):
    """The base of every section: frozen, and refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def _slug(value: str) -> str:
    if not ids.SLUG.match(value):
        raise ValueError("use lower-case letters, digits and inner hyphens, at most 32 characters")
    return value


#: Tokens of GitHub, GitLab and Bitbucket by their beginnings, and any name that is too long and mixed for a user's.
_TOKEN: Final = re.compile(r"(?:gh[a-z]_|github_pat_|gl[a-z]{2,5}-|ATCTT|ATBB)|(?=[^0-9]*[0-9])[A-Za-z0-9_=-]{32,}\Z")


def _repository(value: str) -> str:
    if "://" in value and urlsplit(value).password is not None:
        raise ValueError("it holds a password; leave it out and give the worker's git a credential helper")
    if "://" in value and _TOKEN.match(urlsplit(value).username or ""):
        raise ValueError(
            "it holds a token as its user name; leave it out and give the worker's git a credential helper"
        )
    return value


Slug = Annotated[str, AfterValidator(_slug)]
Domain = Annotated[NotBlank, AfterValidator(idn.ascii_domain)]
Seconds = Annotated[float, Field(gt=0, le=WALL_SECONDS_MAX)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Aws(Section):
    """How to reach AWS. Credentials come from the usual chain (environment, profile, task role) unless given here for an emulator."""

    region: NotBlank = "eu-central-1"
    endpoint_url: Endpoint | None = None
    bucket: str = Field("hermes-mail", min_length=3, max_length=63)
    access_key: str | None = None
    secret_key: str | None = None


class SmtpIngressSettings(BorderServer):
    """The SMTP server that receives mail."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Port = 2525
    trust_loopback: bool = False
    """Believe the From header of mail handed in over loopback. For development only: anybody who can connect can command."""
    cert_file: Path | None = None
    """The certificate with its chain, PEM; with it the server offers STARTTLS. A renewed file is picked up without a restart."""
    key_file: Path | None = None
    """Its private key, PEM."""

    @model_validator(mode="after")
    def _certificate_is_complete(self) -> SmtpIngressSettings:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: set both or none")
        return self

    @model_validator(mode="after")
    def _trust_only_on_loopback(self) -> SmtpIngressSettings:
        if self.trust_loopback and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError(f"trust_loopback is for a server that listens on loopback; host is {self.host!r}")
        return self


class Smtp(Section):
    """The mail server that sends replies."""

    host: NotBlank = "127.0.0.1"
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: Path | None = None
    """Certificates to believe instead of the system's."""
    username: str | None = None
    password: str | None = None
    oauth: OAuthSettings | None = None
    """In place of a password; the token goes by XOAUTH2 or OAUTHBEARER."""
    connections: int = Field(limits.SENDERS, ge=1, le=100)
    """Replies that are handed over at the same time."""
    per_minute: int | None = Field(None, ge=1)
    """Replies in any minute, of all gateways together; None where the provider does not count."""
    per_day: int | None = Field(None, ge=1)
    """Replies in any 24 hours, of all gateways together."""

    @model_validator(mode="after")
    def _login_is_complete(self) -> Smtp:
        if self.oauth is None:
            if bool(self.username) != bool(self.password):
                raise ValueError(
                    "username and password belong together: set both, or none where the server wants no login"
                )
            return self
        if self.password:
            raise ValueError("set password or oauth, not both")
        if not self.username:
            raise ValueError("oauth needs username, the address of the mailbox")
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(f"security 'none' would send the access token in the clear to {self.host!r}")
        return self


class Dkim(Section):
    """The key that signs replies, if the sending mail server does not sign them."""

    domain: Domain | None = None
    """The domain of our addresses."""
    selector: str | None = None
    """The key's name in DNS: `{selector}._domainkey.{domain}`."""
    key_file: Path | None = None
    """The private key, RSA, PEM."""

    @model_validator(mode="after")
    def _all_or_nothing(self) -> Dkim:
        given = [self.domain, self.selector, self.key_file]
        if any(given) and not all(given):
            raise ValueError("mail.dkim needs domain, selector and key_file together")
        return self


class Mail(Section):
    """The age limit of mail, and the form and delivery of replies."""

    max_age_days: float = Field(7, gt=0, le=_MAX_AGE_DAYS)
    """A mail whose Date or signature is older is no command: somebody may have kept it and sent it again."""
    domain: Domain = "agent.example.com"
    """The right side of our Message-IDs."""
    postmaster: MailAddress | None = None
    """Whom mail to `postmaster@` of Hermes' domains is sent on to."""
    name: str = "Hermes"
    """The name beside our address."""
    token_key: str | None = Field(None, min_length=32)
    """Secret of 32 characters or more; with it each thread has its own reply address, which no client can lose."""
    token_style: Literal["plus", "subdomain"] = "plus"  # noqa: S105 - the word, not a secret
    """`site+TOKEN@…`, or `site@TOKEN.…` where a mail server refuses the plus."""
    rate_limit: bool = True
    """Delay replies over the rate limit of a person or a thread; this stops two programs that answer each other."""
    mailer: Literal["smtp", "ses"] = "smtp"
    smtp: Smtp = Smtp()
    dkim: Dkim = Dkim()


class Authentication(Section):
    """The sources that verify authors.

    A mail server that vouches is named in the section of its way in (`BorderServer`).
    """

    own_check: bool = True
    """Check DKIM and SPF with DMARC alignment ourselves."""
    arc_sealers: frozenset[Domain] = frozenset()
    """Domains of forwarders whose ARC seal is believed."""
    ses_receipts: bool = True
    """Believe the receipts of SES; switch it off where no mail comes by SES."""

    @model_validator(mode="before")
    @classmethod
    def _no_server_for_every_way(cls, given: Any) -> Any:
        for name in ("authserv_id", "authserv_hops"):
            if isinstance(given, dict) and name in given:
                raise ValueError(
                    f"{name} belongs to one way in: set {name} in the section of the way that is behind this mail server"
                    " (smtp_ingress, lmtp_ingress, imap_ingress, pipe_ingress or an entry of http_ingress.providers)"
                )
        return given


class ContainerSettings(Section):
    """The life of worker containers."""

    idle_seconds: Seconds = limits.IDLE_SECONDS
    ready_seconds: Seconds = READY_SECONDS
    """After this the person is told "still starting"."""
    launch_seconds: Seconds = limits.LAUNCH_SECONDS
    """After this a container that is not ready is given up."""
    workspace: str = "/workspace"
    """In the container; the project's folder is `{workspace}/{client}/{project}`."""
    max_sessions: int = Field(limits.MAX_SESSIONS, ge=1, le=limits.BATCH)
    """Sessions that one container serves at the same time."""


class QueueSettings(Section):
    """The queues of containers, three for each key."""

    idle_days: float = Field(30.0, ge=0, le=3650)
    """A queue set that was not used for so many days is deleted, and made again when it is needed; 0: never."""


class TimingSettings(Section):
    """The gateway's timers, in seconds. The defaults suit AWS; an emulator on one machine works with shorter ones."""

    poll: int = Field(limits.POLL_SECONDS, ge=0, le=20)
    sweep: Seconds = SWEEP_SECONDS
    accepted: Seconds = limits.ACCEPTED_DUE_SECONDS
    running: Seconds = limits.RUNNING_DUE_SECONDS
    interrupt: Seconds = limits.INTERRUPT_DUE_SECONDS
    interrupt_give_up: Seconds = INTERRUPT_GIVE_UP_SECONDS
    heartbeat_stale: Seconds = limits.HEARTBEAT_STALE_SECONDS
    launch_lease: Seconds = limits.LAUNCH_LEASE_SECONDS
    reply_lease: Seconds = REPLY_LEASE_SECONDS
    start_give_up: Seconds = START_GIVE_UP_SECONDS
    orphans: Seconds = ORPHAN_SECONDS
    acknowledge: float = Field(ACKNOWLEDGE_SECONDS, ge=0, le=WALL_SECONDS_MAX)
    """A person who has no answer after this is told that their mail arrived, at most once in an hour for a thread; 0: never."""
    still_working: float = Field(STILL_WORKING_SECONDS, ge=0, le=WALL_SECONDS_MAX)
    """After this the person is told, once, that a command is still being worked on; 0: never."""

    @property
    def lifecycle(self) -> lifecycle.Timing:
        """The intervals after which the steps of a command are repeated."""
        return lifecycle.Timing(
            accepted=self.accepted, running=self.running, interrupt=self.interrupt, acknowledge=self.acknowledge
        )


class GatewaySettings(Section):
    """The gateway service."""

    concurrency: int = Field(16, ge=1, le=256)
    """Mails handled at the same time by one replica."""
    polls: int = Field(1200, ge=8, le=8192)
    """Output queues of busy workers that one replica polls at the same time, each over its own connection."""
    collect_seconds: float = Field(3.0, ge=0, le=60)
    """A command waits this long for further mails of its thread that join it; 0 switches that off."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"


class Shares(Section):
    """The default shares of clients, projects and people; without a setting there is no limit."""

    client: Share = Share()
    """Each client, all its projects together."""
    project: Share = Share()
    """Each project."""
    owner: Share = Share()
    """Each person, over everything that they may command."""


class Client(Section):
    """The settings for all projects of a client."""

    client: Slug
    share: Share = Share()
    """In place of `shares.client`, setting by setting."""
    owner_share: Share = Share()
    """Each person, over all projects of this client."""


class ProjectLimits(Section):
    """The limits of one command of a project."""

    wall_seconds: Seconds = 1800
    cost_usd: float | None = Field(None, gt=0)
    output_bytes: int = Field(64 * 1024 * 1024, gt=0)
    memory_bytes: int | None = Field(None, gt=0)
    attempts: int = Field(limits.ATTEMPTS, ge=1, le=10)
    """How often a command may run when shutdowns or losses cut it short; 1: never again."""


class Project(ShownWork, WallsSettings):
    """One project: its client, its repository, its addresses and its owners."""

    client: Slug
    project: Slug
    repository: Annotated[str, AfterValidator(_repository)] = Field(min_length=1)
    """Git URL or path, without a password."""
    default_branch: NotBlank | None = None
    addresses: tuple[MailAddress, ...] = Field(min_length=1)
    agent: AgentSettings
    policy: Policy = Policy.INTERRUPT
    interrupt_scope: InterruptScope = InterruptScope.SESSION
    """What a newer mail interrupts: its own thread, or whatever the container of its person runs."""
    preempted: Preempted = Preempted.REQUEUE
    """With the scope `container`: what becomes of another thread's command that gives way."""
    attachments: Literal["files", "archives", "all"] = "files"
    """Files that are neither packed nor programs; packed ones too; programs too. Nothing is ever unpacked."""
    limits: ProjectLimits = ProjectLimits()
    share: Share = Share()
    """In place of `shares.project`, setting by setting."""
    owner_share: Share = Share()
    """Each person, in this project."""
    language: Language = "en"
    """Of replies where the mail does not tell."""
    details: bool = False
    """Replies end with branch, commit, lines, time, cost and technical words; for people who work with them."""

    @model_validator(mode="after")
    def _what_gives_way_can_go_on(self) -> Project:
        container = self.interrupt_scope is InterruptScope.CONTAINER
        if self.preempted is Preempted.DROP and not container:
            raise ValueError('preempted = "drop" needs interrupt_scope = "container": no other thread gives way else')
        if container and self.preempted is Preempted.REQUEUE and self.limits.attempts < 2:
            raise ValueError(
                'preempted = "requeue" needs limits.attempts = 2 or more: what is put back runs again as its next attempt'
            )
        return self

    @functools.cached_property
    def mailboxes(self) -> frozenset[str]:
        """The project's addresses in normalised form, to compare with recipients."""
        return frozenset(idn.mailbox(address) for address in self.addresses)

    @property
    def name(self) -> str:
        """`client/project`."""
        return f"{self.client}/{self.project}"
