"""What a worker on this machine gets: its own project's secrets, and what the operator has set for all workers."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.app import launchers as launching
from hermes.aws import clients
from hermes.config import loading as config
from hermes.domain.containers import LaunchRequest, QueueSet
from hermes.launch import handover, processes
from hermes.launch.local import LocalLauncher
from hermes.worker.config import WorkerConfig
from tests import env
from tests.eventually import eventually

EXAMPLE = Path(__file__).parents[3] / "config" / "hermes.example.toml"
NO_CLIENTS: Any = None


def conf(tmp_path: Path, **sections: Any) -> config.Config:
    def project(client: str, *env: str) -> dict[str, Any]:
        return {
            "client": client,
            "project": "site",
            "repository": "/srv/site.git",
            "addresses": [f"{client}@agent.example.com"],
            "owners": ["@people.test"],
            "agent": {"kind": "claude", "env": list(env)},
        }

    return config.parse(
        {
            "launcher": {"local": {"state": str(tmp_path)}},
            "projects": [project("acme", "ACME_KEY"), project("other", "OTHER_KEY", "SHARED_KEY")],
            "mail": {"smtp": {"username": "hermes", "password": "smtp-password"}},
            **sections,
        }
    )


def request(key: str = "acme#site#anna", gen: int = 1) -> LaunchRequest:
    return LaunchRequest(container_key=key, gen=gen, token="t", environment={})


ENVIRON = {
    "PATH": "/bin",
    "ACME_KEY": "a",
    "OTHER_KEY": "o",
    "SHARED_KEY": "s",
    "HERMES_MAIL__SMTP__PASSWORD": "smtp-password",
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "key",
    "AWS_SESSION_TOKEN": "session",
    "HERMES_GIT_TOKEN": "git",
    "https_proxy": "http://name:password@proxy:3128",
}


def test_a_worker_gets_the_keys_of_its_own_project_and_never_the_gateways(tmp_path: Path) -> None:
    shared = {name: ENVIRON[name] for name in (*launching._AWS_SECRETS, "HERMES_GIT_TOKEN", "https_proxy")}
    made = conf(tmp_path)
    assert launching.secrets(made, request(), ENVIRON) == {**shared, "ACME_KEY": "a"}
    assert launching.secrets(made, request("other#site#anna"), ENVIRON) == {
        **shared,
        "OTHER_KEY": "o",
        "SHARED_KEY": "s",
    }
    assert launching.secrets(made, request("gone#site#anna"), ENVIRON) == shared


def test_an_emulators_key_goes_before_the_environments_and_not_under_a_name_that_git_is_given(tmp_path: Path) -> None:
    found = launching.secrets(conf(tmp_path, aws={"access_key": "A", "secret_key": "S"}), request(), ENVIRON)
    assert (found["HERMES_WORKER_ACCESS_KEY"], found["HERMES_WORKER_SECRET_KEY"]) == ("A", "S")
    assert not [name for name in found if name.startswith("AWS_")]
    assert clients.keys(found, access_key="A", secret_key="S") == {"access_key": "A", "secret_key": "S"}
    assert clients.keys(ENVIRON) == {"access_key": "id", "secret_key": "key", "session_token": "session"}
    assert clients.keys({"AWS_ACCESS_KEY_ID": "id"}) == {}


def test_each_worker_has_a_control_token_of_its_own_where_the_control_has_a_secret(tmp_path: Path) -> None:
    made = conf(tmp_path, web={"control_secret": "x" * 32})
    tokens = {
        launching.secrets(made, request(key, gen), {})[launching.CONTROL_TOKEN]
        for key in ("acme#site#anna", "other#site#anna")
        for gen in (1, 2)
    }
    assert len(tokens) == 4
    assert launching.control_token("x" * 32, "acme#site#anna", 1) in tokens
    assert "x" * 32 not in "".join(tokens)
    assert launching.CONTROL_TOKEN not in launching.secrets(conf(tmp_path), request(), {})


def test_no_secret_is_in_a_workers_environment(tmp_path: Path) -> None:
    made = launching.launcher(conf(tmp_path), NO_CLIENTS, env=env.quiet(), environ=ENVIRON)
    assert isinstance(made, LocalLauncher)
    assert made.pool._environment == {"PATH": "/bin", "LANG": "C.UTF-8"}


def test_every_setting_of_a_worker_is_told_by_the_launcher_or_may_be_set_for_all() -> None:
    told = launching.worker_environment(config.load(EXAMPLE, {}))
    queues = QueueSet(
        container_key="a", input_url="i", interrupts_url="x", output_url="o", created_at=0, last_used_at=0
    )
    project = config.load(EXAMPLE, {}).projects[0]
    names = {name.removeprefix("HERMES_WORKER_") for name in told("a#b#c", project, queues, 1)}
    assert names <= launching._TOLD
    assert {name.upper() for name in WorkerConfig.model_fields} >= launching._TOLD


def test_what_is_set_for_all_workers_reaches_them(tmp_path: Path) -> None:
    given = {"HERMES_WORKER_CREDENTIAL_HELPER": "store", "HERMES_WORKER_LOG_LEVEL": "DEBUG"}
    made = launching.launcher(conf(tmp_path), NO_CLIENTS, env=env.quiet(), environ={**ENVIRON, **given})
    assert isinstance(made, LocalLauncher)
    assert {name: made.pool._environment[name] for name in given} == given


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"HERMES_WORKER_GEN": "3"}, "HERMES_WORKER_GEN is set for each worker by itself"),
        ({"HERMES_WORKER_CONTROL_TOKEN": "x" * 40}, "HERMES_WORKER_CONTROL_TOKEN is set for each worker by itself"),
        ({"HERMES_WORKER_CREDENTIAL_HELPR": "store"}, "did you mean HERMES_WORKER_CREDENTIAL_HELPER"),
        ({"HERMES_WORKER_LADDER": "fast"}, "HERMES_WORKER_LADDER"),
    ],
)
def test_what_cannot_be_set_for_all_workers_is_refused_at_the_start(
    tmp_path: Path, given: dict[str, str], words: str
) -> None:
    with pytest.raises(errors.ConfigError, match=words):
        launching.launcher(conf(tmp_path), NO_CLIENTS, env=env.quiet(), environ={**ENVIRON, **given})


def test_what_would_reach_no_worker_in_ecs_is_said_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ecs = {"kind": "ecs", "ecs": {"cluster": "c", "task_definition": "t", "subnets": ["s"], "security_groups": ["g"]}}
    given = {"HERMES_WORKER_LOG_LEVEL": "DEBUG", "HERMES_WORKER_AGENT_USER": ""}

    no_clients: Any = types.SimpleNamespace(ecs=None)
    launching.launcher(conf(tmp_path, launcher=ecs), no_clients, env=env.quiet(), environ={**ENVIRON, **given})

    (record,) = caplog.records
    assert record.getMessage().startswith("HERMES_WORKER_LOG_LEVEL in the gateway's environment reaches no worker")


def test_another_user_for_agents_needs_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(errors.ConfigError, match="only where Hermes is started as root; start it as root, or take"):
        launching.launcher(conf(tmp_path), NO_CLIENTS, env=env.quiet(), environ={"HERMES_WORKER_AGENT_USER": "10001"})


def test_another_user_for_agents_must_be_able_to_come_to_its_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    tmp_path.chmod(0o700)
    with pytest.raises(errors.ConfigError, match=r"cannot pass through .* name a folder such as /var/lib/hermes"):
        launching.launcher(
            conf(tmp_path / "state"), NO_CLIENTS, env=env.quiet(), environ={"HERMES_WORKER_AGENT_USER": "10001"}
        )


async def test_secrets_go_through_a_socket_once_the_worker_asks(tmp_path: Path) -> None:
    """The worker's environment and command line have none of them; a worker that asks gets its own."""
    program = (
        "import json, os, sys; from hermes.launch import handover; "
        "print(json.dumps(sorted(os.environ)), 's3cret' in str(os.environ)); "
        "print(handover.take(os.environ)['API_KEY'], handover.SECRETS_FD in handover.take({}), flush=True)"
    )
    root = Path(__file__).parents[3]
    launcher = LocalLauncher(
        env=env.quiet(),
        state=tmp_path,
        argv=[sys.executable, "-c", program],
        environment={"PATH": "/bin", "PYTHONPATH": str(root)},
        secrets=lambda request: {"API_KEY": f"s3cret of {request.container_key}"},
    )
    await launcher.run(request())
    try:
        log = tmp_path / "tasks" / "t.log"
        await eventually(lambda: "s3cret of" in log.read_text())
        said = log.read_text().splitlines()
        assert said[0].endswith("False")
        assert said[1] == "s3cret of acme#site#anna False"
    finally:
        await launcher.close(5.0)


