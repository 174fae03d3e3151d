"""The configuration: TOML and environment, read once into frozen models; unknown keys and impossible values are refused by name.

Environment variables take precedence: `HERMES_AWS__REGION=eu-central-1` sets `region` in `[aws]`; two underscores go one level down, a
value that is JSON is read as JSON. `HERMES_CONFIG` names the file. `HERMES_WORKER_*` belongs to the worker and is left alone here.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import email_validator
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from hermes import errors, ids, limits
from hermes.domain.agent_settings import AgentSettings
from hermes.domain.commands import Policy
from hermes.domain.ingress_settings import HttpSettings, ImapSettings, LmtpSettings

#: Settings whose value is never shown.
_SECRET = re.compile("password|secret|access_key|token_key")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _slug(value: str) -> str:
    if not ids.SLUG.match(value):
        raise ValueError("use lower-case letters, digits and inner hyphens, at most 32 characters")
    return value


def _address(value: str) -> str:
    try:
        return email_validator.validate_email(
            value, check_deliverability=False, globally_deliverable=False, test_environment=True
        ).normalized.lower()
    except email_validator.EmailNotValidError as error:
        raise ValueError(f"{value!r} is no mail address: {error}") from error


def _repository(value: str) -> str:
    if "://" in value and urlsplit(value).password is not None:
        raise ValueError("it holds a password; leave it out and give the worker's git a credential helper")
    return value


def _owner(value: str) -> str:
    if value.startswith("@"):
        return _address(f"x{value}")[1:]
    return _address(value)


Slug = Annotated[str, AfterValidator(_slug)]
MailAddress = Annotated[str, AfterValidator(_address)]
Owner = Annotated[str, AfterValidator(_owner)]
Seconds = Annotated[float, Field(gt=0, le=limits.WALL_SECONDS_MAX)]
Port = Annotated[int, Field(ge=0, le=65535)]


class Aws(_Section):
    """Where AWS is. Credentials come from the usual chain (environment, profile, task role) unless given here for an emulator."""

    region: str = "eu-central-1"
    endpoint_url: str | None = None
    bucket: str = Field("hermes-mail", min_length=3, max_length=63)
    access_key: str | None = None
    secret_key: str | None = None


class SmtpIngress(_Section):
    """The SMTP server that takes mail in."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Port = 2525
    trust_loopback: bool = False
    """Believe the From header of mail handed in over loopback. For development alone: whoever can connect can command."""

    @model_validator(mode="after")
    def _trust_only_on_loopback(self) -> SmtpIngress:
        if self.trust_loopback and self.host not in {"127.0.0.1", "::1", "localhost"}:
            raise ValueError(f"trust_loopback is for a server that listens on loopback; host is {self.host!r}")
        return self


class Smtp(_Section):
    """The mail server that takes replies out."""

    host: str = "127.0.0.1"
    port: Port = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None


class Mail(_Section):
    """How replies look and leave."""

    domain: str = "agent.example.com"
    """The right side of our Message-IDs."""
    name: str = "Hermes"
    """The name beside our address."""
    token_key: str | None = Field(None, min_length=32)
    """Secret of 32 characters or more; with it each thread has an answer address of its own, which no client can lose."""
    token_style: Literal["plus", "subdomain"] = "plus"  # noqa: S105 - the word, not a secret
    """`site+TOKEN@…`, or `site@TOKEN.…` where a mail server refuses the plus."""
    mailer: Literal["smtp", "ses"] = "smtp"
    smtp: Smtp = Smtp()


class Authentication(_Section):
    """Who vouches that a mail is from whom it says. SES receipts always count; these are for the other ways in."""

    authserv_id: str | None = None
    """The name that your border server writes into Authentication-Results; it must take out others of that name."""
    authserv_hops: int = Field(2, ge=0, le=20)
    """Received headers that may stand above that header."""
    own_check: bool = True
    """Check DKIM and SPF with DMARC alignment ourselves."""
    arc_sealers: frozenset[str] = frozenset()
    """Domains of forwarders whose ARC seal is believed."""


class Local(_Section):
    """The launcher that starts workers as processes of this machine."""

    state: Path = Path(".hermes")
    """Folder for workspaces and process records."""


