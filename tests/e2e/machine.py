"""`hermes up` as a subprocess over a folder, with a mailbox in the test's own process."""

from __future__ import annotations

import asyncio
import contextlib
import email.message
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from hermes.launch import processes
from hermes.local import letter, project
from hermes.local.mailbox import DemoMailbox

ADDRESS, PERSON = "site@hermes.test", "anna@people.test"
START_SECONDS = 60.0
REPLY_SECONDS = 90.0
STOP_SECONDS = 90.0
#: Writes what it is told into a file.
AGENT = "import pathlib, sys; pathlib.Path('note.txt').write_text(sys.stdin.read())"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Machine:
    """A folder with a configuration, a project and what `hermes up` keeps."""

    def __init__(self, folder: Path, mailbox: DemoMailbox) -> None:
        self.folder = folder
        self.mailbox = mailbox
        self.state = folder / "state"
        self.port = free_port()
        self.config = folder / "hermes.toml"
        self.process: asyncio.subprocess.Process | None = None
        self.log = folder / "up.log"
        self.up = self.command("up")
        self.environment = dict(os.environ)
        self.sent: dict[str, bytes] = {}
        """The mails, by their Message-IDs."""
        project.create(folder / "project.git")
        self.write_config(mailbox.port)

    def write_config(self, replies_port: int) -> None:
        agent = json.dumps([sys.executable, "-I", "-c", AGENT])
        self.config.write_text(
            f"""
            [smtp_ingress]
            enabled = true
            port = {self.port}
            trust_loopback = true
            [mail]
            domain = "hermes.test"
            rate_limit = false
            [mail.smtp]
            host = "127.0.0.1"
            port = {replies_port}
            security = "none"
            [launcher.local]
            state = "{self.state}"
            [timing]
            poll = 2
            sweep = 0.5
            accepted = 5
            running = 10
            heartbeat_stale = 20
            acknowledge = 0
            [gateway]
            collect_seconds = 0
            log_format = "text"
            [[projects]]
            client = "demo"
            project = "site"
            repository = "{self.folder / "project.git"}"
            default_branch = "main"
            addresses = ["{ADDRESS}"]
            owners = ["@people.test"]
            agent = {{ kind = "command", argv = {agent} }}
            """
        )

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "hermes", *words, "--config", str(self.config)]

    async def start(self) -> None:
        """Start it and wait until it takes mail."""
        notify = self.folder / "notify"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told, self.log.open("ab") as log:
            told.bind(str(notify))
            told.setblocking(False)
            self.process = await asyncio.create_subprocess_exec(
                *self.up, stdout=log, stderr=log, env={**self.environment, "NOTIFY_SOCKET": str(notify)}
            )
            ended = asyncio.create_task(self.process.wait())
            said = asyncio.create_task(asyncio.get_running_loop().sock_recv(told, 100))
            await asyncio.wait([ended, said], timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            ended.cancel()
            assert said.done(), self.log.read_text()
            assert said.result() == b"READY=1"

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()

    def part(self, name: str) -> int:
        """The process of a part: `emulator_child` or `up_gateway`."""
        assert self.process is not None
        for pid in processes.descendants(self.process.pid):
            with contextlib.suppress(OSError):
                if name.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
        raise AssertionError(f"there is no {name}:\n{self.log.read_text()}")

    def workers(self) -> list[int]:
        """The pids of live workers, by their records."""
        records = [json.loads(file.read_bytes()) for file in (self.state / "tasks").glob("*.json")]
        return [record["pid"] for record in records if processes.birth(record["pid"]) == record["birth"]]

    async def send(self, text: str, *, in_reply_to: str | None = None) -> str:
        message_id, raw = letter.write(sender=PERSON, to=ADDRESS, subject="Work", text=text, in_reply_to=in_reply_to)
        self.sent[message_id] = raw
        await self.send_again(raw)
        return message_id

    async def send_again(self, raw: bytes) -> None:
        """Hand over a mail that was written before."""
        await letter.send(raw, sender=PERSON, to=ADDRESS, host="127.0.0.1", port=self.port)

    async def reply(self, message_id: str) -> email.message.Message:
        try:
            return await self.mailbox.wait_for(lambda m: m["In-Reply-To"] == message_id, REPLY_SECONDS)
        except Exception as error:
            raise AssertionError(f"{error}\n{self.log.read_text()[-6000:]}") from error

    def replies(self, message_id: str) -> int:
        return sum(m["In-Reply-To"] == message_id for m in self.mailbox.messages())

    def branches(self) -> list[str]:
        git = ["git", "-C", str(self.folder / "project.git"), "for-each-ref", "--format=%(refname:short)"]
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout.split()

    def file(self, branch: str, name: str) -> str:
        git = ["git", "-C", str(self.folder / "project.git"), "show", f"{branch}:{name}"]
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout

    async def run(self, *words: str) -> tuple[int, str]:
        """Another command of hermes: its status and all that it printed."""
        process = await asyncio.create_subprocess_exec(
            *self.command(*words), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(STOP_SECONDS):
            said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@contextlib.asynccontextmanager
async def machine(folder: Path) -> AsyncIterator[Machine]:
    """A machine that is not started; stopped at the end, whatever it does then."""
    mailbox = DemoMailbox(path=folder / "mailbox")
    await mailbox.start()
    made = Machine(folder, mailbox)
    try:
        yield made
    finally:
        if made.process is not None and made.process.returncode is None:
            try:
                await made.stop()
            except TimeoutError:
                made.process.kill()
                await made.process.wait()
        for pid in made.workers():
            os.kill(pid, signal.SIGKILL)
        await mailbox.close()
