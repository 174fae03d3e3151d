"""moto's server in a process of its own (its long polls take a whole core); prints its URL, ends when standard input does.

Its DynamoDB looks at a condition and writes without a lock between them: of two conditional writes at once both can win, as on AWS they
never do. Here they come one after the other.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from moto.dynamodb.responses import DynamoHandler
from moto.server import ThreadedMotoServer


def main() -> None:
    one_at_a_time()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    print(f"http://{host}:{port}", flush=True)
    sys.stdin.read()
    server.stop()


def one_at_a_time() -> None:
    """Let no two calls of DynamoDB run beside each other."""
    lock, call = threading.Lock(), DynamoHandler.call_action

    def alone(handler: DynamoHandler) -> Any:
        with lock:
            return call(handler)

    DynamoHandler.call_action = alone  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
