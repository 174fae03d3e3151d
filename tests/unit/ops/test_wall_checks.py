"""What `hermes check` says of the walls on this machine."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes.config import loading as config
from hermes.local.emulator import Emulator
from hermes.ops import wall_checks
from hermes.ops.findings import Found
from hermes.process import privacy


def conf(**sections: Any) -> config.Config:
    return config.parse(sections)


async def lines(found: config.Config, environ: dict[str, str], file: Path | None = None) -> dict[str, Found]:
    return {one.name: one for one in await wall_checks.run(found, environ, file)}


async def test_an_ordinary_user_is_told_that_agents_are_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = await lines(conf(), {})
    assert "the same as Hermes' own (1000)" in found["agents' user"].text
    assert "HERMES_WORKER_AGENT_USER=20000" in found["agents' user"].todo
    assert not (await lines(conf(), {"HERMES_WORKER_AGENT_USER": "20000"}))["agents' user"].ok


async def test_root_is_told_to_give_agents_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "an agent can do everything" in (await lines(conf(), {}))["agents' user"].text
    walled = (await lines(conf(), {"HERMES_WORKER_AGENT_USER": "20000"}))["agents' user"]
    assert walled.ok
    assert "a different one" in walled.text


@pytest.mark.parametrize(("closed", "words"), [(True, "are closed to agents"), (False, "can read the environment")])
async def test_processes_are_called_closed_only_where_they_are(
    monkeypatch: pytest.MonkeyPatch, closed: bool, words: str
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(privacy, "closed", lambda: closed)
    assert words in (await lines(conf(), {}))["processes"].text


async def test_a_configuration_file_that_everybody_can_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "hermes.toml"
    file.write_text("")
    file.chmod(0o644)
    assert f"chmod 600 {file}" in (await lines(conf(), {}, file))["configuration file"].todo
    file.chmod(0o600)
    assert "and so by agents" in (await lines(conf(), {"HERMES_CONFIG": str(file)}))["configuration file"].text


async def test_the_credential_helper_and_mail_of_this_machine_are_told() -> None:
    open_door = conf(smtp_ingress={"enabled": True, "trust_loopback": True})
    found = await lines(open_door, {"HERMES_WORKER_CREDENTIAL_HELPER": "store"})
    assert "uses the credential helper" in found["git credentials"].text
    assert "can send mail as anybody" in found["mail from this machine"].text
    assert "has no credential helper" in (await lines(conf(), {}))["git credentials"].text


class _Open(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def open_emulator() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Open) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


async def test_an_emulator_that_answers_everybody_is_told_from_one_that_asks_for_its_key(
    open_emulator: str, tmp_path: Path
) -> None:
    told = (await lines(conf(aws={"endpoint_url": open_emulator}), {}))["emulator"]
    assert "answers every caller" in told.text
    async with Emulator(state=tmp_path, environment=os.environ) as emulator:
        keyed = (await lines(conf(aws={"endpoint_url": emulator.endpoint_url}), {}))["emulator"]
    assert (keyed.ok, keyed.text) == (True, "answers only requests with its key")
    gone = (await lines(conf(aws={"endpoint_url": emulator.endpoint_url}), {}))["emulator"]
    assert not gone.ok


async def test_with_workers_in_ecs_the_walls_are_elsewhere() -> None:
    ecs = {"kind": "ecs", "ecs": {"cluster": "c", "task_definition": "t", "subnets": ["subnet-1"]}}
    assert await lines(conf(launcher=ecs), {}) == {}
