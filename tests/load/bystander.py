"""A process with nothing to do but to come back in time: how late it comes is the machine's doing, whatever the gateway's loop does.

Prints the 99th percentile in seconds when its standard input ends.
"""

from __future__ import annotations

import asyncio
import sys

from hermes.gateway.upkeep import health


async def main() -> None:
    """As often as the gateway's own look at its loop."""
    loop = asyncio.get_running_loop()
    reading = loop.run_in_executor(None, sys.stdin.read)
    late = [0.0]
    while not reading.done():
        before = loop.time()
        await asyncio.wait([reading], timeout=health.LAG_SECONDS)
        late.append(loop.time() - before - health.LAG_SECONDS)
    print(sorted(late)[round(0.99 * (len(late) - 1))])


if __name__ == "__main__":
    asyncio.run(main())
