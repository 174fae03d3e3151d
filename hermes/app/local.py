"""The embedded default, assembled: emulator, resources, project, mailbox and gateway on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hermes import errors, logs
from hermes.app import env, gateway, on_demand, records, up
from hermes.aws import provision
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading
from hermes.config.loading import Config
from hermes.gateway.upkeep.announcer import Announcer
from hermes.ingress.mail_store import MailStore
from hermes.launch.local import LocalLauncher
from hermes.local import demo, project, settings
from hermes.local.desk import desk
from hermes.local.desk.branches import Branches
from hermes.local.desk.conversations import Conversations
from hermes.local.emulator import Emulator
from hermes.local.mailbox import DemoMailbox
from hermes.local.operator_socket import OperatorSocket
from hermes.local.timeline import DemoTimeline

if TYPE_CHECKING:
    from hermes.local.desk import pages as desk_pages
    from hermes.web import site
else:
    desk_pages, site = on_demand.module("hermes.local.desk.pages"), on_demand.module("hermes.web.site")

#: The end of a demo or `hermes dev`: its workers save their work and go within this.
LOCAL_WORKERS_SECONDS: Final = 40.0
_ROOT: Final = 0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LocalChoice:
    """What somebody wants to run on their machine."""

    given: Mapping[str, Any] | None = None
    """A configuration's values; None: the demo's project."""
    agent: str = "demo"
    """Of the demo's project."""
    port: int = 0
    """Where the gateway takes mail."""
    page_port: int | None = None
    """Where the page is; None: there is none."""


@contextlib.asynccontextmanager
async def local(
    state: Path,
    *,
    choice: LocalChoice,
    timeline: DemoTimeline,
    environ: Mapping[str, str],
    stop: asyncio.Event | None = None,
) -> AsyncIterator[demo.Stage]:
    """The embedded default, all of it: emulator, resources, project, mailbox, gateway; stopped in reverse order.

    `environ` is the environment that this process had at its start. `stop` is set by the caller to stop, and by a part that died; what it
    died of is raised. Raises `errors.HermesError` that says which part does not start.
    """
    stop = stop or asyncio.Event()
    given = choice.given or settings.project(repository=str(state / "project.git"), agent_name=choice.agent)
    async with contextlib.AsyncExitStack() as stack:
        emulator = Emulator(state=state / "aws", environment=environ)
        await stack.enter_async_context(emulator)
        timeline.say("step.aws", f"AWS is emulated at {emulator.endpoint_url}")
        if choice.given is None:
            await asyncio.to_thread(project.create, state / "project.git")
        mailbox = DemoMailbox(path=state / "mailbox")
        await mailbox.start()
        stack.push_async_callback(mailbox.close)
        config = settings.over(
            given,
            settings.Surroundings(
                state=state,
                endpoint_url=emulator.endpoint_url,
                key=emulator.key,
                replies_port=mailbox.port,
                port=choice.port,
                page_port=choice.page_port,
            ),
        )
        first = config.projects[0]
        timeline.say("step.project", f"the project lies in {first.repository}")
        clients = await stack.enter_async_context(records.connect(config))
        made = await provision.provision(
            clients=clients, names=ResourceNames(config.prefix), bucket=config.aws.bucket, region=config.aws.region
        )
        timeline.say("step.resources", f"{len(made)} tables, buckets and queues are there")
        # The page sends what is written on it to a gateway that is being built.
        taking: list[gateway.Gateway] = []
        built = await gateway.build(
            config,
            clients,
            env=env.system(emit=Announcer([logs.event, timeline.take])),
            environ=environ,
            pages=lambda store: _pages(config, state, store, lambda: _smtp(taking[0]), environ),
        )
        taking.append(built)
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
            address=first.addresses[0],
            person=settings.PERSON if choice.given is None else desk.people(first.owners)[0],
            mailbox=mailbox,
            repository=first.repository,
            agent=choice.agent,
            timeline=timeline,
            page=await up.link(config.web, built.records, port=built.site.server.port if built.site else 0),
        )


def _smtp(built: gateway.Gateway) -> tuple[str, int]:
    return built.config.smtp_ingress.host, built.smtp.port if built.smtp else 0


def _pages(
    config: Config, state: Path, store: MailStore, smtp: Callable[[], tuple[str, int]], environ: Mapping[str, str]
) -> site.MorePages:
    """The mailbox and the branches, for the page of `hermes dev`."""
    made = desk.MailDesk(
        conversations=Conversations(sent=state / "sent", received=state / "mailbox"),
        branches=[
            (
                one.name,
                Branches(
                    repository=one.repository,
                    mirror=state / "branches" / f"{one.client}-{one.project}.git",
                    environ=dict(environ),
                ),
            )
            for one in config.projects
        ],
        addresses=[address for one in config.projects for address in one.addresses],
        people=list(dict.fromkeys(person for one in config.projects for person in desk.people(one.owners))),
        store=store,
        smtp=smtp,
    )
    return site.MorePages(
        names=(("/mailbox", "Mailbox"), ("/branches", "Branches")),
        routes=lambda parts, live: desk_pages.routes(parts, live, made),
    )


async def _end(stop: asyncio.Event, serving: asyncio.Task[None], watching: asyncio.Task[int]) -> None:
    """Stop the gateway; say it if the emulator went away under it."""
    died = watching.done() and not stop.is_set()
    stop.set()
    watching.cancel()
    await serving
    if died:
        raise errors.StepFailed("the emulator ended on its own")