class Ecs(_Section):
    """The launcher that starts workers as ECS tasks."""

    cluster: str = ""
    task_definition: str = ""
    container: str = "worker"
    """The container of the task definition that gets the environment."""
    launch_type: Literal["FARGATE", "EC2"] = "FARGATE"
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False


class Launcher(_Section):
    """What starts worker containers."""

    kind: Literal["local", "ecs"] = "local"
    local: Local = Local()
    ecs: Ecs = Ecs()

    @model_validator(mode="after")
    def _ecs_is_complete(self) -> Launcher:
        if self.kind == "ecs":
            missing = [n for n in ("cluster", "task_definition") if not getattr(self.ecs, n)]
            if self.ecs.launch_type == "FARGATE" and not self.ecs.subnets:
                missing.append("subnets")
            if missing:
                raise ValueError(f"launcher.ecs lacks {', '.join(missing)}")
        return self


class Containers(_Section):
    """The life of worker containers."""

    idle_seconds: Seconds = limits.IDLE_SECONDS
    ready_seconds: Seconds = limits.READY_SECONDS
    """After this the person is told "still starting"."""
    launch_seconds: Seconds = limits.LAUNCH_SECONDS
    """After this a container that is not ready is given up."""
    workspace: str = "/workspace"
    """In the container; the project's folder is `{workspace}/{client}/{project}`."""
    max_sessions: int = Field(limits.MAX_SESSIONS, ge=1, le=limits.BATCH)
    """Sessions that one container serves at the same time."""


class Timing(_Section):
    """The gateway's timers, in seconds. The defaults suit AWS; an emulator on one machine is content with shorter ones."""

    poll: int = Field(limits.POLL_SECONDS, ge=0, le=20)
    sweep: Seconds = limits.SWEEP_SECONDS
    accepted: Seconds = limits.ACCEPTED_DUE_SECONDS
    running: Seconds = limits.RUNNING_DUE_SECONDS
    interrupt: Seconds = limits.INTERRUPT_DUE_SECONDS
    interrupt_give_up: Seconds = limits.INTERRUPT_GIVE_UP_SECONDS
    heartbeat_stale: Seconds = limits.HEARTBEAT_STALE_SECONDS
    launch_lease: Seconds = limits.LAUNCH_LEASE_SECONDS
    reply_lease: Seconds = limits.REPLY_LEASE_SECONDS
    start_give_up: Seconds = limits.START_GIVE_UP_SECONDS
    orphans: Seconds = limits.ORPHAN_SECONDS