def test_a_worker_whose_launcher_has_ended_says_so() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with pytest.raises(errors.StepFailed, match="ended before it sent a claim"):
        handover.take({handover.SECRETS_FD: str(theirs.detach())})


def test_a_worker_that_was_started_otherwise_has_its_secrets_in_its_environment() -> None:
    assert handover.take({"API_KEY": "k"}) == {"API_KEY": "k"}


TIED_WORKER = """
import asyncio, os, subprocess, sys
from hermes.launch import handover, processes

async def main():
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    handover.watch(environ, lambda: print("stopping", flush=True), seconds=0.2)
    print("pids", os.getpid(), child.pid, flush=True)
    await asyncio.sleep(600)

environ = handover.take(os.environ)
asyncio.run(main())
"""
TYING_LAUNCHER = """
import asyncio, sys
from pathlib import Path
from hermes.domain.containers import LaunchRequest
from hermes.launch.local import LocalLauncher
from tests import env

async def main(state, worker, path):
    launcher = LocalLauncher(
        env=env.quiet(), state=Path(state), argv=[sys.executable, "-c", worker], environment={"PATH": "/bin:/usr/bin", "PYTHONPATH": path}
    )
    if tied:
        launcher.tie()
    await launcher.run(LaunchRequest(token="t", container_key="acme#site#anna", gen=1, environment={}))
    print("started", flush=True)
    await asyncio.sleep(600)

tied = sys.argv[4] == "tied"
asyncio.run(main(*sys.argv[1:4]))
"""


@pytest.mark.parametrize("tied", ["tied", "left"])
async def test_a_tied_worker_ends_with_its_launcher_with_all_that_stems_from_it(tmp_path: Path, tied: str) -> None:
    root = str(Path(__file__).parents[3])
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", TYING_LAUNCHER, str(tmp_path), TIED_WORKER, root, tied),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": root},
        stdin=asyncio.subprocess.DEVNULL,
    )
    log = tmp_path / "tasks" / "t.log"
    await eventually(lambda: log.exists() and "pids" in log.read_text())
    pids = [int(word) for word in log.read_text().split() if word.isdigit()]
    births = [processes.birth(pid) for pid in pids]
    try:
        launcher.kill()
        await launcher.wait()
        if tied == "tied":
            await eventually(lambda: not any(processes.birth(pid) for pid in pids))
            assert "stopping" in log.read_text()
        else:
            assert None not in births
            assert [processes.birth(pid) for pid in pids] == births
    finally:
        for pid in pids:
            processes.send(pid, signal.SIGKILL)
