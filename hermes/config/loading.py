"""The configuration: TOML and environment, read once into frozen models; an error names the unknown key or invalid value.

Environment variables take precedence: `HERMES_AWS__REGION=eu-central-1` sets `region` in `[aws]`; two underscores go one level down, and a
JSON value is parsed as JSON. `HERMES_CONFIG` names the file. `HERMES_WORKER_*` and `HERMES_GIT_*` belong to the workers and are ignored
here.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError, ValidationInfo, model_validator
from pydantic_core import ErrorDetails

from hermes import errors
from hermes.config import sources
from hermes.config.alert_settings import Alerts
from hermes.config.ingress_limits import IngressLimits
from hermes.config.ingress_settings import BorderServer, HttpSettings, ImapSettings, LmtpSettings, PipeSettings
from hermes.config.launcher_settings import Ecs, LauncherSettings, Local, PoolSettings
from hermes.config.ownership import MailAddress, one_person_each
from hermes.config.sections import (
    Authentication,
    Aws,
    Client,
    ContainerSettings,
    Dkim,
    GatewaySettings,
    Mail,
    Project,
    ProjectLimits,
    QueueSettings,
    Section,
    Shares,
    Slug,
    Smtp,
    SmtpIngressSettings,
    TimingSettings,
)
from hermes.config.web_settings import Web
from hermes.domain import idn
from hermes.domain.decisions.people import OwnerRole, People
from hermes.domain.decisions.shares import Grant, Whose

__all__ = [
    "Authentication",
    "Aws",
    "Client",
    "Config",
    "ContainerSettings",
    "Dkim",
    "Ecs",
    "GatewaySettings",
    "LauncherSettings",
    "Local",
    "Mail",
    "Project",
    "ProjectLimits",
    "Shares",
    "Smtp",
    "SmtpIngressSettings",
    "TimingSettings",
    "Web",
    "explain",
    "load",
    "parse",
]

#: The local part that every mail server takes mail for.
POSTMASTER: Final = "postmaster"
#: Workers' settings, and what their git's credential helper reads.
NOT_OURS = ("HERMES_WORKER_", "HERMES_GIT_", "HERMES_SECRETS_FD")
#: Settings whose value is never shown.
_SECRET = re.compile("password|secret|access_key|token_key|refresh_token|webhook")
#: What pydantic says in the words of Python, by the type of its error.
_PLAIN = {
    "model_type": "a table of settings is needed here",
    "dict_type": "a table of settings is needed here",
    "tuple_type": 'a list is needed here, like ["one", "two"]',
    "frozen_set_type": 'a list is needed here, like ["one", "two"]',
    "too_short": "at least one entry is needed",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "string_type": "a text in quotes is needed",
}
#: The context of a validation before what is in AWS was read (`hermes.app.configuration`).
_FILES_ALONE: Final = "files alone"
#: Old names of settings; each is refused with its new name.
_RENAMED = {"mail.ladder": "mail.rate_limit"}


class Config(Section):
    """All settings."""

    prefix: Slug = "hermes"
    """All names in AWS begin with it."""
    people: tuple[tuple[MailAddress, ...], ...] = ()
    """The addresses of each person who writes from several."""
    aws: Aws = Aws()
    smtp_ingress: SmtpIngressSettings = SmtpIngressSettings()
    lmtp_ingress: LmtpSettings = LmtpSettings()
    imap_ingress: ImapSettings = ImapSettings()
    http_ingress: HttpSettings = HttpSettings()
    pipe_ingress: PipeSettings = PipeSettings()
    ingress_limits: IngressLimits = IngressLimits()
    mail: Mail = Mail()
    authentication: Authentication = Authentication()
    launcher: LauncherSettings = LauncherSettings()
    pool: PoolSettings = PoolSettings()
    containers: ContainerSettings = ContainerSettings()
    queues: QueueSettings = QueueSettings()
    timing: TimingSettings = TimingSettings()
    gateway: GatewaySettings = GatewaySettings()
    web: Web = Web()
    alerts: Alerts = Alerts()
    project_sources: sources.ProjectSources = sources.ProjectSources()
    shares: Shares = Shares()
    clients: tuple[Client, ...] = ()
    projects: tuple[Project, ...] = ()

    @model_validator(mode="after")
    def _projects_do_not_meet(self) -> Config:
        if len(self.prefix) > 20:
            raise ValueError("prefix is longer than 20 characters; queue names end at 80")
        if self.pool.size and self.launcher.kind == "local":
            raise ValueError("pool.size is for the launcher ecs; launcher.local.pool is how many wait on this machine")
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

    @model_validator(mode="after")
    def _people_are_owners(self) -> Config:
        one_person_each(self.people, self.projects)
        return self

    @model_validator(mode="after")
    def _operator_is_elsewhere(self) -> Config:
        operator = self.mail.postmaster
        if operator is not None and (self.project_of(operator) is not None or self.is_postmaster(operator)):
            raise ValueError(f"mail.postmaster: {operator!r} is an address of Hermes; name one that a person reads")
        return self

    @model_validator(mode="after")
    def _alerts_leave_hermes(self, info: ValidationInfo) -> Config:
        for address in self.alerts.mail:
            if self.project_of(address) is not None or self.is_postmaster(address):
                raise ValueError(f"alerts.mail: {address!r} is an address of Hermes; name one that a person reads")
        if self.alerts.mail and not self.projects and self._has_all_projects(info):
            raise ValueError("alerts.mail: there is no project, and alerts are sent from the first project's address")
        return self

    @model_validator(mode="after")
    def _task_definitions_have_projects(self, info: ValidationInfo) -> Config:
        known = {project.name for project in self.projects}
        for name in self.launcher.ecs.project_task_definitions if self._has_all_projects(info) else ():
            if name not in known:
                hint = f"projects: {', '.join(sorted(known)) or 'none'}"
                raise ValueError(f"launcher.ecs.project_task_definitions: there is no project {name!r}; {hint}")
        return self

    @model_validator(mode="after")
    def _viewers_have_projects(self, info: ValidationInfo) -> Config:
        known = sorted(project.name for project in self.projects)
        for user in self.web.users if self._has_all_projects(info) else ():
            for name in user.projects or ():
                if name not in known:
                    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
                    hint = f"did you mean {near[0]!r}?" if near else f"projects: {', '.join(known) or 'none'}"
                    raise ValueError(f"web.users: {user.name!r} may see {name!r}, but there is no such project; {hint}")
        return self

    @model_validator(mode="after")
    def _clients_have_projects(self, info: ValidationInfo) -> Config:
        known = sorted({project.client for project in self.projects})
        for number, client in enumerate(self.clients):
            if client.client not in known and self._has_all_projects(info):
                near = difflib.get_close_matches(client.client, known, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"clients of projects: {', '.join(known) or 'none'}"
                raise ValueError(f"clients.{number}.client: no project has the client {client.client!r}; {hint}")
            if client.client in {before.client for before in self.clients[:number]}:
                raise ValueError(f"clients.{number}.client: {client.client!r} has a section already")
        return self

    def _has_all_projects(self, info: ValidationInfo) -> bool:
        """Whether no further ones are still to be read from AWS, which may be those that a setting names."""
        return not (info.context == _FILES_ALONE and self.project_sources.shared)

    @property
    def current(self) -> Config:
        """Itself: a configuration that nobody replaces (`hermes.config.current`)."""
        return self

    @property
    def shared(self) -> bool:
        """Whether any share is limited."""
        return any(self.grants(project, "") for project in self.projects)

    def grants(self, project: Project, owner: str) -> tuple[Grant, ...]:
        """The shares that a command of this person in this project falls under; empty where nothing is limited."""
        client = next((c for c in self.clients if c.client == project.client), Client(client=project.client))
        found = (
            Grant(whose=Whose.CLIENT, name=client.client, share=client.share.over(self.shares.client)),
            Grant(whose=Whose.PROJECT, name=project.name, share=project.share.over(self.shares.project)),
            Grant(whose=Whose.OWNER, name=owner, share=self.shares.owner),
            Grant(whose=Whose.OWNER, name=owner, within=client.client, share=client.owner_share),
            Grant(whose=Whose.OWNER, name=owner, within=project.name, share=project.owner_share),
        )
        return tuple(grant for grant in found if grant.share.limits)

    @functools.cached_property
    def persons(self) -> People:
        """Which addresses are one person."""
        return People(self.people)

    def role_of(self, project: Project, author: str) -> OwnerRole:
        """What an owner may do in a project, whichever of their addresses they write from."""
        return project.role_of(author, self.persons.addresses(author))

    def project_of(self, recipient: str) -> Project | None:
        """The project that an envelope recipient belongs to; a `+detail` is ignored."""
        try:
            local, _, domain = idn.mailbox(recipient).rpartition("@")
        except ValueError:
            return None
        bare = f"{local.split('+', 1)[0]}@{domain}"
        return next((p for p in self.projects if bare in p.mailboxes), None)

    def is_postmaster(self, recipient: str) -> bool:
        """Whether an envelope recipient is the postmaster of one of our domains, whom every mail server has (RFC 5321, 4.5.1)."""
        try:
            local, _, domain = idn.mailbox(recipient).rpartition("@")
        except ValueError:
            return False
        return local == POSTMASTER and domain in self._domains

    @property
    def _domains(self) -> frozenset[str]:
        ours = {mailbox.rpartition("@")[2] for project in self.projects for mailbox in project.mailboxes}
        return frozenset({idn.ascii_lower(self.mail.domain), *ours})

    def border_of(self, way: str) -> BorderServer:
        """The mail server in front of a way in, named as in pointers: `smtp`, `imap`, `http/NAME` and so on. None for other ways in."""
        ways: dict[str, BorderServer] = {
            "smtp": self.smtp_ingress,
            "lmtp": self.lmtp_ingress,
            "imap": self.imap_ingress,
            "pipe": self.pipe_ingress,
            **{f"http/{provider.name}": provider for provider in self.http_ingress.providers},
        }
        return ways.get(way, BorderServer())

    def project_named(self, client: str, project: str) -> Project | None:
        """The project with these two names."""
        return next((p for p in self.projects if p.client == client and p.project == project), None)


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """The configuration from a TOML file (or none), the files of `projects.d` beside it, and the environment.

    Raises `errors.ConfigError`.
    """
    path = named(path, environ)
    given = collected([sources.file(path)] if path is not None else [], environ)
    if path is not None:
        given.add(sources.folder(path, given.values))
    return validated(given, context=_FILES_ALONE)


def named(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The configuration file: the one given, or else that of the environment."""
    return path or (Path(environ["HERMES_CONFIG"]) if environ.get("HERMES_CONFIG") else None)


