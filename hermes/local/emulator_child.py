"""The emulator's process: MiniStack, which ends itself in good order (and so saves its state) when its parent is gone.

Run as `python -m hermes.local.emulator_child` with its settings in the environment. The parent holds the other end of standard input
and never writes: its end is the parent's end, also by SIGKILL.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading

from ministack.services import sqs

from hermes import memory
from hermes.local import waking


def main() -> None:
    """Run MiniStack until SIGTERM, or until the parent is gone."""
    threading.Thread(target=_end_with_the_parent, name="parent", daemon=True).start()
    sys.argv = ["ministack"]
    waking.install(sqs._HANDLERS)  # noqa: SLF001 - MiniStack has no other door; its version is pinned, and a test goes through it
    with memory.growing():
        runpy.run_module("ministack", run_name="__main__")


def _end_with_the_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
