"""What `hermes check` says of projects and ways in: each that cannot work is red, with what to do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hermes.config import loading as config
from hermes.ops import authserv_check, project_checks, way_checks
from hermes.ops.findings import Found
from tests.unit.ingress.imap.scripted_imap import Mail, ScriptedImap


def settings(repository: str, *, agent: dict[str, Any] | None = None, **more: Any) -> config.Config:
    branch = more.pop("default_branch", None)
    project = {
        "client": "acme",
        "project": "site",
        "repository": repository,
        "addresses": ["site@agent.example.com"],
        "owners": ["anna@example.org"],
        "agent": agent or {"kind": "patch"},
        **({"default_branch": branch} if branch else {}),
    }
    return config.parse({"projects": [project], **more})


def git(*words: str, cwd: Path) -> None:
    subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=cwd, check=True, capture_output=True
    )


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    path = tmp_path / "site.git"
    path.mkdir()
    git("init", "--quiet", "--initial-branch=main", cwd=path)
    git("commit", "--quiet", "--allow-empty", "-m", "x", cwd=path)
    return path


async def found(conf: config.Config, **environ: str) -> dict[str, Found]:
    return {one.name.partition(" of ")[0]: one for one in await project_checks.run(conf, {**os.environ, **environ})}


async def test_a_repository_that_opens_with_its_branch_is_green(origin: Path) -> None:
    one = (await found(settings(str(origin))))["repository"]
    assert (one.ok, one.text) == (True, "it opens; work begins from main")
    assert (await found(settings(str(origin), default_branch="main")))["repository"].ok


async def test_a_missing_repository_and_a_missing_branch_are_red(origin: Path, tmp_path: Path) -> None:
    gone = (await found(settings(str(tmp_path / "gone.git"))))["repository"]
    assert (gone.ok, "does not open" in gone.text) == (False, True)
    assert "projects.repository" in gone.todo
    branch = (await found(settings(str(origin), default_branch="mian")))["repository"]
    assert (branch.ok, branch.text) == (False, f"{origin} has no branch 'mian'; it has main")
    git("symbolic-ref", "HEAD", "refs/heads/other", cwd=origin)
    assert not (await found(settings(str(origin))))["repository"].ok


async def test_a_repository_without_a_commit_is_green(tmp_path: Path) -> None:
    git("init", "--quiet", "--bare", "empty.git", cwd=tmp_path)
    assert "no commit yet" in (await found(settings(str(tmp_path / "empty.git"))))["repository"].text


async def test_an_agent_or_its_key_that_is_missing_is_red(origin: Path) -> None:
    gone = await found(settings(str(origin), agent={"kind": "claude"}), PATH="/usr/bin:/bin:/nowhere")
    assert gone["agent"].text == "no program 'claude' on the PATH" or gone["agent"].ok
    other = {"kind": "command", "argv": ["no-such-agent"]}
    assert not (await found(settings(str(origin), agent=other)))["agent"].ok
    keyed = {"kind": "command", "argv": [sys.executable], "env": ["SITE_KEY"]}
    keyless = (await found(settings(str(origin), agent=keyed)))["agent"]
    assert (keyless.ok, "SITE_KEY is not set" in keyless.text) == (False, True)
    assert (await found(settings(str(origin), agent=keyed), SITE_KEY="x"))["agent"].ok


def test_a_port_that_another_program_has_is_red_and_named_by_its_setting() -> None:
    held = "import socket,sys,time; s=socket.create_server(('127.0.0.1',0)); print(s.getsockname()[1],flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", held], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        (one,) = way_checks.run(config.parse({"web": {"enabled": True, "port": port}}))
        other.kill()
    assert (one.name, one.ok) == ("port of web", False)
    assert one.text == f"web.port: another program listens on 127.0.0.1:{port} already"
    assert one.todo == "stop it, or choose another port"


def test_a_port_that_is_free_is_green() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (one,) = way_checks.run(config.parse({"smtp_ingress": {"enabled": True, "port": port}}))
    assert (one.ok, one.text) == (True, f"127.0.0.1:{port} is free")


def test_mail_that_nobody_vouches_for_is_red() -> None:
    given: dict[str, Any] = {"authentication": {"own_check": False}, "lmtp_ingress": {"enabled": True, "port": 0}}
    (one,) = way_checks.run(config.parse(given))
    assert (one.name, one.ok) == ("authors of lmtp_ingress", False)
    assert "lmtp_ingress.authserv_id" in one.todo
    given["lmtp_ingress"]["authserv_id"] = "mx.example.com"
    assert way_checks.run(config.parse(given)) == []


@pytest.mark.parametrize(
    ("configured", "ok", "said"),
    [
        ("mx.example.com", True, "as the newest mails show"),
        ("MX.example.com", True, "as the newest mails show"),
        ("mail.example.com", False, "the verdicts on the newest mails are by 'mx.example.com'"),
        (None, True, "the newest mails have verdicts of 'mx.example.com'"),
    ],
)
async def test_a_wrong_authserv_id_is_read_off_the_newest_mails(configured: str | None, ok: bool, said: str) -> None:
    lines = [
        "Received: from b by mx.example.com; Mon, 1 Jun 2026 10:00:00 +0000",
        "Authentication-Results: mx.example.com; dmarc=pass header.from=a.b",
        "Received: from a by b; Mon, 1 Jun 2026 10:00:00 +0000",
        "Received: from a by b; Mon, 1 Jun 2026 10:00:00 +0000",
        "Authentication-Results: forged.example.com; dmarc=pass header.from=a.b",
        "From: anna@people.test",
        "",
        "Hello",
        "",
    ]
    server = ScriptedImap({n: Mail("\r\n".join(lines).encode()) for n in range(1, 4)})
    async with server.listening():
        given = {
            "enabled": True,
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "username": "u",
            "password": "p",
            "address": "site@agent.example.com",
            **({"authserv_id": configured} if configured else {}),
        }
        conf = settings("https://git.example.com/x.git", imap_ingress=given).imap_ingress
        one = await authserv_check.check(conf)
    assert one is not None
    assert (one.ok, said in one.text) == (ok, True), json.dumps([one.text, one.todo])


def test_pictures_need_chromium_and_its_absence_is_said_and_no_failure(tmp_path: Path) -> None:
    publish = {"output": "dist", "prefix": "previews/{branch}"}
    project = settings("/srv/site.git").projects[0]
    shown = config.Project.model_validate({**project.model_dump(), "publish": publish})
    (absent,) = project_checks.pictures([shown], {"PATH": str(tmp_path)})
    assert absent.ok
    assert "no Chromium on the PATH, so replies of acme/site have none" in absent.text
    assert "Debian: chromium" in absent.todo
    (tmp_path / "chromium").write_text("#!/bin/sh\n")
    (tmp_path / "chromium").chmod(0o755)
    (found,) = project_checks.pictures([shown], {"PATH": str(tmp_path)})
    assert (found.ok, found.todo) == (True, "")
    assert project_checks.pictures([project], {"PATH": str(tmp_path)}) == []
