"""The embedded default, assembled: emulator, resources, project, mailbox and gateway on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from hermes import errors, logs
from hermes.app import env, gateway, records
from hermes.aws import provision
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading
from hermes.gateway.upkeep.announcer import Announcer
from hermes.launch.local import LocalLauncher
from hermes.local import demo, project, settings
from hermes.local.emulator import Emulator
from hermes.local.mailbox import DemoMailbox
from hermes.local.operator_socket import OperatorSocket
from hermes.local.timeline import DemoTimeline

#: The end of a demo or `hermes dev`: its workers save their work and go within this.
LOCAL_WORKERS_SECONDS: Final = 40.0
_ROOT: Final = 0


@contextlib.asynccontextmanager
async def local(
    state: Path,
    *,
    agent: str,
    timeline: DemoTimeline,
    environ: Mapping[str, str],
    port: int = 0,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[demo.Stage]:
    """The embedded default, all of it: emulator, resources, project, mailbox, gateway; stopped in reverse order.

    `environ` is the environment that this process had at its start. `stop` is set by the caller to stop, and by a part that died; what it
    died of is raised. Raises `errors.HermesError` that says which part does not start.
    """
    stop = stop or asyncio.Event()
    repository = state / "project.git"
    async with contextlib.AsyncExitStack() as stack:
        emulator = Emulator(state=state / "aws", environment=environ)
        await stack.enter_async_context(emulator)
        timeline.say("step.aws", f"AWS is emulated at {emulator.endpoint_url}")
        await asyncio.to_thread(project.create, repository)
        timeline.say("step.project", f"the project lies in {repository}")
        mailbox = DemoMailbox(path=state / "mailbox")
        await mailbox.start()
        stack.push_async_callback(mailbox.close)
        config = settings.build(
            state=state,
            endpoint_url=emulator.endpoint_url,
            key=emulator.key,
            repository=repository,
            replies_port=mailbox.port,
            port=port,
            agent_name=agent,
        )
        clients = await stack.enter_async_context(records.connect(config))
        made = await provision.provision(
            clients=clients, names=ResourceNames(config.prefix), bucket=config.aws.bucket, region=config.aws.region
        )
        timeline.say("step.resources", f"{len(made)} tables, buckets and queues are there")
        built = await gateway.build(
            config, clients, env=env.system(emit=Announcer([logs.event, timeline.take])), environ=environ
        )
        workers = built.launcher
        if isinstance(workers, LocalLauncher):
            workers.tie()  # without the emulator, which ends with us, they can do nothing but save their work
            # Those of an earlier start, which was killed, have the key of an emulator that is gone: they save their work and end.
            for left in await workers.running():
                await workers.stop(left.task, "Hermes was started again")
            # Last in, first out: the gateway stops before the workers, so that what they report waits for the next start.
            stack.push_async_callback(workers.close, LOCAL_WORKERS_SECONDS)
        operators = OperatorSocket(state, lambda: loading.as_environment(config), users=frozenset({_ROOT, os.getuid()}))
        await operators.start()
        stack.push_async_callback(operators.stop)
        started = asyncio.Event()
        serving = asyncio.create_task(built.service.run(stop, started=started), name="gateway")
        watching = asyncio.create_task(emulator.wait(), name="emulator")
        stack.push_async_callback(_end, stop, serving, watching)
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if serving.done():
            serving.result()
        for part in (serving, watching):
            part.add_done_callback(lambda _: stop.set())
        yield demo.Stage(
            smtp_host=config.smtp_ingress.host,
            smtp_port=built.smtp.port if built.smtp else 0,
            address=settings.ADDRESS,
            person=settings.PERSON,
            mailbox=mailbox,
            repository=repository,
            agent=agent,
            timeline=timeline,
        )


async def _end(stop: asyncio.Event, serving: asyncio.Task[None], watching: asyncio.Task[int]) -> None:
    """Stop the gateway; say it if the emulator went away under it."""
    died = watching.done() and not stop.is_set()
    stop.set()
    watching.cancel()
    await serving
    if died:
        raise errors.StepFailed("the emulator ended on its own")
