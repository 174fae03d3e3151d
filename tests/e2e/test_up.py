"""`hermes up`: one machine under one process; each part is killed, and what was acknowledged is answered once."""

from __future__ import annotations

import asyncio
import functools
import os
import shutil
import signal
import smtplib
import socket
from pathlib import Path

from hermes.launch import processes
from tests.e2e.machine import machine
from tests.eventually import eventually


async def test_it_survives_the_death_of_each_part_and_of_itself(tmp_path: Path) -> None:
    async with machine(tmp_path) as one:
        await one.start()
        first = await one.send("Write one.")
        await one.reply(first)

        code, said = await one.run("up")
        assert code == 3
        assert "another Hermes" in said

        code, said = await one.run("--up", str(one.state), "mail", "list")
        if os.geteuid() == 0:
            assert code == 0, said
            assert "command" in said
        else:
            assert "only root" in said

        # A new project, and a hangup: the gateway goes on as it is, and takes mail for it.
        assert not await _takes(one.port, "docs@hermes.test")
        (tmp_path / "projects.d").mkdir()
        text = one.config.read_text()
        given = text[text.index("[[projects]]") :].replace('"site"', '"docs"').replace("site@", "docs@")
        (tmp_path / "projects.d" / "docs.toml").write_text(given)
        assert one.process is not None
        gateway = one.part("up_gateway")
        one.process.send_signal(signal.SIGHUP)
        await eventually(lambda: _takes(one.port, "docs@hermes.test"), seconds=60)
        assert one.part("up_gateway") == gateway

        for part in ("emulator_child", "up_gateway"):
            pid = one.part(part)
            birth = processes.birth(pid)
            os.kill(pid, signal.SIGKILL)
            await eventually(functools.partial(_ended, pid, birth), seconds=10)
            await eventually(lambda: _takes_mail(one.port), seconds=60)
            again = await one.send(f"Write after {part}.", in_reply_to=first)
            await one.reply(again)

        # A mail that has its 250, and then the machine is gone: its parts end with it.
        late = await one.send("Write the last one.", in_reply_to=first)
        births = {pid: processes.birth(pid) for pid in (one.part("emulator_child"), one.part("up_gateway"))}
        assert one.process is not None
        one.process.kill()
        for pid in one.workers():
            os.kill(pid, signal.SIGKILL)
        await one.process.wait()
        await eventually(lambda: all(processes.birth(pid) != birth for pid, birth in births.items()), seconds=60)
        await one.start()
        await one.reply(late)
        # The answered thread went on: there is one session.
        assert len(one.branches()) == 2

        assert one.workers()
        assert await one.stop() == 0
        assert one.workers() == []
        assert one.replies(late) == 1
        assert one.replies(first) == 1


async def test_a_backup_of_a_running_machine_goes_on_elsewhere_beside_mails_that_came_after_it(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    async with machine(tmp_path / "here") as here, machine(tmp_path / "there") as there:
        await here.start()
        first = await here.send("Write one.")
        await here.reply(first)
        code, said = await here.run("backup", str(tmp_path / "backup.db"))
        assert code == 0, said
        assert "checked" in said
        late = await here.send("Write late.")
        await here.reply(late)
        assert await here.stop() == 0
        branches = here.branches()
        shutil.rmtree(there.folder / "project.git")
        shutil.copytree(here.folder / "project.git", there.folder / "project.git")

        code, said = await there.run("restore", str(tmp_path / "backup.db"))
        assert code == 0, said
        await there.start()
        code, said = await there.run("restore", str(tmp_path / "backup.db"))
        assert code == 3
        assert "stop it first" in said
        # Both are marked as unread, and come again: the backup knows the first, and what the other asked for is pushed already.
        for mail in (first, late, late):
            await there.send_again(here.sent[mail])
        again = await there.send("Write two.", in_reply_to=first)
        await there.reply(again)
        await there.reply(late)
        assert there.branches() == branches
        assert (there.replies(first), there.replies(late), there.replies(again)) == (0, 1, 1)


def _ended(pid: int, birth: str | None) -> bool:
    return processes.birth(pid) != birth


async def _takes(port: int, address: str) -> bool:
    """Whether mail for an address is taken now."""

    def asked() -> bool:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
            client.helo("people.test")
            client.mail("anna@people.test")
            return client.rcpt(address)[0] == 250

    return await asyncio.to_thread(asked)


def _takes_mail(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as line:
            return line.recv(3) == b"220"
    except OSError:
        return False
