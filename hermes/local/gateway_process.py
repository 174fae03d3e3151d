"""The gateway as a child process of `hermes up`: it gets its settings on standard input, and ends when its parent is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Final

from hermes import errors

#: The gateway takes mail after one to two seconds on an idle machine; with slow DNS and a slow mailbox later.
START_SECONDS: Final = 120.0
#: What the gateway's own stop takes at most: its poll, its tasks, its replies.
STOP_SECONDS: Final = 90.0

READY = b"ready\n"
"""What the child writes once it takes mail."""


class GatewayProcess:
    """Starts and stops the child."""

    name = "gateway"

    def __init__(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str],
        settings: Callable[[], Mapping[str, str]],
        start_seconds: float = START_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        """`settings` go through standard input, where no other process sees them."""
        self._argv = tuple(argv)
        self._environment = dict(environment)
        self._settings = settings
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._looks = False
        """It takes mail; before, it reads its configuration anyway, and a signal could end it."""

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it and wait until it takes mail. Raises `errors.ConfigError`."""
        self._looks = False
        reading, writing = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self._argv,
                str(writing),
                stdin=asyncio.subprocess.PIPE,
                env=self._environment,
                pass_fds=[writing],
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(dict(self._settings())).encode() + b"\n")
        with os.fdopen(reading, "rb", buffering=0) as ready:
            try:
                async with asyncio.timeout(self._start_seconds):
                    said = await _line(ready)
            except TimeoutError:
                await self.stop()
                raise errors.ConfigError(f"the gateway takes no mail after {self._start_seconds:g} s") from None
            except BaseException:
                await self.stop()
                raise
        if said != READY:
            status = await self._process.wait()
            raise errors.ConfigError(f"the gateway does not start (status {status}); its own message is above")
        self._looks = True

    async def wait(self) -> int:
        """Wait for its end and return its exit status."""
        return await self._process.wait() if self._process else 0

    def look(self) -> None:
        """Let it look at once for changes of its configuration."""
        if self._looks and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGHUP)

    async def stop(self) -> str | None:
        """Stop it in order. Returns a sentence if it had to be killed."""
        process, warning = self._process, None
        if process is None or process.returncode is not None:
            return None
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(self._stop_seconds):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
            warning = f"the gateway did not stop in {self._stop_seconds:g} s and was killed"
        return warning


async def _line(ready: Any) -> bytes:
    loop, found = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(ready, found.set)
    try:
        await found.wait()
    finally:
        loop.remove_reader(ready)
    return bytes(ready.read(len(READY)))


def given(parent: BinaryIO) -> dict[str, str]:
    """The child's side: its settings. From here on the end of the parent ends this process, as SIGTERM would."""
    settings: dict[str, str] = json.loads(parent.readline() or b"{}")
    threading.Thread(target=_end_with, args=[parent], name="parent", daemon=True).start()
    return settings


def _end_with(parent: BinaryIO) -> None:
    while parent.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
