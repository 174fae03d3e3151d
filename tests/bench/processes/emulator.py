"""The emulator without its journal, for comparison: `python -m tests.bench.processes.emulator FD`, the key on standard input.

Everything else is as in `hermes.local.emulator_child`: the gate, the waking of receives, the queues' walks.
"""

from __future__ import annotations

import asyncio
import json
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack
from ministack.services import dynamodb, s3, sqs

from hermes.local import long_queues, waking
from hermes.local.emulator_child import KEEP_ALIVE_SECONDS
from hermes.local.gate import Gate
from hermes.local.signature import Key, Verifier
from hermes.process import memory


def main() -> None:
    """Until standard input ends."""
    key = Key(*json.loads(sys.stdin.buffer.readline()))
    long_queues.install(sqs)
    waking.install(sqs._HANDLERS)
    settings = Config()
    settings.bind = [f"fd://{sys.argv[1]}"]
    settings.keep_alive_timeout = KEEP_ALIVE_SECONDS
    settings.loglevel = "WARNING"
    s3._verify_presigned_sigv4 = lambda *_: None
    # It counts its whole table at every write; that would make what is compared with it look quick.
    dynamodb._update_counts = lambda _: None
    ministack.PERSIST_STATE = False
    with memory.growing():
        asyncio.run(_serve(Gate(ministack.app, Verifier(key)), settings))


async def _serve(gate: Gate, settings: Config) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    await serve(gate, settings, shutdown_trigger=ended.wait)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
