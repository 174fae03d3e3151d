"""The configuration of `hermes demo` and `hermes dev`: everything on this machine, with the short timings that an emulator allows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hermes.config import loading as config
from hermes.local import agent
from hermes.local.signature import Key

ADDRESS = "site@hermes.test"
"""Whom one writes to."""
PERSON = "anna@people.test"
"""Who writes."""
REGION = "eu-central-1"


def build(
    *,
    state: Path,
    endpoint_url: str,
    key: Key,
    repository: Path,
    replies_port: int,
    port: int = 0,
    agent_name: str = "demo",
) -> config.Config:
    """The configuration over an emulator (its address and key) and a mailbox that run already. `agent_name`: `demo` or `claude`."""
    return config.parse(
        {
            "prefix": "hermes",
            "aws": {
                "region": REGION,
                "endpoint_url": endpoint_url,
                "bucket": "hermes-mail",
                "access_key": key.access,
                "secret_key": key.secret,
            },
            "smtp_ingress": {"enabled": True, "host": "127.0.0.1", "port": port, "trust_loopback": True},
            # Nothing comes by SES here: whoever could write to the queue would be believed whatever a notification of it says.
            "authentication": {"ses_receipts": False},
            "mail": {
                "domain": "hermes.test",
                # A person plays here, and answers come as fast as they like.
                "rate_limit": False,
                "smtp": {"host": "127.0.0.1", "port": replies_port, "security": "none"},
            },
            "launcher": {"kind": "local", "local": {"state": str(state)}},
            "timing": {
                # A poll is never cut short: this is how long a stop waits for one.
                "poll": 2,
                "sweep": 0.5,
                "accepted": 5,
                "running": 10,
                "interrupt": 3,
                "interrupt_give_up": 60,
                "orphans": 10,
            },
            # Nobody writes in storms here, and whoever tries it out should not wait.
            "gateway": {"collect_seconds": 0, "log_format": "text", "log_level": "WARNING"},
            "projects": [
                {
                    "client": "demo",
                    "project": "site",
                    "repository": str(repository),
                    "default_branch": "main",
                    "addresses": [ADDRESS],
                    "owners": ["@people.test"],
                    "agent": _agent(agent_name),
                    "limits": {"wall_seconds": 600},
                }
            ],
        },
        source="the embedded default",
    )


def _agent(name: str) -> dict[str, Any]:
    if name == "claude":
        return {"kind": "claude", "env": ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"]}
    # By its path: the agent's environment knows nothing of how Hermes was installed.
    return {"kind": "command", "argv": [sys.executable, "-I", str(Path(agent.__file__).absolute())]}
