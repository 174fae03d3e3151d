"""What the peers have in common: so many tasks open at once, a count of SQS requests in every process, and a task that says it is done.

A task does nothing but send a datagram to the driver: none of the peers has a result that comes back over SQS, so theirs comes for nothing.
Runs in the peers' own environment, which has nothing of Hermes.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

ENDPOINT = os.environ["BENCH_ENDPOINT"]
PORT = int(os.environ.get("BENCH_PORT", "0"))
OPEN = int(os.environ.get("BENCH_OPEN", "200"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "6"))
RAMP_SECONDS = 2.0
START_SECONDS = 30.0
REGION = "eu-central-1"
#: As long as a command of Hermes' bare queue path.
PAYLOAD = "." * 600

_requests = 0
_done = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def count_requests() -> None:
    """Count what leaves this process for SQS, by whichever of the libraries."""
    from botocore import httpsession

    _counted(httpsession.URLLib3Session, "send")
    try:
        from aiobotocore import httpsession as aio

        _counted(aio.AIOHTTPSession, "send")
    except ImportError:
        pass
    try:
        from kombu.asynchronous.aws import connection

        _counted(connection.AsyncConnection, "_mexe")
    except ImportError:
        pass


def _counted(owner: type, name: str) -> None:
    plain = getattr(owner, name)

    def counted(*given, **named):  # type: ignore[no-untyped-def]
        global _requests
        _requests += 1
        return plain(*given, **named)

    setattr(owner, name, counted)


def done() -> None:
    """The task: say that it was carried out, and how many requests this process has made."""
    _done.sendto(b"%d" % _requests, ("127.0.0.1", PORT))


def drive(worker: list[str], send: Callable[[], object], senders: int = 16) -> None:
    """Start the worker, keep so many tasks open, print tasks, seconds and requests as JSON."""
    permits: queue.Queue[None] = queue.Queue()
    stopping = threading.Event()

    def sending() -> None:
        while not stopping.is_set():
            permits.get()
            send()

    measured(worker, lambda: permits.put(None), lambda: [
        threading.Thread(target=sending, daemon=True).start() for _ in range(senders)
    ])  # fmt: skip
    stopping.set()
    os._exit(0)


def measured(worker: list[str], permit: Callable[[], object], begin: Callable[[], object]) -> None:
    """Call `permit` for each task that may be sent: at first `OPEN` times, then once for each that is done."""
    told = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    told.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    told.bind(("127.0.0.1", 0))
    told.settimeout(START_SECONDS)
    environment = {**os.environ, "BENCH_PORT": str(told.getsockname()[1])}
    process = subprocess.Popen(worker, env=environment, stdout=sys.stderr, stderr=sys.stderr, start_new_session=True)
    try:
        begin()
        for _ in range(OPEN):
            permit()
        theirs = _take(told, permit)  # the worker is up
        told.settimeout(10)
        until = time.monotonic() + RAMP_SECONDS
        while time.monotonic() < until:
            theirs = _take(told, permit)
        before, began, tasks = _requests + theirs, time.monotonic(), 0
        while time.monotonic() < began + SECONDS:
            theirs = _take(told, permit)
            tasks += 1
        seconds = time.monotonic() - began
        print(json.dumps({"tasks": tasks, "seconds": seconds, "requests": _requests + theirs - before}), flush=True)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _take(told: socket.socket, permit: Callable[[], object]) -> int:
    requests = int(told.recv(64))
    permit()
    return requests
