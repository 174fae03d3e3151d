"""A newer mail of another thread goes first, with real workers and agents: what gives way is saved, waits, and goes on."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hermes.domain import trace
from tests.e2e.house import house, text_of
from tests.eventually import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

AGENT = """
    import os, pathlib, sys, time
    asked, page = sys.stdin.read(), pathlib.Path("slow.txt")
    if "phone" in asked:
        pathlib.Path("phone.txt").write_text("done")
    elif page.exists():
        page.write_text(page.read_text() + " and done")
    else:
        page.write_text("so far")
        os.write(3, b'{"progress": "half"}\\n')
        time.sleep(600)
"""


async def test_the_newest_mail_of_a_person_goes_first_and_the_older_goes_on_after_it(tmp_path: Path) -> None:
    script = tmp_path / "agent.py"
    script.write_text(textwrap.dedent(AGENT), encoding="utf-8")
    agent = {"kind": "command", "argv": [sys.executable, "-I", str(script)]}
    scope = {"agent": agent, "interrupt_scope": "container"}
    async with house(tmp_path, project_settings=scope, gateway={"collect_seconds": 0}) as hermes:
        old = await hermes.send("Rework the whole page")
        await eventually(lambda: any("half" in event.text for event in hermes.events), seconds=60)
        new = await hermes.send("Fix the phone number")

        assert "Done." in text_of(await hermes.reply(new))
        aside = " ".join(text_of(await hermes.reply(old)).split())
        assert "“Fix the phone number”, in another conversation, is worked on first." in aside
        done = await hermes.mailbox.wait_for(
            lambda mail: mail["In-Reply-To"] == old and "Done." in text_of(mail), seconds=60
        )
        assert "put aside for a while" in " ".join(text_of(done).split())

        (record,) = await hermes.recorded(old)
        found = await hermes.gateway.records.commands.get(record.command_id or "")
        assert found is not None
        branch = f"thread-{found.session_id.rsplit('-', 1)[-1]}"
        assert _git(hermes.repository, "show", f"{branch}:slow.txt") == "so far and done"
        subjects = _git(hermes.repository, "log", "--format=%s", branch).splitlines()
        assert subjects[:2] == ["Rework the whole page", "Partial work: Rework the whole page"]
        assert (found.attempt, found.preempted, found.let_go) == (2, 1, 1)
    # The worker's own log says of each line whose mail it is about.
    lines = [json.loads(line) for log in tmp_path.rglob("*.log") for line in _json_lines(log)]
    about = [line for line in lines if line.get("command_id") == found.command_id]
    assert {"command.started", "command.interrupt", "command.stopped", "command.reported"} <= {
        line["action"] for line in about
    }
    assert {line.get("trace_id") for line in about} == {trace.of_mail(record.mail_id)}


def _git(repository: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True, text=True).stdout


def _json_lines(log: Path) -> list[str]:
    return [line for line in log.read_text(errors="replace").splitlines() if line.startswith("{")]
