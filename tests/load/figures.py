"""Figures of a gateway from outside: what the kernel says of its process, and its own metrics."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import os
import re
import statistics
import urllib.request
from collections.abc import Sequence
from pathlib import Path

_BUCKET = re.compile(r'^(\w+)_bucket\{le="([^"]+)"\} (\S+)$', re.MULTILINE)
_VALUE = re.compile(r"^(\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Sample:
    """One look at the gateway."""

    at: float
    """Seconds since the start."""
    rss_mb: float
    files: int
    tasks: int
    mails: int
    """Taken so far."""
    emulator_kb: float
    """Resident memory of the embedded AWS."""
    state_kb: float
    """Its files."""


@dataclasses.dataclass(frozen=True)
class Growth:
    """A straight line through the samples after the warm-up: what a day would add, were it to go on like this."""

    per_hour: float
    over_run: float
    """By the line, from the first to the last sample."""


def memory_mb(pid: int, what: str = "VmRSS") -> float:
    """Resident memory of a process; `VmHWM` for its peak."""
    found = re.search(rf"^{what}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def processor(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def files(pid: int) -> int:
    """Its open files."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


async def metrics(url: str) -> str:
    """Its own metrics."""

    def ask() -> str:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())

    return await asyncio.to_thread(ask)


def every(text: str) -> list[tuple[str, str, str]]:
    """Name, labels and value of each line."""
    return _VALUE.findall(text)


def value(text: str, name: str, *, label: str = "") -> float:
    """The sum of a metric over the labels that hold these words."""
    return sum(float(v) for n, labels, v in every(text) if n == name and label in labels)


def quantile(text: str, name: str, share: float) -> float:
    """A quantile of a histogram, with the straight line that Prometheus assumes inside a bucket."""
    buckets = [(math.inf if le == "+Inf" else float(le), float(n)) for of, le, n in _BUCKET.findall(text) if of == name]
    wanted = share * (buckets[-1][1] if buckets else 0.0)
    below, before = 0.0, 0.0
    for edge, count in buckets:
        if count >= wanted and count > before:
            return below if math.isinf(edge) else below + (edge - below) * (wanted - before) / (count - before)
        below, before = edge, count
    return 0.0


def growth(samples: Sequence[tuple[float, float]]) -> Growth:
    """The line of least squares through (seconds, figure)."""
    each = slope(samples)
    return Growth(each * 3600, each * (samples[-1][0] - samples[0][0]) if samples else 0.0)


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """What one more of the first adds to the second, by the line of least squares; 0 where there is too little to say."""
    if len({at for at, _ in samples}) < 3:
        return 0.0
    return statistics.linear_regression([at for at, _ in samples], [figure for _, figure in samples]).slope
