"""The attack: gateways that die at a named point, one after the other, over one deployment; each takes up what the one before it left."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, cast

from hermes import errors, ids
from hermes.app import gateway as composition
from hermes.aws import provision
from hermes.aws.clients import Clients
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading as config
from hermes.domain.pointer import Pointer
from hermes.local import letter
from hermes.local import project as projects
from tests.eventually import eventually
from tests.faults import aims, checker, haste, nursery
from tests.faults.letters import SITE, Letter
from tests.faults.rough import RoughPostbox
from tests.faults.victims import Victim
from tests.integration.gateway.postbox import Postbox

ROOT = Path(__file__).resolve().parents[2]
#: A project over the same repository as that of `SITE`, where a newer mail of a person comes before what any of their threads runs.
HASTY = "hasty@agent.example.com"

_PATIENCE_SECONDS = 4.0
#: A busy machine is too slow for some points; they are tried again so often.
_ROUNDS = 4
_LOOK_SECONDS = 0.2
_CHAIN_SECONDS = 20.0


class Siege:
    """One deployment under attack."""

    def __init__(
        self,
        *,
        folder: Path,
        records: composition.Records,
        conf: dict[str, Any],
        postbox: Postbox,
        socket: str,
        seed: int,
    ) -> None:
        self.seed = seed
        self.records = records
        self.postbox = postbox
        self.repository = folder / "project.git"
        self.runs = folder / "runs"
        """The command of each run, written by the agent."""
        self.begun = folder / "begun"
        """What each run was asked for."""
        self.begun.touch()
        self.told = folder / "told"
        """Once it is there, agents end that wait to be told."""
        self.marks = folder / "marks"
        self.acknowledged: set[str] = set()
        self.hopeless: set[str] = set()
        """Keys of mails that nobody can handle."""
        self.kills: collections.Counter[str] = collections.Counter()
        """Point → deaths there; the empty name is a death somewhere."""
        self.missed: collections.Counter[str] = collections.Counter()
        """Point → lives that were to end there and did not come by."""
        self._conf = conf
        self._socket = socket
        self._random = random.Random(seed)
        self.victims: list[Victim] = []
        """Every gateway, dead or alive."""
        self._left: list[Letter] = []
        self._number = 0

    # ── processes ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def gateway(self, point: str = "", visit: int = 1) -> Victim:
        """A gateway that takes mail and dies at the point."""
        reader, writer = await asyncio.open_unix_connection(self._socket)
        order = {"do": "gateway", "config": self._conf, "die": [point, visit]}
        writer.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(60):
            while True:
                line = await reader.readline()
                assert line, f"the gateway died before it took mail ({point})"
                told = json.loads(line)
                if "port" in told:
                    self.victims.append(Victim(reader, writer, told["pid"], told["port"], told["http"]))
                    return self.victims[-1]
                # It took up what another had left, and died of it before it could say where it listens.
                victim = Victim(reader, writer, 0, 0, 0)
                victim.point = told["point"]
                self.victims.append(victim)
                return victim

    async def pipe(self, one: Letter, point: str = "") -> int | None:
        """`hermes ingest` takes the mail: its exit code; none if it died at the point."""
        reader, writer = await asyncio.open_unix_connection(self._socket)
        given = {"raw": one.raw.decode("ascii"), "recipient": one.to, "sender": one.sender}
        writer.write(json.dumps({"do": "pipe", "config": self._conf, "die": [point, 1], **given}).encode() + b"\n")
        async with asyncio.timeout(60):
            line = await reader.readline()
        writer.close()
        return int(json.loads(line)["code"]) if line else None

    async def life(self, point: str, letters: list[Letter], visit: int = 1) -> None:
        """One gateway from its start to its death at the point, or wherever it is when patience ends."""
        victim = await self.gateway(point, visit)
        await self.deliver(letters, victim)
        after = point in aims.AFTER_WORKERS  # whose heartbeat has to grow old first
        await asyncio.wait([victim.dead], timeout=_PATIENCE_SECONDS * (2 if after else 1))
        if not victim.dead.done():
            await victim.kill()
        self.kills[victim.point] += 1
        if victim.point != point:
            self.missed[point] += 1

    async def deliver(self, letters: list[Letter], living: Victim) -> None:
        """What others could not deliver, then these; from the first that is not taken on, they are kept for the next."""
        waiting = [*self._left, *letters]
        self._left = []
        for number, one in enumerate(waiting):
            if living.dead.done() or not await self._deliver(one, living):
                self._left = waiting[number:]
                break

    async def _deliver(self, one: Letter, victim: Victim) -> bool:
        if one.gate is not None:
            gate = asyncio.create_task(_within(one.gate, 3.0))
            await asyncio.wait([gate, victim.dead], return_when=asyncio.FIRST_COMPLETED)
            gate.cancel()
        if one.lost:
            pointer = Pointer(
                key=one.lost, recipient=one.to, sender=one.sender, ingress="smtp", received_at=time.time()
            )
            self.hopeless.add(one.lost)  # first: a send without an answer may have been done
            try:
                await self.records.queues.send(self.records.places.inbound, pointer.model_dump_json())
            except errors.AwsUnavailable:
                return False
            return True
        try:
            await letter.send(one.raw, sender=one.sender, to=one.to, host="127.0.0.1", port=victim.port)
        except errors.MailDeferred:
            return False  # not acknowledged: its sender tries again
        self.acknowledged.add(one.message_id)
        return True

    async def settle(self, seconds: float = 300.0) -> Victim:
        """A gateway that lives on: everything left is delivered, and all comes to rest, on a machine with other work in its time."""
        survivor = await self.gateway()
        await self.rest(survivor, seconds)
        return survivor

    async def rest(self, living: Victim, seconds: float) -> None:
        """What is left is delivered, and all comes to rest."""
        left, self._left = self._left, []
        for one in left:
            assert await self._deliver(one, living)
        with contextlib.suppress(TimeoutError):  # the checker says what does not rest
            async with asyncio.timeout(seconds):
                while await checker.unrest(self.records):  # noqa: ASYNC110 - tables and queues announce nothing
                    await asyncio.sleep(_LOOK_SECONDS)

    async def check(self) -> checker.Findings:
        """What the checker finds."""
        return await checker.check(
            self.records,
            acknowledged=self.acknowledged,
            hopeless=self.hopeless,
            mailbox=self.postbox.raw,
            repository=self.repository,
            runs=self.runs,
        )

    # ── workers ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def workers(self, chains: Sequence[Sequence[str]]) -> None:
        """One gateway that lives, and a container for each chain, whose workers die one after the other at its points."""
        living = await self.gateway()
        marks = []
        for chain in chains:
            self._number += 1
            person = f"w{self._number}@people.test"
            mark = nursery.mark(self.marks, ids.container_key("acme", "site", person))
            nursery.write_mark(mark, chain)
            marks.append(mark)
            assert await self._deliver(self.letter(person, f"Note k{self._number}"), living)
        with contextlib.suppress(TimeoutError):
            seconds = _CHAIN_SECONDS * max(len(chain) for chain in chains)
            await eventually(lambda: not any(mark.exists() for mark in marks), seconds=seconds)
        for chain, mark in zip(chains, marks, strict=True):
            missed = nursery.read_mark(mark)
            mark.unlink(missing_ok=True)
            self.missed.update(missed)
            self.kills.update(chain[: len(chain) - len(missed)])
        await living.kill()
        self.kills[""] += 1

    async def freeze(self, task: str) -> None:
        """A worker stands still, whatever it was at, and cannot be stopped from outside."""
        await nursery.ask(self._socket, do="freeze", task=task)

    async def thaw(self, task: str) -> None:
        """It goes on, and knows of nothing."""
        await nursery.ask(self._socket, do="thaw", task=task)

    async def exit_status(self, task: str) -> int | None:
        return cast("int | None", (await nursery.ask(self._socket, do="code", task=task))["code"])

    # ── the order of deaths ────────────────────────────────────────────────────────────────────────────────────────

    async def campaign(self, plan: Sequence[aims.Step]) -> None:
        """What the plan says; then, a few times, what did not come by."""
        for step in plan:
            await self._carry_out(step)
        for _ in range(_ROUNDS):
            for step in aims.again(self.missed, self.kills):
                await self._carry_out(step)

    async def _carry_out(self, step: aims.Step) -> None:
        if step.chains:
            await self.workers(step.chains)
        for point in step.lives:
            await self.life(point, self.scenario(point))

    # ── mails ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def scenario(self, point: str) -> list[Letter]:
        """Mails that lead to a point."""
        self._number += 1
        number = self._number
        person = f"p{self._random.randrange(2)}@people.test"
        if point.startswith(aims.FRESH):
            person = f"f{number}@people.test"
        if point.startswith(aims.STRANGERS):
            return [self.letter(f"eve{number}@evil.test", f"Note k{number}")]
        if point in aims.POISON:
            return [Letter("", b"", person, lost=f"mails/gone-{self._number}")]
        if point.startswith(aims.PREEMPTED):
            first = self.letter(person, f"Note k{number} slowly", to=HASTY)
            return [first, self.letter(person, f"Note k{number} first", to=HASTY, gate=self._runs(first))]
        kinds = ("pair", "stop") if point.startswith(aims.STOPS) else ("plain", "plain", "pair", "stop", "duplicate")
        kind = "stop" if point == "interrupt.recorded" else self._random.choice(kinds)
        if kind in ("pair", "stop"):
            first = self.letter(person, f"Note k{number} slowly")
            second = "stop" if kind == "stop" else f"Note k{number} again"
            return [first, self.letter(person, second, answers=first.message_id, gate=self._runs(first))]
        only = self.letter(person, f"Note k{number}")
        return [only, only] if kind == "duplicate" else [only]

    def letter(self, sender: str, text: str, *, to: str = SITE, answers: str | None = None, gate: Any = None) -> Letter:
        """A mail that is not sent yet."""
        message_id, raw = letter.write(sender=sender, to=to, subject="Work", text=text, in_reply_to=answers)
        return Letter(message_id, raw, sender, to, gate)

    def _runs(self, first: Letter) -> Callable[[], Awaitable[bool]]:
        words = re.search(rb"Note k\d+ slowly", first.raw)
        assert words is not None

        async def running() -> bool:
            return words[0] in self.begun.read_bytes()

        return running


async def campaign(attacked: Siege, plan: Sequence[aims.Step], calm: Callable[[], Awaitable[None]]) -> checker.Findings:
    """The deaths that are planned, then rest, then the checker's word."""
    await attacked.campaign(plan)
    await calm()
    await attacked.settle()
    return await attacked.check()