def collected(documents: Sequence[sources.ConfigDocument], environ: Mapping[str, str]) -> sources.Given:
    """The settings of the first document, which the environment overrides, and the lists of the others. Raises `errors.ConfigError`."""
    given = sources.Given({}, "environment")
    if documents:
        given = sources.Given(sources.toml(documents[0]), documents[0].name)
    for name, value in sorted(environ.items()):
        if name.startswith("HERMES_") and name != "HERMES_CONFIG" and not name.startswith(NOT_OURS):
            given.variables[_place(given.values, name, value)] = name
    given.add(documents[1:])
    return given


def parse(given: Mapping[str, Any], *, source: str = "configuration") -> Config:
    """The configuration from plain values. Raises `errors.ConfigError`, which names the first wrong setting."""
    return validated(sources.Given(dict(given), source))


def validated(given: sources.Given, *, context: str | None = None) -> Config:
    """The configuration. Raises `errors.ConfigError`, which names the document and the first wrong setting in it."""
    try:
        return Config.model_validate(given.values, context=context)
    except ValidationError as error:
        source, where = given.place(error.errors(include_url=False)[0]["loc"])
        raise errors.ConfigError(f"{source}: {explain(error, Config, where=where)}") from error


def explain(error: ValidationError, model: type[BaseModel], *, where: Sequence[int | str] | None = None) -> str:
    """The first error of a validation as a sentence that names the setting, and the nearest known one; `where` replaces its location."""
    first = error.errors(include_url=False)[0]
    return _explained(first, model, ".".join(str(part) for part in (first["loc"] if where is None else where)))


