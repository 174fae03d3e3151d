"""The emulator's process: MiniStack behind the gate, with its journal; it shuts down in order when its parent is gone.

Run as `python -m hermes.cli.part hermes.local.emulator_child FD FOLDER` with its settings in the environment; FD is the socket that it
listens on, FOLDER holds the journal. The first line on standard input is the key. Nothing follows it; end of file means that the parent has
ended, also by SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.services import s3, sqs

from hermes import errors
from hermes.local import long_queues, waking
from hermes.local.durable.answers import DurableAnswers
from hermes.local.durable.journal import START_SECONDS
from hermes.local.durable.store import DurableStore
from hermes.local.emulator import OLDER
from hermes.local.gate import Gate
from hermes.local.signature import Key, Verifier
from hermes.process import memory

#: As MiniStack's own.
KEEP_ALIVE_SECONDS = 75


#: The journal's thread needs the interpreter for microseconds at a time, and would wait for Python's own five milliseconds each time.
SWITCH_SECONDS = 0.0002


def main() -> None:
    """Run MiniStack until SIGTERM, or until the parent is gone."""
    key = Key(*json.loads(sys.stdin.buffer.readline() or b"[]"))
    threading.Thread(target=_end_with_the_parent, args=[sys.stdin.buffer], name="parent", daemon=True).start()
    long_queues.install(sqs)
    waking.install(sqs._HANDLERS)  # noqa: SLF001 - MiniStack has no other door; its version is pinned, and a test goes through it
    settings = Config()
    settings.bind = [f"fd://{sys.argv[1]}"]
    settings.keep_alive_timeout = KEEP_ALIVE_SECONDS
    settings.loglevel = os.environ.get("LOG_LEVEL", "WARNING")
    # The gate has checked every signature; MiniStack would check those of links again, with another key.
    s3._verify_presigned_sigv4 = lambda *_: None  # noqa: SLF001
    try:
        folder = Path(sys.argv[2])
        store = DurableStore(folder)
    except errors.ConfigError as error:
        raise SystemExit(error.message) from None
    # The journal keeps its state.
    ministack.PERSIST_STATE = False
    sys.setswitchinterval(SWITCH_SECONDS)
    with memory.growing():
        asyncio.run(_serve(Gate(DurableAnswers(ministack.app, store), Verifier(key)), store, settings, folder))


async def _serve(gate: Gate, store: DurableStore, settings: Config, folder: Path) -> None:
    store.flush(control=True)
    await store.journal.settled(START_SECONDS)
    # What was taken over of an older Hermes is in the journal now; an older Hermes finds its own state if the folders get their names back.
    for name in (OLDER, "objects"):
        if (folder / name).exists():
            (folder / name).rename(folder / f"{name}-before-the-journal")
    expiring = asyncio.create_task(store.expire(), name="expire")
    try:
        await serve(gate, settings)  # type: ignore[arg-type]
    finally:
        expiring.cancel()
        await store.journal.close()


def _end_with_the_parent(parent: BinaryIO) -> None:
    while parent.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