async def deployment(endpoint_url: str, clients: Clients) -> composition.Records:
    """An empty deployment under a prefix of its own, without processes."""
    prefix = f"k{ids.new_id()[:8]}"
    conf = config.parse({"prefix": prefix, "aws": {"endpoint_url": endpoint_url, "bucket": f"b-{prefix}"}})
    await provision.provision(
        clients=clients, names=ResourceNames(prefix), bucket=conf.aws.bucket, region=conf.aws.region
    )
    return await composition.records(conf, clients)


async def _within(gate: Callable[[], Awaitable[bool]], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await eventually(gate, seconds=seconds)


@contextlib.asynccontextmanager
async def siege(
    folder: Path, endpoint_url: str, clients: Clients, *, seed: int, rough: bool = False, **sections: Any
) -> AsyncIterator[Siege]:
    """A deployment with repository, agent, mailbox (a rough one has bad days) and nursery, under a prefix of its own.

    `sections` go over those of the configuration.
    """
    await asyncio.to_thread(projects.create, folder / "project.git")
    (folder / "marks").mkdir()
    script = folder / "agent.sh"
    script.write_text(
        _AGENT.format(runs=folder / "runs", begun=folder / "begun", told=folder / "told"), encoding="utf-8"
    )
    postbox = RoughPostbox(seed=seed) if rough else Postbox()
    await postbox.start()
    prefix = f"k{ids.new_id()[:8]}"
    given = {**_settings(prefix, endpoint_url, folder, script, postbox.port), **sections}
    conf = config.parse(given)
    with haste.patient():
        await provision.provision(
            clients=clients, names=ResourceNames(prefix), bucket=conf.aws.bucket, region=conf.aws.region
        )
    # A socket's path is short: that of a test's folder may not be.
    with tempfile.TemporaryDirectory(prefix="hermes-") as place:
        socket = str(Path(place) / "s")
        aws = {"region": conf.aws.region, "endpoint_url": endpoint_url, "access_key": "test", "secret_key": "test"}
        start = "from tests.faults import haste; haste.hurry(); from tests.faults import nursery; nursery.main()"
        with (folder / "nursery.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", start, socket, str(folder / "marks"), json.dumps(aws),
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                env={"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
            )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        made: Siege | None = None
        try:
            assert await process.stdout.readline() == b"ready\n", (folder / "nursery.log").read_text()
            records = await composition.records(conf, clients)
            made = Siege(folder=folder, records=records, conf=given, postbox=postbox, socket=socket, seed=seed)
            yield made
        finally:
            process.stdin.close()
            await process.wait()
            if made is not None:
                await asyncio.gather(*(victim.dead for victim in made.victims))
            await postbox.close()


_AGENT = """#!/bin/sh
echo "$HERMES_MARK" >> '{runs}'
read -r words
echo "$words" >> '{begun}'
echo "$words" >> "notes-$HERMES_MARK.txt"
case "$words" in
*slowly*) sleep 1.5;;
*told*) while [ ! -e '{told}' ]; do sleep 0.1; done;;
esac
echo "done" >> "notes-$HERMES_MARK.txt"
"""


def _settings(prefix: str, endpoint_url: str, folder: Path, script: Path, port: int) -> dict[str, Any]:
    project = {
        "client": "acme",
        "project": "site",
        "repository": str(folder / "project.git"),
        "addresses": [SITE],
        "owners": ["@people.test"],
        "agent": {"kind": "command", "argv": ["/bin/sh", str(script)]},
        "sandbox": "off",  # they write down outside what ran
        "limits": {"wall_seconds": 60, "attempts": 10},
    }
    return {
        "prefix": prefix,
        "aws": {"endpoint_url": endpoint_url, "bucket": f"b-{prefix}", "access_key": "test", "secret_key": "test"},
        "smtp_ingress": {"enabled": True, "port": 0, "trust_loopback": True},
        "mail": {"domain": "agent.example.com", "rate_limit": False, "smtp": {"port": port, "security": "none"}},
        "launcher": {"local": {"state": str(folder / "state")}},
        "containers": {"idle_seconds": 3},
        "gateway": {"collect_seconds": 0},
        # More than there will be: what matters is that every count adds up in the end.
        "shares": {"project": {"open_commands": 10_000, "commands_per_hour": 100_000}},
        "timing": {
            "poll": 1,
            "sweep": 0.4,
            "accepted": 1.5,
            "running": 1,
            "interrupt": 0.7,
            "interrupt_give_up": 8,
            "heartbeat_stale": 3,
            "launch_lease": 1.5,
            "reply_lease": 4,
            "start_give_up": 90,
            "orphans": 1,
        },
        "projects": [project, {**project, "project": "hasty", "addresses": [HASTY], "interrupt_scope": "container"}],
    }
