"""From an empty machine to an answered mail: `hermes setup`, then `hermes up`, against Dovecot and an SMTP server with a login."""

from __future__ import annotations

import asyncio
import contextlib
import email.message
import email.policy
import fcntl
import functools
import os
import signal
import stat
import sys
import termios
import tomllib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from hermes.local import letter, project
from tests.e2e import page
from tests.e2e.machine import free_port, machine
from tests.eventually import eventually
from tests.integration.ingress.dovecot import PASSWORD, USER, Dovecot, dovecot

ADDRESS, PERSON, MX = "site@hermes.test", "anna@people.test", "mx.hermes.test"


class Outgoing:
    """An SMTP server that wants the mailbox's login, and keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[email.message.Message] = []
        self.controller = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=self.login,
            auth_require_tls=False,
        )

    def login(self, _server: Server, _session: Session, _envelope: Envelope, _way: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login, given.password) == (USER.encode(), PASSWORD.encode()))

    async def handle_DATA(self, _server: Server, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(email.message_from_bytes(envelope.content))
        return "250 kept"


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    with dovecot() as made:
        await made.started()
        yield made


def judged(raw: bytes) -> bytes:
    """As the receiving server hands it on."""
    domain = PERSON.rpartition("@")[2]
    return f"Authentication-Results: {MX}; dmarc=pass header.from={domain}\r\n".encode() + raw


async def run(*words: str, password: str = PASSWORD, environment: Mapping[str, str] = os.environ) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**environment, "HERMES_SETUP_PASSWORD": password, "COLUMNS": "200"},
    )  # fmt: skip
    async with asyncio.timeout(90):
        said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_the_commands_of_the_page_answer_a_mail_on_a_machine_that_has_what_the_page_says(
    tmp_path: Path, server: Dovecot
) -> None:
    outgoing = Outgoing()
    outgoing.controller.start()
    try:
        async with machine(tmp_path) as one:
            one.config.unlink()
            first = b"From: news@elsewhere.test\r\nTo: site@hermes.test\r\nSubject: News\r\nPrecedence: list\r\n\r\nNews.\r\n"
            await server.put(judged(first))
            backup = tmp_path / "backup.db"
            places = {
                "/etc/hermes/hermes.toml": one.config, "/var/lib/hermes": one.state, "/backup/hermes.db": backup,
            }  # fmt: skip
            bare = one.environment = page.environment(tmp_path)
            one.up = page.command("up", places)
            asked = (
                *page.command("setup", places), "--address", ADDRESS, "--username", USER,
                "--imap", f"127.0.0.1:{server.port}/none", "--smtp", f"127.0.0.1:{outgoing.controller.port}/none",
                "--repository", str(tmp_path / "project.git"), "--owner", "@people.test", "--agent", "patch",
                "--name", "demo/site",
            )  # fmt: skip
            code, said = await run(*asked, "--yes", password="wrong", environment=bare)
            assert code == 3, said
            assert "refused the login" in said
            assert not one.config.exists()

            code, said = await run(*asked, "--yes", environment=bare)
            assert code == 0, said
            assert f"verdict is by {MX}" in said or "✓ mail in by IMAP" in said
            assert stat.S_IMODE(one.config.stat().st_mode) == 0o600
            given = tomllib.loads(one.config.read_text())
            assert given["imap_ingress"]["authserv_id"] == MX
            assert given["mail"]["smtp"]["username"] == USER

            # A file that is there is not replaced by itself.
            code, said = await run(*asked, environment=bare)
            assert code == 3, said
            assert "is there already" in said

            await one.start()
            shown = project.show(tmp_path / "project.git", "main", "index.html")
            title = shown.partition("<title>")[2].partition("</title>")[0]
            message_id, raw = letter.write(
                sender=PERSON, to=ADDRESS, subject="Title", text=f'replace "{title}" with "Spring" in index.html'
            )
            await server.put(judged(raw))
            await eventually(lambda: [m for m in outgoing.taken if m["In-Reply-To"] == message_id], seconds=90)
            branch = next(name for name in one.branches() if name.startswith("thread-"))
            assert "<title>Spring</title>" in project.show(tmp_path / "project.git", branch, "index.html")
            code, said = await run(*page.command("backup", places), environment=bare)
            assert code == 0, said
            assert await one.stop() == 0
            code, said = await run(*page.command("restore", places), environment=bare)
            assert code == 0, said
    finally:
        outgoing.controller.stop()


async def test_what_is_missing_is_named_with_its_option(tmp_path: Path) -> None:
    setup = (sys.executable, "-m", "hermes", "setup", "--config", str(tmp_path / "hermes.toml"))
    code, said = await run(*setup)
    assert code == 3
    assert "--address" in said
    code, said = await run(*setup, "--address", "nobody")
    assert code == 3
    assert "no mail address" in said
    assert list(tmp_path.iterdir()) == []


async def test_a_run_that_is_interrupted_at_any_question_writes_nothing(tmp_path: Path, server: Dovecot) -> None:
    project.create(tmp_path / "project.git")
    answers = (ADDRESS, PASSWORD, str(tmp_path / "project.git"), "@people.test", "patch")
    questions = ("Address", "Password", "Git address", "Who may command", "Agent", "Folder for everything")
    servers = ("--imap", f"127.0.0.1:{server.port}/none", "--smtp", "127.0.0.1:1/none", "--username", USER)
    for count, question in enumerate(questions):
        screen, terminal = os.openpty()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hermes", "setup", "--config", str(tmp_path / "hermes.toml"), *servers,
            stdin=terminal, stdout=terminal, stderr=terminal, preexec_fn=_take_terminal,
        )  # fmt: skip
        os.close(terminal)
        try:
            for asked, answer in zip(questions, answers[:count], strict=False):
                await _shown(screen, asked)
                if asked == "Password":  # what is typed before the echo is off is thrown away
                    await eventually(functools.partial(_hidden, screen), seconds=30)
                os.write(screen, f"{answer}\n".encode())
            await _shown(screen, question)
            # A program may wait until what it has written is read.
            loop = asyncio.get_running_loop()
            loop.add_reader(screen, _read_away, screen)
            try:
                # Python's prompt misses a signal in the moment before it waits for a key: a person presses again.
                async with asyncio.timeout(60):
                    while process.returncode is None:
                        with contextlib.suppress(OSError):  # it has left the terminal
                            os.write(screen, b"\x03")
                        await asyncio.wait([ending := asyncio.ensure_future(process.wait())], timeout=0.5)
                        ending.cancel()
                assert process.returncode in (1, 130), question
            finally:
                loop.remove_reader(screen)
        finally:
            os.close(screen)
        assert not (tmp_path / "hermes.toml").exists()
        assert not (tmp_path / "hermes.toml.part").exists()


def _take_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell starts what runs in its background with it ignored


def _read_away(screen: int) -> None:
    with contextlib.suppress(OSError):
        os.read(screen, 4096)


def _hidden(screen: int) -> bool:
    return not termios.tcgetattr(screen)[3] & termios.ECHO


async def _shown(screen: int, words: str, seconds: float = 60.0) -> None:
    """Until the terminal shows these words."""
    loop, seen = asyncio.get_running_loop(), b""
    try:
        async with asyncio.timeout(seconds):
            while words.encode() not in seen:
                ready = loop.create_future()
                loop.add_reader(screen, ready.set_result, None)
                try:
                    await ready
                finally:
                    loop.remove_reader(screen)
                seen += os.read(screen, 4096)
    except (TimeoutError, OSError) as error:
        raise AssertionError(f"it never asked {words!r}: {seen.decode(errors='replace')}") from error
