"""What everything stands on: one emulator as `hermes dev` starts it, one mail server, and a deployment for each side that is compared."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hermes import ids
from hermes.app import gateway as composition
from hermes.aws import provision
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading as config
from hermes.domain.containers import LaunchRequest
from hermes.local import signature
from hermes.local.emulator import Emulator
from tests.bench.people import Letter, People
from tests.bench.processes import child
from tests.bench.sink import Sink

T = TypeVar("T")

SITE = "site@agent.example.com"
#: So far ahead that no sweep finds the heartbeat of a played worker stale.
_FOREVER = 10**9


class Side:
    """One of those that are compared: a deployment with a gateway and a played worker."""

    def __init__(self, *, name: str, gateway: child.Child, worker: child.Child, people: People) -> None:
        self.name = name
        self.gateway = gateway
        self.worker = worker
        self.people = people
        self.delays: list[float] = []
        """Seconds from each accepting transaction that interrupted to the worker's receipt."""
        self._committed: dict[str, float] = {}
        self._held: dict[str, asyncio.Future[None]] = {}
        gateway.on_event = self._on_event
        worker.on_event = self._on_event

    def held(self, letter: Letter) -> asyncio.Future[None]:
        """Done once the worker runs what this letter asks for."""
        return self._held.setdefault(letter.words, asyncio.get_running_loop().create_future())

    def _on_event(self, said: dict[str, Any]) -> None:
        match said["event"]:
            case "committed":
                self._committed[said["session"]] = said["at"]
            case "interrupted" if said["session"] in self._committed:
                self.delays.append(said["at"] - self._committed.pop(said["session"]))
            case "held":
                waiting = self._held.pop(said["words"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(None)
            case _:
                pass


class Ground:
    """The emulator and the mail server; deployments are made on it."""

    def __init__(self, *, folder: Path, endpoint_url: str, sink: Sink, stack: contextlib.AsyncExitStack) -> None:
        self.folder = folder
        self.endpoint_url = endpoint_url
        self.sink = sink
        self._stack = stack

    async def enter(self, context: contextlib.AbstractAsyncContextManager[T]) -> T:
        """Something more that stands until all is taken down."""
        return await self._stack.enter_async_context(context)

    def settings(self, prefix: str, **sections: Any) -> dict[str, Any]:
        """A configuration as plain values; `sections` go over it."""
        given: dict[str, Any] = {
            "prefix": prefix,
            "aws": {
                "endpoint_url": self.endpoint_url,
                "bucket": f"b-{prefix}",
                "access_key": "test",
                "secret_key": "test",
            },
            "smtp_ingress": {"enabled": True, "port": 0, "trust_loopback": True},
            # The rate limit would hold the hundredth answer to a person, the window every command for three seconds.
            "mail": {
                "domain": "agent.example.com",
                "token_key": "k" * 32,
                "rate_limit": False,
                "smtp": {"host": "127.0.0.1", "port": self.sink.port, "security": "none"},
            },
            "gateway": {"collect_seconds": 0},
            "launcher": {"kind": "local", "local": {"state": str(self.folder / prefix)}},
            "projects": [
                {
                    "client": "acme",
                    "project": "site",
                    "repository": "https://git.example.com/acme/site.git",
                    "addresses": [SITE],
                    "owners": ["@people.test"],
                    "agent": {"kind": "patch"},
                }
            ],
        }
        for name, values in sections.items():
            given[name] = {**given[name], **values} if isinstance(values, dict) else values
        return given

    async def records(self, given: dict[str, Any]) -> composition.Records:
        """Everything made in AWS, and how to reach it."""
        conf = config.parse(given)
        clients = await self._stack.enter_async_context(composition.connect(conf))
        await provision.provision(
            clients=clients, names=ResourceNames(conf.prefix), bucket=conf.aws.bucket, region=conf.aws.region
        )
        return await composition.records(conf, clients)

    async def side(self, name: str, *, prefix: str, module: str, persons: Sequence[str]) -> Side:
        """A deployment whose people's containers are ready, its gateway (`tests.bench.processes.{module}`) and its played worker."""
        given = self.settings(prefix)
        records = await self.records(given)
        sets = await asyncio.gather(*(_container(records, person) for person in persons))
        log = self.folder / f"{prefix}.log"
        more: dict[str, Any] = {"config": given, "sets": sets}
        worker, gateway = await asyncio.gather(
            self.enter(child.start("worker", log, claims=name != "floor", **more)),
            self.enter(child.start(module, log, **more)),
        )
        people = People(records=records, sink=self.sink, persons=persons, site=SITE)
        return Side(name=name, gateway=gateway, worker=worker, people=people)


async def _container(records: composition.Records, person: str) -> dict[str, str]:
    """The queue set of a person's container, whose record says that it is ready."""
    key, now = ids.container_key("acme", "site", person), time.time()
    made = await provision.create_queue_set(
        queues=records.queues, names=records.names, places=records.places, key=key, now=now
    )
    await records.containers.keep_queue_set(made)
    request = LaunchRequest(container_key=key, gen=1, token=ids.new_id(), environment={})
    await records.containers.begin_launch(None, request=request, owner="bench", now=now + _FOREVER, lease=1.0)
    await records.containers.register_ready(key, gen=1, task_arn="played", now=now + _FOREVER)
    return {"key": key, "input": made.input_url, "interrupts": made.interrupts_url, "output": made.output_url}


@contextlib.asynccontextmanager
async def ground(folder: Path, endpoint_url: str | None = None) -> AsyncIterator[Ground]:
    """Over a folder that is empty at first, and an emulator of its own unless one is given."""
    async with contextlib.AsyncExitStack() as stack:
        if endpoint_url is None:
            emulator = Emulator(state=folder / "aws", environment=os.environ, key=signature.Key("test", "test"))
            endpoint_url = (await stack.enter_async_context(emulator)).endpoint_url
        sink = Sink()
        await sink.start()
        stack.push_async_callback(sink.close)
        yield Ground(folder=folder, endpoint_url=endpoint_url, sink=sink, stack=stack)
