"""Hermes as a person uses it: commands in a subprocess, mail over SMTP, replies from the mailbox, commits from the repository."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hermes.launch import processes
from tests.e2e import dev as running_dev
from tests.eventually import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def hermes(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hermes", *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=150, check=False, env=env)


async def _branch_after(dev: running_dev.Dev, asked: str) -> str:
    """The branch, once the mail is answered."""
    await dev.reply(asked)
    return dev.branch()


def begun(line: str) -> bool:
    """The slow request's agent has begun to edit."""
    return "Writing the section" in line


def test_the_demo_shows_the_whole_way_as_json(tmp_path: Path) -> None:
    done = hermes("demo", "--json", env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(done.stdout)
    assert shown["ok"] is True
    assert shown["seconds"] > 0
    names = [moment["name"] for moment in shown["timeline"]]
    for name in (
        "mail.command", "container.launching", "command.sent", "command.progress", "command.interrupting",
        "command.interrupted", "command.succeeded", "reply.sent",
    ):  # fmt: skip
        assert name in names, name
    interrupted, finished = shown["replies"]
    assert interrupted["in_reply_to"] != finished["in_reply_to"]
    assert "What was done until then is saved." in interrupted["text"]
    assert "Hello from Hermes" in finished["text"]
    assert shown["branch"] not in finished["text"]
    subjects = [commit["subject"] for commit in shown["commits"]]
    assert subjects[0].startswith("Please update the homepage title")
    assert any(subject.startswith("Partial work: Rework the whole page") for subject in subjects)
    assert running_dev.processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dev(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[running_dev.Dev]:
    """A `hermes dev` for those that leave it as it was; nothing of it is left when it has stopped."""
    folder = tmp_path_factory.mktemp("dev")
    async with running_dev.dev(folder / "state") as dev:
        yield dev
        assert await dev.stop() == 0
    assert running_dev.processes_of(folder) == []


together, in_one_loop = pytest.mark.together, pytest.mark.asyncio(loop_scope="module")


@together
@in_one_loop
async def test_a_mail_becomes_a_commit_and_a_threaded_reply(dev: running_dev.Dev) -> None:
    before = dev.branches()
    asked = await dev.send("Please update the homepage title to 'Fresh bread'\n\nAnna")
    reply = await dev.reply(asked)
    branch = dev.branch(before)
    assert "<title>Fresh bread</title>" in dev.show(branch, "index.html")
    commit = dev.log(branch)[0]
    assert commit["author"] == "Anna Example"
    assert commit["sha"][:10] not in running_dev.text_of(reply), "nothing technical"
    assert reply["Subject"] == "Re: Our website"
    assert asked in reply["References"]
    assert reply["Auto-Submitted"] == "auto-replied"
    assert [p.get_content_type() for p in reply.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "index.html" in running_dev.text_of(reply)

    answered = await dev.send("Please update the homepage title to 'Cake'", in_reply_to=reply["Message-ID"])
    await dev.reply(answered)
    assert dev.branch(before) == branch
    assert "<title>Cake</title>" in dev.show(branch, "index.html")
    assert len(dev.replies(asked)) == len(dev.replies(answered)) == 1


async def test_a_restart_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with running_dev.dev(state) as dev:
        first = await dev.send("Please update the homepage title to 'Before'")
        branch = await _branch_after(dev, first)
        slow = await dev.send("Rework the whole page", in_reply_to=first)
        await dev.says(begun, 60)
        assert await dev.stop(signal.SIGTERM) == 0
    assert running_dev.processes_of(tmp_path) == []
    assert dev.replies(slow) == []
    async with running_dev.dev(state) as dev:
        reply = await dev.reply(slow, 90)
        assert dev.branch() == branch
        assert "Newsletter" in dev.show(branch, "index.html"), "the rework was carried to its end"
        assert "<title>Before</title>" in dev.show(branch, "index.html")
        assert len(dev.replies(slow)) == 1
        last = await dev.send("Please update the homepage title to 'After'", in_reply_to=reply["Message-ID"])
        assert await _branch_after(dev, last) == branch


@together
@in_one_loop
async def test_stop_ends_the_work_and_keeps_it(dev: running_dev.Dev) -> None:
    said, before = len(dev.said), dev.branches()
    slow = await dev.send("Rework the whole page")
    await dev.says(begun, 60, after=said)
    word = await dev.send("stop\n\n> Rework the whole page\n", in_reply_to=slow)
    assert "You asked to stop" in running_dev.text_of(await dev.reply(slow))
    branch = dev.branch(before)
    assert any(c["subject"].startswith("Partial work") for c in dev.log(branch))
    nothing = await dev.send("stop", in_reply_to=word)
    assert await dev.reply(nothing)
    asked = await dev.send("status", in_reply_to=word)
    assert "Rework the whole page" in running_dev.text_of(await dev.reply(asked))
    assert dev.replies(word) == []


@together
@in_one_loop
async def test_two_people_work_in_one_thread_and_a_stranger_in_it_gets_nothing(dev: running_dev.Dev) -> None:
    said, before = len(dev.said), dev.branches()
    ben, eve = "Ben Baker <ben@people.test>", "eve@elsewhere.test"
    slow = await dev.send("Rework the whole page", cc=[ben, eve])
    await dev.says(begun, 60, after=said)
    hers = await dev.send("stop", sender=eve, cc=[dev.note.person], in_reply_to=slow)

    second = await dev.send(
        "Please update the homepage title to 'Two of us'", sender=ben, cc=[dev.note.person, eve], in_reply_to=slow
    )
    await dev.reply(second)
    first = await dev.reply(slow)

    branch = dev.branch(before)
    assert "<title>Two of us</title>" in dev.show(branch, "index.html")
    newest, partial, *_ = dev.log(branch)
    assert (newest["author"], partial["author"]) == ("Ben Baker", "Anna Example")
    assert partial["subject"].startswith("Partial work: Rework the whole page")
    text = " ".join(running_dev.text_of(first).split())
    assert "Anna Example wrote: “Rework the whole page”" in text
    assert "Ben Baker’s newer message" in text
    assert (first["To"], first["Cc"]) == (dev.note.person, "ben@people.test")
    await eventually(lambda: len(dev.replies(slow)) == len(dev.replies(second)) == 2)
    assert {(mail["To"], mail["Cc"]) for mail in dev.replies(second)} == {("ben@people.test", dev.note.person)}
    assert dev.replies(hers) == []


@together
@in_one_loop
async def test_send_waits_for_the_reply_and_shows_it(dev: running_dev.Dev) -> None:
    done = await asyncio.to_thread(
        hermes, "send", "--state", str(dev.state), "--wait", "Please update the homepage title to 'Sent'"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "index.html" in done.stdout
    wrong = await asyncio.to_thread(hermes, "send", "--state", str(dev.state), "--to", "nobody@hermes.test", "Hello")
    assert wrong.returncode == 1
    assert "nobody@hermes.test" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    again = await asyncio.to_thread(hermes, "dev", "--state", str(dev.state), "--port", "0")
    assert again.returncode == 3
    assert "another Hermes" in again.stderr


async def test_a_killed_dev_leaves_nothing_running_and_loses_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with running_dev.dev(state) as dev:
        slow = await dev.send("Rework the whole page")
        await dev.says(begun, 60)
        below = processes.descendants(dev.process.pid)
        born = {pid: processes.birth(pid) for pid in below}
        assert len(below) >= 3, "the emulator, the worker and the agent run"
        dev.process.send_signal(signal.SIGKILL)
        await dev.process.wait()
        # However it ended, nothing of it goes on: not the emulator, not the worker, not the agent.
        await eventually(lambda: [pid for pid in below if processes.birth(pid) == born[pid]] == [], seconds=90)
    assert running_dev.processes_of(tmp_path) == []
    async with running_dev.dev(state) as dev:
        await dev.reply(slow, 150)
        assert "Newsletter" in dev.show(dev.branch(), "index.html")
        assert len(dev.replies(slow)) == 1
    assert running_dev.processes_of(tmp_path) == []
