"""The settings of publishing: which folder of the worktree goes to which prefix of which bucket."""

from __future__ import annotations

import re
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

PLACEHOLDERS = ("branch", "session", "thread")
"""Every prefix has one of them, so that no thread overwrites another's preview."""

OWN_PREFIXES = ("mails", "attachments", "wire", "logs", "snapshots", "transcripts", "bundles", "shown")
"""What Hermes itself keeps in its bucket."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?\Z")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def folder(value: str) -> str:
    """Normalise a folder inside a worktree. Raises ValueError for a path that leads out of it."""
    parts = [part for part in value.split("/") if part not in ("", ".")]
    if value.startswith("/") or not parts or ".." in parts or parts[0].lower() == ".git" or "\0" in value:
        raise ValueError(f"{value!r} is no folder inside the project")
    return "/".join(parts)


class PublishSettings(BaseModel):
    """A project's publishing; written as a table in the configuration and handed to the worker as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    output: str
    """The folder that the build command fills, or in which a static site is; `.`: the whole repository is the site."""
    prefix: str
    """With `{branch}`, `{session}` or `{thread}` in it: `previews/{branch}/`."""
    bucket: str | None = None
    """Hermes' own bucket if not given."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts of amazonaws.com, and buckets, that published files may name; all others are refused, and so is each signed link."""

    @field_validator("output")
    @classmethod
    def _inside_the_project(cls, value: str) -> str:
        return "." if value in (".", "./") else folder(value)

    @field_validator("allow_hosts")
    @classmethod
    def _plain_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if not _HOST.match(host):
                raise ValueError(f"{host!r} is no host; write it as in assets.s3.eu-central-1.amazonaws.com")
        return tuple(host.lower() for host in value)

    @field_validator("prefix")
    @classmethod
    def _one_for_each_thread(cls, value: str) -> str:
        named = _PLACEHOLDER.findall(value)
        for name in named:
            if name not in PLACEHOLDERS:
                raise ValueError(f"there is no {{{name}}}; there are {', '.join(f'{{{p}}}' for p in PLACEHOLDERS)}")
        if not named:
            raise ValueError("needs {branch}, {session} or {thread}: threads must not overwrite each other")
        parts = value.strip("/").split("/")
        if value.startswith("/") or any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"{value!r} is no prefix of a bucket")
        return "/".join(parts) + "/"

    @model_validator(mode="after")
    def _not_among_our_own(self) -> Self:
        first = self.prefix.split("/", 1)[0]
        if self.bucket is None and (first in OWN_PREFIXES or "{" in first):
            raise ValueError(f"prefix {self.prefix!r} could meet what Hermes keeps there; begin with another word")
        return self
