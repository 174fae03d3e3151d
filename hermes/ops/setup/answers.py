"""What the wizard learns, and the configuration that follows from it."""

from __future__ import annotations

import dataclasses
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
    oauth: Mapping[str, str] | None = dataclasses.field(default=None, repr=False)
    """In place of a password."""

    def settings(self) -> dict[str, Any]:
        """What is set of it, as plain values."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value}


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
            "imap_ingress": {"enabled": True, **self.imap.settings(), "address": self.address, **border},
            "authentication": {"ses_receipts": False},
            "mail": {
                "domain": domain,
                "smtp": self.smtp.settings(),
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
