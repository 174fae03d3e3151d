"""Which deployment a command is about: what is named, or else what runs in the folder."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from hermes.cli.console import deployment
from hermes.config import loading
from hermes.local.operator_socket import OperatorSocket


def running() -> loading.Config:
    return loading.parse(
        {
            "prefix": "tried",
            "aws": {"endpoint_url": "http://127.0.0.1:9", "access_key": "access", "secret_key": "secret"},
            "launcher": {"local": {"state": "/srv/state"}},
            "projects": [
                {
                    "client": "demo",
                    "project": "site",
                    "repository": "/srv/project.git",
                    "addresses": ["site@hermes.test"],
                    "owners": ["@people.test"],
                    "agent": {"kind": "command", "argv": ["/bin/true", "a b"]},
                    "limits": {"wall_seconds": 600},
                }
            ],
        }
    )


async def test_what_runs_in_the_folder_is_found_with_all_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HERMES_")]:
        monkeypatch.delenv(name)
    with tempfile.TemporaryDirectory(prefix="hermes-") as folder:
        monkeypatch.chdir(folder)
        Path(".hermes").mkdir()
        users = frozenset({os.getuid()})
        operators = OperatorSocket(Path(".hermes"), lambda: loading.as_environment(running()), users=users)
        await operators.start()
        found = await asyncio.to_thread(deployment.settings, None)
        monkeypatch.setenv("HERMES_PREFIX", "named")
        named = await asyncio.to_thread(deployment.settings, None)
        await operators.stop()
        monkeypatch.chdir("/")

    assert found == running()
    assert (named.prefix, named.projects) == ("named", ())


def test_the_audit_names_the_account_behind_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "olga")

    assert deployment.operator().name.startswith("olga@")
    assert deployment.operator().operates