class Gateway(_Section):
    """The service itself."""

    concurrency: int = Field(16, ge=1, le=256)
    """Mails handled at the same time by one replica."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"


class ProjectLimits(_Section):
    """What one command of a project may use."""

    wall_seconds: Seconds = 1800
    cost_usd: float | None = Field(None, gt=0)
    output_bytes: int = Field(64 * 1024 * 1024, gt=0)
    memory_bytes: int | None = Field(None, gt=0)
    attempts: int = Field(limits.ATTEMPTS, ge=1, le=10)
    """How often a command may run when shutdowns or losses cut it short; 1: never again."""


class Project(_Section):
    """One project: whose it is, where its code lies, which addresses command it and who may."""

    client: Slug
    project: Slug
    repository: Annotated[str, AfterValidator(_repository)] = Field(min_length=1)
    """Git URL or path, without a password."""
    default_branch: str | None = None
    addresses: tuple[MailAddress, ...] = Field(min_length=1)
    owners: tuple[Owner, ...] = Field(min_length=1)
    agent: AgentSettings
    policy: Policy = Policy.INTERRUPT
    limits: ProjectLimits = ProjectLimits()
    build_command: str | None = None
    preview_url: str | None = None
    """With `{branch}`, `{thread}`, `{session}` or `{commit}` in it."""
    language: str = "en"
    """Of replies where the mail does not tell."""

    @property
    def name(self) -> str:
        """`client/project`."""
        return f"{self.client}/{self.project}"


class Config(_Section):
    """Everything that can be set."""

    prefix: Slug = "hermes"
    """All names in AWS begin with it."""
    aws: Aws = Aws()
    smtp_ingress: SmtpIngress = SmtpIngress()
    lmtp_ingress: LmtpSettings = LmtpSettings()
    imap_ingress: ImapSettings = ImapSettings()
    http_ingress: HttpSettings = HttpSettings()
    mail: Mail = Mail()
    authentication: Authentication = Authentication()
    launcher: Launcher = Launcher()
    containers: Containers = Containers()
    timing: Timing = Timing()
    gateway: Gateway = Gateway()
    projects: tuple[Project, ...] = ()

    @model_validator(mode="after")
    def _projects_do_not_meet(self) -> Config:
        if len(self.prefix) > 20:
            raise ValueError("prefix is longer than 20 characters; queue names end at 80")
        addresses: dict[str, str] = {}
        names: dict[str, str] = {}
        for project in self.projects:
            joined = f"{project.client}-{project.project}"
            if joined in names:
                raise ValueError(f"projects {names[joined]} and {project.name} would share queues; rename one")
            names[joined] = project.name
            for address in project.addresses:
                if address in addresses:
                    raise ValueError(f"address {address} belongs to both {addresses[address]} and {project.name}")
                if "+" in address.split("@")[0]:
                    raise ValueError(f"address {address} has a '+': Hermes puts its tokens there")
                addresses[address] = project.name
        if self.imap_ingress.enabled and self.project_of(self.imap_ingress.address) is None:
            raise ValueError(f"imap_ingress.address: no project has the address {self.imap_ingress.address!r}")
        return self

    def project_of(self, recipient: str) -> Project | None:
        """The project that an envelope recipient belongs to; a `+detail` is ignored."""
        local, _, domain = recipient.strip().lower().rpartition("@")
        bare = f"{local.split('+', 1)[0]}@{domain}"
        return next((p for p in self.projects if bare in p.addresses), None)

    def project_named(self, client: str, project: str) -> Project | None:
        """The project by its two names."""
        return next((p for p in self.projects if p.client == client and p.project == project), None)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration from a TOML file (or none) and the environment. Raises `errors.ConfigError`."""
    given: dict[str, Any] = {}
    if path is None and environ.get("HERMES_CONFIG"):
        path = Path(environ["HERMES_CONFIG"])
    if path is not None:
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise errors.ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise errors.ConfigError(f"{path} is not valid TOML: {error}") from error
    for name, value in sorted(environ.items()):
        if name.startswith("HERMES_") and name != "HERMES_CONFIG" and not name.startswith("HERMES_WORKER_"):
            _place(given, name, value)
    return parse(given, source=str(path) if path else "environment")


def parse(given: Mapping[str, Any], *, source: str = "configuration") -> Config:
    """The configuration from plain values. Raises `errors.ConfigError` naming the first setting that is wrong."""
    try:
        return Config.model_validate(given)
    except ValidationError as error:
        raise errors.ConfigError(f"{source}: {explain(error, Config)}") from error


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first error of a validation as a sentence that names the setting, and the nearest known one."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known)) or 'nothing'}"
        return f"unknown setting {where!r}; {hint}"
    if first["type"] == "missing":
        return f"setting {where!r} is missing"
    text = first["msg"].removeprefix("Value error, ")
    given = first.get("input")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float) and not _SECRET.search(where + text) else ""
    return f"{where + ': ' if where else ''}{text}{shown}"


def _place(given: dict[str, Any], name: str, value: str) -> None:
    path = name.removeprefix("HERMES_").lower().split("__")
    target = given
    for part in path[:-1]:
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            raise errors.ConfigError(f"{name}: {part!r} is not a section that the environment can set")
        target = inner
    target[path[-1]] = _value(value)


def _value(text: str) -> Any:
    if re.match(r"\s*[\[{]", text):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _fields_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    here: Any = model
    for part in loc:
        if isinstance(part, int) or not (isinstance(here, type) and issubclass(here, BaseModel)):
            continue
        field = here.model_fields.get(str(part))
        here = _model_in(field.annotation) if field else None
    return list(here.model_fields) if isinstance(here, type) and issubclass(here, BaseModel) else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if (
        isinstance(annotation, type)
        and not isinstance(annotation, types.GenericAlias)
        and issubclass(annotation, BaseModel)
    ):
        return annotation
    for inner in typing.get_args(annotation):
        found = _model_in(inner)
        if found:
            return found
    return None
