"""The worker's settings: read once from `HERMES_WORKER_*`, checked, frozen."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from hermes import errors, limits
from hermes.config import publish_settings
from hermes.config.agent_settings import AgentSettings
from hermes.config.check_settings import CheckSettings
from hermes.config.publish_settings import PublishSettings
from hermes.config.show_settings import ShowSettings
from hermes.config.walls_settings import WallsSettings
from hermes.process.process import StopSchedule

PREFIX = "HERMES_WORKER_"

#: Earlier name of a setting → its name now.
_RENAMED = {"ladder": "stop_schedule"}

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PLACEHOLDERS = frozenset({"branch", "session", "thread", "commit"})
_BRANCH = re.compile(r"(?!-)(?!.*(?:\.\.|//|@\{|\.lock\Z))[^\s~^:?*\[\\\x00-\x1f\x7f]+(?<![/.])\Z")


def _json(adapter: TypeAdapter[Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: adapter.validate_json(value) if isinstance(value, str) else value)


class WorkerConfig(BaseModel):
    """The settings that a launcher gives a worker. Each field is a variable: `HERMES_WORKER_` and the name in upper case."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    container_key: str = Field(pattern=r"^[^#]+#[^#]+#[^#]+$")
    gen: int = Field(ge=1)
    task_id: str | None = None
    """The launcher's name for this task; in ECS the task's metadata give it."""
    input_queue_url: str
    interrupt_queue_url: str
    output_queue_url: str
    table_prefix: str
    bucket: str
    region: str
    endpoint_url: str | None = None
    """An endpoint other than AWS's."""
    workspace: Path
    """The folder for clone and worktrees; created if it is missing."""
    repository_url: str
    default_branch: str | None = None
    """Where a session's branch begins; by default the remote's default branch."""
    credential_helper: str | None = None
    """git's credential helper, as in `git config credential.helper`."""
    idle_seconds: float = Field(default=limits.IDLE_SECONDS, gt=0)
    running_due_seconds: float = Field(default=limits.RUNNING_DUE_SECONDS, gt=0)
    """When the gateway's sweeper looks at a command that this worker claimed: `[timing] running` of the gateway."""
    agent: Annotated[AgentSettings, _json(TypeAdapter(AgentSettings))] = AgentSettings()
    agent_user: str | None = None
    """The first of the users (name or number) that agents and builds run as, one for each session; only if the worker is
    started as root."""
    user: str = "10001"
    """The user that the worker itself becomes if agents run as other users; in the image that is `hermes`."""
    walls: Annotated[WallsSettings, _json(TypeAdapter(WallsSettings))] = WallsSettings()
    """What contains agents and builds."""
    build_command: str | None = None
    publish: Annotated[PublishSettings | None, _json(TypeAdapter(PublishSettings))] = None
    """Where builds are published."""
    check: Annotated[CheckSettings | None, _json(TypeAdapter(CheckSettings))] = None
    """The project's checks."""
    show: Annotated[ShowSettings | None, _json(TypeAdapter(ShowSettings))] = None
    """What replies show of the site."""
    media_dir: str | None = None
    """The folder of the project for pictures, films and sounds that come with a mail."""
    preview_url: str | None = None
    """A link with `{branch}`, `{session}`, `{thread}`, `{commit}`."""
    stop_schedule: Annotated[StopSchedule, _json(TypeAdapter(StopSchedule))] = StopSchedule()
    max_sessions: int = Field(default=limits.MAX_SESSIONS, ge=1, le=limits.BATCH)
    access_key: str | None = Field(default=None, repr=False)
    """AWS credentials for an emulator; else the SDK's usual chain applies."""
    secret_key: str | None = Field(default=None, repr=False)
    control_token: str | None = Field(default=None, min_length=32, repr=False)
    """The token of the HTTP control on loopback, which shows and stops what runs here; without it there is no control."""
    log_level: str = "INFO"

    @property
    def shown(self) -> ShowSettings | None:
        """What replies show of the site; None where its folder is not known."""
        return self.show or (ShowSettings(folder=self.publish.output) if self.publish is not None else None)

    @field_validator("repository_url")
    @classmethod
    def _no_password_in_an_address(cls, url: str) -> str:
        if url.startswith("-"):
            raise ValueError("an address cannot begin with a hyphen")
        if url.startswith("ext::"):
            raise ValueError("ext:: addresses run programs and are not used")
        if "://" in url and urlsplit(url).password is not None:
            raise ValueError("it holds a password; leave it out and give git a credential helper")
        return url

    @field_validator("default_branch")
    @classmethod
    def _a_branchs_name(cls, name: str | None) -> str | None:
        if name is not None and not _BRANCH.match(name):
            raise ValueError(f"{name!r} cannot be a branch")
        return name

    @field_validator("preview_url")
    @classmethod
    def _only_known_placeholders(cls, template: str | None) -> str | None:
        for name in _PLACEHOLDER.findall(template or ""):
            if name not in _PLACEHOLDERS:
                known = ", ".join(f"{{{known}}}" for known in sorted(_PLACEHOLDERS))
                raise ValueError(f"there is no {{{name}}}; there are {known}")
        return template

    @field_validator("media_dir")
    @classmethod
    def _inside_the_project(cls, value: str | None) -> str | None:
        return publish_settings.folder(value) if value is not None else None

    @model_validator(mode="after")
    def _a_stop_schedule_goes_up(self) -> Self:
        one = self.stop_schedule
        if not 0 <= one.interrupt <= one.term <= one.kill < limits.SAVE_SECONDS:
            raise ValueError(f"stop_schedule: 0 ≤ interrupt ≤ term ≤ kill < {limits.SAVE_SECONDS:g} seconds")
        return self

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> WorkerConfig:
        """Read the environment. Raises `errors.ConfigError` that names the variable, and the nearest known one for a typo."""
        given = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and value != ""
        }
        for name in given:
            if name not in cls.model_fields:
                if name in _RENAMED:
                    raise errors.ConfigError(f"{PREFIX}{name.upper()} is called {PREFIX}{_RENAMED[name].upper()} now")
                near = difflib.get_close_matches(name, cls.model_fields, n=1)
                meant = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
                raise errors.ConfigError(f"{PREFIX}{name.upper()} is no setting of the worker{meant}")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            field = str(first["loc"][0]) if first["loc"] else ""
            inside = ".".join(str(part) for part in first["loc"][1:])
            where = f"{PREFIX}{field.upper()}" if field else "The worker's settings"
            what = first["msg"].removeprefix("Value error, ")
            if first["type"] == "missing" and not inside:
                raise errors.ConfigError(f"{where} is not set; a launcher sets it") from error
            raise errors.ConfigError(f"{where}{f' ({inside})' if inside else ''}: {what}") from error
