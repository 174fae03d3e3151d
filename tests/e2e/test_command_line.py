"""Every command says what it does, what is wrong, and exits with a code that means something."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.local.emulator import Emulator

pytestmark = pytest.mark.e2e


def hermes(
    *arguments: str, env: dict[str, str] | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess[str]:
    clean = {n: v for n, v in os.environ.items() if not n.startswith("HERMES_")}
    return subprocess.run(
        [sys.executable, "-m", "hermes", *arguments],
        capture_output=True, text=True, timeout=60, check=False, input=stdin, env={**clean, "COLUMNS": "200", **(env or {})},
    )  # fmt: skip


def test_a_command_has_help_with_an_example() -> None:
    """Of every command: `tests/unit/cli/test_main.py`."""
    done = hermes("mail", "explain", "--help")
    assert done.returncode == 0
    assert "Example:" in done.stdout


def test_a_wrong_configuration_is_one_sentence_and_exit_code_3(tmp_path: Path) -> None:
    path = tmp_path / "hermes.toml"
    path.write_text("[aws]\nregoin = 'eu-central-1'\n")
    done = hermes("serve", "--config", str(path))
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "regoin" in done.stderr
    assert "region" in done.stderr
    assert hermes("check", "--config", str(path)).returncode == 3
    missing = hermes("serve", "--config", str(tmp_path / "absent.toml"))
    assert (missing.returncode, missing.stderr.count("\n")) == (3, 1)
    nothing = hermes("serve")
    assert nothing.returncode == 3
    assert "[[projects]]" in nothing.stderr


def test_wrong_usage_is_exit_code_2() -> None:
    assert hermes("send").returncode == 2
    assert hermes("fly").returncode == 2


def test_a_worker_without_its_environment_says_what_is_missing() -> None:
    done = hermes("worker")
    assert done.returncode == 3
    assert "HERMES_WORKER_" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_agent_that_is_not_installed_is_said_before_anything_starts(tmp_path: Path) -> None:
    done = hermes("demo", "--agent", "claude", env={"PATH": str(tmp_path)})
    assert done.returncode == 3
    assert (
        done.stderr
        == "hermes: Claude Code is not installed: there is no program `claude`; leave --agent out to go without\n"
    )


def test_an_error_that_nobody_foresaw_is_one_sentence_with_its_trace_in_a_file(tmp_path: Path) -> None:
    code = "from hermes.cli import exits\nexits.leave_unforeseen(ValueError('of\\nseveral lines'))"
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=env, timeout=60
    )
    (trace,) = tmp_path.iterdir()
    assert done.returncode == 1
    assert (
        done.stderr == f"hermes: an error in Hermes itself (ValueError: of several lines); the details are in {trace}\n"
    )
    assert "ValueError" in trace.read_text()


def test_send_without_a_running_dev_says_what_to_do(tmp_path: Path) -> None:
    done = hermes("send", "--state", str(tmp_path), "Hello")
    assert done.returncode == 3
    assert "hermes dev" in done.stderr


def test_an_aws_that_cannot_be_reached_is_exit_code_4() -> None:
    nowhere = {"HERMES_AWS__ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    done = hermes("provision", env=nowhere)
    assert done.returncode == 4
    assert done.stderr.count("\n") == 1


async def test_provision_and_check_tell_the_operator_what_is_there(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "site.git")], check=True)  # noqa: ASYNC221
    async with Emulator(state=tmp_path / "aws", environment=os.environ) as emulator:
        project = {
            "client": "acme", "project": "site", "repository": str(tmp_path / "site.git"), "agent": {"kind": "patch"},
            "addresses": ["site@agent.example.com"], "owners": ["@acme.example"],
        }  # fmt: skip
        env = {
            "HERMES_AWS": json.dumps(
                {
                    "endpoint_url": emulator.endpoint_url,
                    "access_key": emulator.key.access,
                    "secret_key": emulator.key.secret,
                }
            ),
            "HERMES_PROJECTS": json.dumps([project]),
            "HERMES_MAIL__SMTP": json.dumps({"port": 9, "security": "none"}),
        }
        before = hermes("check", env=env)
        assert before.returncode == 1
        assert "✗ queues: " in before.stdout
        assert "hermes provision" in before.stdout
        made = hermes("provision", env=env)
        assert made.returncode == 0
        names = ResourceNames("hermes")
        tables = {f"table {names.table(noun)}: created" for noun in TABLES}
        shared = (names.inbound, names.strangers, names.unclaimed, names.parked, names.dead, names.dead_fifo)
        queues = {f"queue {name}: created" for name in shared}
        assert {*tables, *queues, "bucket hermes-mail: created"} == set(made.stdout.splitlines())
        again = hermes("provision", env=env)
        assert again.returncode == 0
        assert "created" not in again.stdout
        after = hermes("check", env=env)
        assert after.returncode == 1
        lines = [line for line in after.stdout.splitlines() if line.startswith("✗")]
        assert len(lines) == 1
        assert lines[0].startswith("✗ mail out: mail server 127.0.0.1:9: ")
        assert f"✓ tables: all {len(TABLES)} are there" in after.stdout
        assert "✓ bucket: hermes-mail is there" in after.stdout
        listed = hermes("mail", "list", env=env)
        assert (listed.returncode, listed.stdout.strip()) == (0, "no mail is recorded")
        bounced = hermes("mail", "replies", "--state", "bounced", env=env)
        assert (bounced.returncode, bounced.stdout.strip()) == (0, "no reply is bounced")
        unknown = hermes("mail", "replay", "nothing", env=env)
        assert unknown.returncode == 1
        assert "hermes mail list" in unknown.stderr
