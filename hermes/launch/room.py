"""How many workers this machine has room for: a number, and the memory that is left."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Final

_MEMINFO: Final = Path("/proc/meminfo")
_CGROUP: Final = Path("/sys/fs/cgroup")
#: An idle worker's own memory: Python, botocore, its queues; measured at 105 MB. Its agent comes on top of it.
WORKER_BYTES: Final = 128 * 1024 * 1024


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MachineRoom:
    """What limits the number of workers; None of a limit is none."""

    most: int | None = None
    """Workers at the same time."""
    memory_left: int | None = None
    """Bytes that must be left for agents and everything else once one more worker has started."""
    waiting: int = 0
    """Workers that are started in advance and wait for a key."""
    available: Callable[[], int | None] = lambda: available_bytes()

    def full(self, running: int, *, more: int = WORKER_BYTES) -> str | None:
        """Why no further worker, which takes `more` bytes, may work beside so many; None if it may."""
        if self.most is not None and running >= self.most:
            return f"{running} workers run, and launcher.local.most is {self.most}"
        # One may always run: else nothing would ever be done.
        if self.memory_left is None or not running:
            return None
        available = self.available()
        if available is not None and available < self.memory_left + more:
            return f"{available // 2**20} MB of memory are left, and launcher.local.memory_left_mb is {self.memory_left // 2**20}"
        return None


def available_bytes(meminfo: Path = _MEMINFO, cgroup: Path = _CGROUP) -> int | None:
    """The memory that new processes can have without swapping: the machine's, or the container's where that is less. None: unknown."""
    found = []
    with contextlib.suppress(OSError, ValueError, IndexError):
        line = next(line for line in meminfo.read_text().splitlines() if line.startswith("MemAvailable:"))
        found.append(int(line.split()[1]) * 1024)
    with contextlib.suppress(OSError, ValueError):
        # "max" is no limit, and no number.
        most = int((cgroup / "memory.max").read_text())
        found.append(max(0, most - int((cgroup / "memory.current").read_text())))
    return min(found, default=None)
