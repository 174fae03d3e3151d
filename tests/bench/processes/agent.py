"""The agent of the rows with a real worker: it edits nothing, says over UDP what happens to it, and waits to be stopped.

The first argument is the port of whoever listens. A request that begins with "Deaf" is carried out by one that does not obey: it ignores
SIGINT and SIGTERM, and so do its two children, of which one leaves its group. One that begins with "Change" ends at once.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time

_DEAF = "import signal,time\nfor n in (2, 15): signal.signal(n, 1)\nprint(flush=True)\ntime.sleep(120)"


def main() -> None:
    """Say "begun", then wait."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.connect(("127.0.0.1", int(sys.argv[1])))
    words = sys.stdin.readline().partition(" of ")[0]

    def tell(what: str, **more: object) -> None:
        listener.send(json.dumps({"said": what, "words": words, "at": time.monotonic(), **more}).encode())

    if words.startswith("Change"):
        return
    pids = [os.getpid()]
    if words.startswith("Deaf"):
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        pids += [_child(alone=alone) for alone in (False, True)]
        tell("begun", pids=pids)
        time.sleep(120)
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    tell("begun", pids=pids)
    signal.sigwait([signal.SIGINT])
    tell("heard")


def _child(*, alone: bool) -> int:
    child = subprocess.Popen(
        [sys.executable, "-ISc", _DEAF], start_new_session=alone, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    assert child.stdout is not None
    child.stdout.readline()  # it is deaf now
    return child.pid


if __name__ == "__main__":
    main()
