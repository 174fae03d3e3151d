"""One load from its first mail to rest, what was measured meanwhile, and whether that is what was promised."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from tests.faults import checker
from tests.faults.siege import ROOT
from tests.load import burst, figures
from tests.load.ground import Ground, ground

#: Targets.
RSS_MB, LAG_SECONDS = 300.0, 0.1
#: What the straight line may add over a steady run, after the warm-up: noise of the allocator, a thread, a connection.
GROWTH = {"rss_mb": 10.0, "files": 4.0, "tasks": 10.0}
#: What the embedded AWS may keep of a mail over a steady run: its records, its raw bytes, its reply; by the line, after the warm-up.
KEPT_KB: Final = {"emulator_kb": 150.0, "state_kb": 30.0}
#: The share of a steady run that is warm-up.
WARM = 0.25
#: Without any progress for so long, it never comes to rest.
PATIENCE_SECONDS = 90.0
_LOOK_SECONDS = 1.0
#: A scrape is work for the gateway too.
_SCRAPE_SECONDS = 5.0
_SAY_SECONDS = 15.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be done."""

    mails: int
    sessions: int
    containers: int
    minutes: float = 0.0
    rate: float = 0.0
    collect: float = 0.0
    idle: float = 0.0
    seed: int = 1

    @property
    def count(self) -> int:
        """Of mails, copies apart."""
        return round(self.minutes * 60 * self.rate) if self.minutes else self.mails


@dataclasses.dataclass(frozen=True, kw_only=True)
class Found:
    """What became of it."""

    asked: Asked
    findings: checker.Findings
    runs: int
    rss_mb: float
    """The gateway's peak."""
    lag_p50: float
    lag_p99: float
    bystander_p99: float
    """The same of a process that has nothing to do: what the machine adds."""
    drained: float
    """Seconds from the first mail to rest."""
    growth: dict[str, figures.Growth]
    kept: dict[str, float]
    """Kilobytes of the embedded AWS for each further mail: in memory, in files."""
    idle: dict[str, float]
    """AWS calls an hour of the idle gateway, by kind."""
    sentences: list[str]

    @property
    def missed(self) -> list[str]:
        """The targets that were not met."""
        wrong = [*self.findings.lost, *self.findings.twice]
        if self.findings.mails < self.asked.count:
            wrong.append(f"{self.findings.mails} mails are recorded of {self.asked.count}")
        if self.rss_mb > RSS_MB:
            wrong.append(f"the gateway took {self.rss_mb:.0f} MB, more than {RSS_MB:.0f}")
        if self.lag_p99 > LAG_SECONDS:
            wrong.append(f"the loop lag's p99 is {self.lag_p99 * 1000:.0f} ms, more than {LAG_SECONDS * 1000:.0f}")
        if self.asked.minutes:
            wrong += [
                f"{name} grew by {self.growth[name].over_run:.1f}"
                for name, most in GROWTH.items()
                if self.growth[name].over_run > most
            ]
            wrong += [
                f"the embedded AWS keeps {self.kept[name]:.0f} KB a mail ({name}), more than {most:.0f}"
                for name, most in KEPT_KB.items()
                if self.kept[name] > most
            ]
        return wrong

    def line(self) -> str:
        """In one line."""
        kept = "".join(f" {name}_a_mail={self.kept[name]:.1f}" for name in KEPT_KB if self.asked.minutes)
        grown = "".join(f" {name}_growth={self.growth[name].over_run:.1f}" for name in GROWTH if self.asked.minutes)
        return (
            f"mails={self.findings.mails} sessions={self.asked.sessions} containers={self.asked.containers} "
            f"lost={len(self.findings.lost)} twice={len(self.findings.twice)} rss_mb={self.rss_mb:.0f} "
            f"loop_lag_p99_ms={self.lag_p99 * 1000:.0f} loop_lag_p50_ms={self.lag_p50 * 1000:.0f} "
            f"bystander_p99_ms={self.bystander_p99 * 1000:.0f} runs={self.runs} "
            f"copies={self.findings.copies}{grown}{kept} missed={len(self.missed)} seed={self.asked.seed} drained={self.drained:.0f}"
        )


class Watch:
    """Looks at the gateway from outside, and says how far things are."""

    def __init__(self, place: Ground, sender: burst.Sender) -> None:
        self._place = place
        self._sender = sender
        self._begun = time.monotonic()
        self.samples: list[figures.Sample] = []

    async def run(self) -> None:
        """Until cancelled."""
        said = 0.0
        while True:
            await self.look()
            if time.monotonic() - said > _SAY_SECONDS:
                said = time.monotonic()
                await self._say()
            await asyncio.sleep(_SCRAPE_SECONDS)

    async def look(self) -> figures.Sample:
        """One look."""
        pid = self._place.gateway.pid
        text = await figures.metrics(self._place.metrics_url)
        self.samples.append(
            figures.Sample(
                at=time.monotonic() - self._begun,
                rss_mb=figures.memory_mb(pid),
                files=figures.files(pid),
                tasks=round(figures.value(text, "hermes_tasks")),
                mails=len(self._sender.acknowledged),
                emulator_kb=1024 * figures.memory_mb(self._place.emulator_pid),
                state_kb=sum(file.stat().st_size for file in self._place.state.glob("journal.db*")) / 1024,
            )
        )
        return self.samples[-1]

    async def _say(self) -> None:
        waiting = await self._place.records.queues.attributes(self._place.records.places.inbound)
        last = self.samples[-1]
        print(
            f"{last.at:5.0f} s  {len(self._sender.acknowledged)} taken, {waiting['ApproximateNumberOfMessages']} on the inbound queue, "
            f"{len(self._place.postbox.raw)} replies; {last.rss_mb:.0f} MB, {last.tasks} tasks, {last.files} files",
            flush=True,
        )


