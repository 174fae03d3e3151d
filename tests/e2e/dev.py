"""`hermes dev` as a subprocess, and what a person beside it would do."""

from __future__ import annotations

import asyncio
import contextlib
import email.message
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from hermes.local import letter, mailbox, project, running

START_SECONDS = 60.0
REPLY_SECONDS = 60.0
STOP_SECONDS = 60.0


class Dev:
    """One running `hermes dev`; `said` collects the lines that it prints."""

    def __init__(self, state: Path, process: asyncio.subprocess.Process) -> None:
        self.state = state
        self.process = process
        self.said: list[str] = []
        self._news = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    @property
    def note(self) -> running.Running:
        return running.read(self.state)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(line.decode("utf-8", "replace").rstrip())
            self._news.set()
        self._news.set()

    async def says(self, wanted: Callable[[str], bool], seconds: float, *, after: int = 0) -> str:
        """The first line that is wanted; fails with all that was said."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    for line in self.said[after:]:
                        if wanted(line):
                            return line
                    assert self.process.returncode is None, "\n".join(self.said)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError("it never said that:\n" + "\n".join(self.said)) from None

    async def send(
        self,
        text: str,
        *,
        sender: str | None = None,
        cc: Sequence[str] = (),
        in_reply_to: str | None = None,
        subject: str = "Our website",
    ) -> str:
        note = self.note
        sender = sender or f"Anna Example <{note.person}>"
        message_id, raw = letter.write(
            sender=sender, to=note.address, cc=cc, subject=subject, text=text, in_reply_to=in_reply_to
        )
        await letter.send(raw, sender=sender, to=note.address, host=note.smtp_host, port=note.smtp_port)
        return message_id

    async def reply(self, message_id: str, seconds: float = REPLY_SECONDS) -> email.message.Message:
        found = await mailbox.find_reply(self.state / "mailbox", message_id, seconds=seconds)
        assert found is not None, f"no reply to {message_id}:\n" + "\n".join(self.said)
        return found

    def replies(self, message_id: str) -> list[email.message.Message]:
        return [m for m in mailbox.read(self.state / "mailbox") if mailbox.answers(m, message_id)]

    def log(self, branch: str) -> list[dict[str, str]]:
        return project.log(self.state / "project.git", branch)

    def show(self, branch: str, path: str) -> str:
        return project.show(self.state / "project.git", branch, path)

    def branch(self, before: Sequence[str] = ()) -> str:
        """The branch of the only conversation so far, or since there were these."""
        (found,) = [name for name in self.branches() if name.startswith("thread-") and name not in before]
        return found

    def branches(self) -> list[str]:
        git = ["git", "-C", str(self.state / "project.git"), "for-each-ref", "--format=%(refname:short)"]
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout.split()

    async def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.process.wait()
            await self._reader
        return code


@contextlib.asynccontextmanager
async def dev(state: Path, *options: str) -> AsyncIterator[Dev]:
    """`hermes dev` in its own state folder, stopped (and what is left of it killed) at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", "-m", "hermes", "dev", "--state", str(state), "--port", "0", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, "COLUMNS": "300", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    made = Dev(state, process)
    try:
        await made.says(lambda line: "Ctrl-C" in line, START_SECONDS)
        yield made
    finally:
        if process.returncode is None:
            try:
                await made.stop()
            except TimeoutError:
                process.kill()
                await process.wait()


def processes_of(state: Path) -> list[str]:
    """Command lines of processes that still have to do with a state folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            stat = (entry / "stat").read_text()
            if str(state).encode() in words and int(entry.name) != os.getpid() and ") Z " not in stat:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return found


def text_of(message: email.message.Message) -> str:
    """The text a person reads."""
    part = next(p for p in message.walk() if p.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8")