def _explained(first: ErrorDetails, model: type[BaseModel], where: str) -> str:
    if where in _RENAMED:
        return f"setting {where!r} is called {_RENAMED[where]!r} now"
    if first["type"] == "extra_forbidden":
        known = _fields_at(model, first["loc"][:-1])
        near = difflib.get_close_matches(str(first["loc"][-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(sorted(known)) or 'nothing'}"
        return f"unknown setting {where!r}; {hint}"
    if first["type"] == "missing":
        return f"setting {where!r} is missing"
    text = _PLAIN.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    given = first.get("input")
    shown = f" (given: {given!r})" if isinstance(given, str | int | float) and not _SECRET.search(where + text) else ""
    return f"{where + ': ' if where else ''}{text}{shown}"


def _place(given: dict[str, Any], name: str, value: str) -> tuple[str, ...]:
    path = name.removeprefix("HERMES_").lower().split("__")
    target = given
    for part in path[:-1]:
        inner = target.setdefault(part, {})
        if not isinstance(inner, dict):
            raise errors.ConfigError(f"{name}: {part!r} is not a section that the environment can set")
        target = inner
    target[path[-1]] = _value(value)
    return tuple(path)


def as_environment(config: Config) -> dict[str, str]:
    """The variables that make the same configuration: for commands beside a process that has no file."""
    given = config.model_dump(mode="json", exclude_defaults=True)
    return {f"HERMES_{n.upper()}": v if isinstance(v, str) else json.dumps(v) for n, v in given.items()}


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
