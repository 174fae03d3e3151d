"""AWS on this machine: MiniStack as a child process, its state in a folder, reachable only on loopback and only with a key.

Each start generates a new key, which is in no file and no environment: the child gets it through its standard input, workers through an
inherited socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, BinaryIO, Final, Self

from hermes import errors, limits
from hermes.local.signature import Key
from hermes.process import privacy

#: The emulator answers after 0.5 s on an idle machine.
EMULATOR_START_SECONDS: Final = 30.0
#: The emulator ends its connections when it stops.
EMULATOR_STOP_SECONDS: Final = 20.0
#: The emulator of a Hermes that was killed may still be ending.
EMULATOR_LOCK_SECONDS: Final = 5.0

#: A larger log is moved aside at the emulator's next start, in place of the one moved before.
LOG_BYTES: Final = 10 * 1024 * 1024

HOST = "127.0.0.1"

#: Where MiniStack kept its state before there was a journal; renamed once it is in the journal.
OLDER = "services"

#: Of our environment, what the child needs to find Python and its packages; nothing of AWS's, nothing of MiniStack's.
_HANDED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "HOME", "LANG", "LC_ALL")
#: A gateway and its workers open all their connections at once.
_BACKLOG = 1024


class Emulator:
    """Starts and stops the child. One Hermes at a time uses a state folder: parent and child hold its lock."""

    name = "emulator"

    def __init__(
        self,
        *,
        state: Path,
        environment: Mapping[str, str],
        key: Key | None = None,
        console: bool = False,
        start_seconds: float = EMULATOR_START_SECONDS,
        stop_seconds: float = EMULATOR_STOP_SECONDS,
    ) -> None:
        """`state` is created if absent; `environment` is that of this process; without `key` a new one is generated.

        `console`: its output goes to our own standard error instead of `emulator.log`.
        """
        self.key = key or Key.new()
        self._state = state.absolute()
        self._console = console
        self._environment = environment
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._lock: IO[str] | None = None
        self._listening: socket.socket | None = None
        self._port = 0

    @property
    def endpoint_url(self) -> str:
        """Where it answers, once started."""
        return f"http://{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start it and wait until it answers. Raises `errors.ConfigError`: folder in use, or it does not start.

        One that has ended by itself is started again: callers that came meanwhile wait in its socket, which stays open.
        """
        if self._process is not None and self._process.returncode is not None and self._listening is not None:
            await self._start(self._listening)
            try:
                await self._answers()
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                raise
            return
        privacy.folder(self._state)  # mail lies there
        self._lock = await self._take_lock()
        try:
            self._listening = self._listen()
            self._port = int(self._listening.getsockname()[1])
            await self._start(self._listening)
            await self._answers()
            (self._state / "port").write_text(f"{self._port}\n", encoding="ascii")
        except BaseException:
            await self.stop()
            raise

    async def wait(self) -> int:
        """Wait for the child's end and return its exit status; the owner must stop then."""
        return await self._process.wait() if self._process else 0

    async def stop(self) -> str | None:
        """Stop it in order. Returns a sentence if it had to be killed; what it acknowledged is in its journal all the same."""
        warning = None
        if self._process is not None:
            if self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.terminate()
                try:
                    async with asyncio.timeout(self._stop_seconds):
                        await self._process.wait()
                except TimeoutError:
                    self._process.kill()
                    await self._process.wait()
                    warning = (
                        f"the emulator did not stop in {self._stop_seconds:g} s and was killed; "
                        f"what it acknowledged is in {self._state}"
                    )
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None
        if self._listening:
            self._listening.close()
            self._listening = None
        if self._lock:
            self._lock.close()
            self._lock = None
        return warning

    async def _take_lock(self) -> IO[str]:
        file = (self._state / "lock").open("a+", encoding="ascii")
        # The child of a Hermes that was killed ends a little later: it is waited for.
        deadline = asyncio.get_running_loop().time() + EMULATOR_LOCK_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if asyncio.get_running_loop().time() < deadline:
                    await asyncio.sleep(limits.PROCESS_LOOK_SECONDS)
                    continue
                file.seek(0)
                holder = file.read().strip() or "unknown"
                file.close()
                raise errors.ConfigError(
                    f"another Hermes (process {holder}) uses {self._state}; stop it, or name another state folder"
                ) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            return file

    def _listen(self) -> socket.socket:
        """The child's socket, opened by the parent, so that no other process can take its port while it starts."""
        # The same port as last time if it is free: a person may have it in a shell's history.
        try:
            before = int((self._state / "port").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            before = 0
        for wanted in (before, 0):
            listening = socket.socket()
            try:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listening.bind((HOST, wanted))
                listening.listen(_BACKLOG)
            except (OSError, OverflowError):
                listening.close()
            else:
                return listening
        raise errors.ConfigError(f"no port is free on {HOST}")

    async def _start(self, listening: socket.socket) -> None:
        assert self._lock is not None
        with contextlib.nullcontext(None) if self._console else self._log() as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "hermes.cli.part", "hermes.local.emulator_child"),
                str(listening.fileno()),
                str(self._state),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=self._settings(),
                pass_fds=[self._lock.fileno(), listening.fileno()],
                start_new_session=True,
            )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([self.key.access, self.key.secret]).encode() + b"\n")

    def _log(self) -> BinaryIO:
        file = self._state / "emulator.log"
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_size > LOG_BYTES:
                file.replace(file.with_name(f"{file.name}.1"))
        return file.open("ab")

    async def _answers(self) -> None:
        """Wait until it answers. Its socket is ours: one that has ended leaves a connection open, so its end is waited for as well."""
        assert self._process is not None

        async def answered() -> None:
            while True:
                if await _answers(self._port):
                    return
                await asyncio.sleep(limits.PROCESS_LOOK_SECONDS)

        answer, end = asyncio.create_task(answered()), asyncio.create_task(self._process.wait())
        try:
            done, _ = await asyncio.wait(
                {answer, end}, timeout=self._start_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            answer.cancel()
            end.cancel()
            await asyncio.gather(answer, end, return_exceptions=True)
        if end in done:
            raise errors.ConfigError(f"the emulator does not start; its log ends: {self._log_tail()}")
        if not done:
            raise errors.ConfigError(
                f"the emulator did not answer on {self.endpoint_url} in {self._start_seconds:g} s; "
                f"its log ends: {self._log_tail()}"
            )

    def _settings(self) -> dict[str, str]:
        temporary = self._state / "tmp"
        temporary.mkdir(exist_ok=True)
        older = str(int((self._state / OLDER).exists()))
        return {
            **{name: self._environment[name] for name in _HANDED_ON if name in self._environment},
            # It writes its own address into the queues' URLs.
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": HOST,
            "SERVICES": "dynamodb,s3,sqs,sns,ses",
            # The state of a Hermes without a journal is read once.
            "PERSIST_STATE": older,
            "STATE_DIR": str(self._state / OLDER),
            "S3_PERSIST": older,
            "S3_DATA_DIR": str(self._state / "objects"),
            "TMPDIR": str(temporary),
            "LOG_LEVEL": "WARNING",
            # What it would start beside: servers on every interface, and containers of whatever Docker it finds.
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "DOCKER_HOST": f"unix://{temporary}/no-docker.sock",
        }

    def _log_tail(self) -> str:
        if self._console:
            return "(above)"
        with contextlib.suppress(FileNotFoundError):
            lines = (self._state / "emulator.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            return " | ".join(lines[-3:])[-limits.PHRASE_CHARS :] or "(nothing)"
        return "(there is none)"


async def _answers(port: int) -> bool:
    """Whether the child answers: it refuses this unsigned request, which is enough."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        return b" 403" in await reader.readline()
    except (OSError, ValueError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
