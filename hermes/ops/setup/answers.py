"""What the wizard learns, and the configuration that follows from it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hermes.config import loading
from hermes.ops.setup.servers import Security


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailServerLogin:
    """One server of the mailbox."""

    host: str
    port: int
    security: Security
    username: str
    password: str = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SetupAnswers:
    """All answers."""

    address: str
    imap: MailServerLogin
    smtp: MailServerLogin
    client: str
    project: str
    repository: str
    owners: tuple[str, ...]
    agent: Mapping[str, Any]
    state: Path
    authserv_id: str | None = None

    def settings(self) -> dict[str, Any]:
        """The configuration as plain values."""
        domain = self.address.rpartition("@")[2]
        border = {"authserv_id": self.authserv_id} if self.authserv_id else {}
        return {
            "imap_ingress": {"enabled": True, **dataclasses.asdict(self.imap), "address": self.address, **border},
            "authentication": {"ses_receipts": False},
            "mail": {
                "domain": domain,
                "smtp": {name: value for name, value in dataclasses.asdict(self.smtp).items() if value},
            },
            "launcher": {"kind": "local", "local": {"state": str(self.state)}},
            "projects": [
                {
                    "client": self.client,
                    "project": self.project,
                    "repository": self.repository,
                    "addresses": [self.address],
                    "owners": list(self.owners),
                    "agent": dict(self.agent),
                }
            ],
        }

    def config(self) -> loading.Config:
        """The configuration, validated. Raises `errors.ConfigError`."""
        return loading.parse(self.settings(), source="these answers")


def toml(settings: Mapping[str, Any]) -> str:
    """Settings as TOML. Strings are written as JSON writes them, which TOML reads the same."""
    return "# Written by hermes setup. Every other setting is in config/hermes.example.toml.\n" + "".join(
        _tables(settings, ())
    )


def write(file: Path, settings: Mapping[str, Any]) -> None:
    """Write the file whole or not at all, for its owner alone: passwords are in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(toml(settings))
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)


def _tables(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {name: value for name, value in values.items() if not _is_table(name, value)}
    lines = [f"\n[{'.'.join(path)}]\n"] if path and plain else []
    lines += [f"{name} = {_value(value)}\n" for name, value in plain.items()]
    for name, value in values.items():
        if name == "projects":
            for each in value:
                lines.append("\n[[projects]]\n")
                lines += [f"{key} = {_value(one)}\n" for key, one in each.items()]
        elif _is_table(name, value):
            lines += _tables(value, (*path, name))
    return lines


def _is_table(name: str, value: Any) -> bool:
    return isinstance(value, Mapping) or name == "projects"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