async def run(folder: Path, asked: Asked) -> Found:
    """The whole of it."""
    async with ground(folder, collect=asked.collect) as place:
        sender = burst.Sender(port=place.smtp_port)
        watch = Watch(place, sender)
        watching = asyncio.create_task(watch.run(), name="watch")
        bystander = await _bystander()
        begun = time.monotonic()
        letters = burst.letters(
            mails=asked.count, sessions=asked.sessions, containers=asked.containers, seed=asked.seed
        )
        await sender.send(burst.paced(letters, asked.rate if asked.minutes else 0.0))
        sent = time.monotonic() - begun
        await _rest(place, asked.count)
        drained = time.monotonic() - begun
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        text = await figures.metrics(place.metrics_url)
        said, _ = await bystander.communicate(b"")
        idle = await _idle(place, asked.idle) if asked.idle else {}
        rss = figures.memory_mb(place.gateway.pid, "VmHWM")
        emulator, rest = figures.processor(place.emulator_pid), time.process_time()
        findings = await checker.check(
            place.records,
            acknowledged=sender.acknowledged,
            mailbox=place.postbox.raw,
            repository=place.repository,
            runs=place.runs,
        )
        runs = len(place.runs.read_text(encoding="utf-8").split()) if place.runs.exists() else 0
    lag = "hermes_loop_lag_seconds"
    warm = [sample for sample in watch.samples if sample.at > WARM * watch.samples[-1].at]
    found = Found(
        asked=asked,
        findings=findings,
        runs=runs,
        rss_mb=rss,
        lag_p50=figures.quantile(text, lag, 0.5),
        lag_p99=figures.quantile(text, lag, 0.99),
        bystander_p99=max(0.0, float(said)),
        drained=drained,
        growth={name: figures.growth([(s.at, getattr(s, name)) for s in warm]) for name in GROWTH},
        kept={name: figures.slope([(s.mails, getattr(s, name)) for s in warm]) for name in KEPT_KB},
        idle=idle,
        sentences=[],
    )
    calls = figures.value(text, "hermes_aws_requests_total")
    count = max(1, asked.count)
    found.sentences.append(
        f"taken in {sent:.0f} s, at rest after {drained:.0f} s; {findings.commands} commands, {runs} runs, "
        f"{len(place.postbox.raw)} replies; a mail cost the gateway {calls / count:.1f} AWS requests and "
        f"{figures.value(text, 'process_cpu_seconds_total') / count * 1000:.0f} ms of processor, the emulator "
        f"{emulator / count * 1000:.0f} ms, all else {rest / count * 1000:.0f} ms"
    )
    found.sentences.append(
        "requests a mail: "
        + ", ".join(f"{kind} {n / count:.2f}" for kind, n in sorted(_kinds(text).items()) if n / count >= 0.01)
    )
    found.sentences.extend(f"refused once: {words}" for words in sender.refused[:5])
    found.sentences.extend(f"idle: {calls:.0f} {kind} an hour" for kind, calls in sorted(idle.items()))
    found.sentences.extend(found.missed[:20])
    return found


async def _bystander() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.load.bystander", cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


async def _rest(place: Ground, mails: int) -> None:
    """Until every mail has its reply and nothing moves, or nothing has come any more for a while."""
    replies, since = -1, time.monotonic()
    while time.monotonic() - since < PATIENCE_SECONDS:
        if len(place.postbox.raw) != replies:
            replies, since = len(place.postbox.raw), time.monotonic()
        # The whole of every table is read for this: not before it can be true.
        if replies >= mails and not await checker.unrest(place.records):
            return
        await asyncio.sleep(_LOOK_SECONDS)


def _kinds(text: str) -> dict[str, float]:
    """AWS requests by operation."""
    found = [(labels, float(v)) for name, labels, v in figures.every(text) if name == "hermes_aws_requests_total"]
    return {labels.partition('"')[2].partition('"')[0]: v for labels, v in found}


async def _idle(place: Ground, seconds: float) -> dict[str, float]:
    """AWS calls an hour of a gateway that has nothing to do."""
    await asyncio.sleep(30)  # what was owed is looked up a last time, and the beats end
    before = _kinds(await figures.metrics(place.metrics_url))
    await asyncio.sleep(seconds)
    after = _kinds(await figures.metrics(place.metrics_url))
    return {kind: (after[kind] - before.get(kind, 0.0)) * 3600 / seconds for kind in after}
