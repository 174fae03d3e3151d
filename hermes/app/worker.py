"""`hermes worker`: settings to objects, signals to the stop event, and the exit status. The only place in this room that builds things.

Exit statuses: 0 in good order, 1 something broke, 2 the settings cannot be used, 3 the container key is another's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final, TypeVar

from hermes import errors, ids, limits
from hermes.agents import select
from hermes.app import containment, workspace_lock
from hermes.app.env import system
from hermes.app.traces import tracing
from hermes.aws import clients as aws
from hermes.aws import objects, provision, tables
from hermes.aws import queues as sqs
from hermes.aws.alerts.aws_time import AwsTime
from hermes.aws.bodies import LargeQueues
from hermes.aws.queues import DeadLetters
from hermes.aws.records import commands, containers, preemptions, sessions
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.snapshots import RowSnapshots
from hermes.aws.resource_names import ResourceNames
from hermes.aws.s3_prefix import S3Prefix
from hermes.domain import escape, lifecycle, wire
from hermes.domain.env import CrashPoint, Env, no_crash
from hermes.execution import ExecutionMetrics, ExecutionRegistry, FileStore
from hermes.execution.environment import Environment
from hermes.launch import handover
from hermes.process import descendants, privileges
from hermes.process.reaper import Reaper
from hermes.process.reserve import Reserve
from hermes.process.user import Users
from hermes.process.walls import Sandbox
from hermes.repository.bundles import Bundles
from hermes.repository.git import Git
from hermes.repository.remote import Remote
from hermes.repository.secret_scan import SecretScan, secret_values
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from hermes.site.leaks import Leaks
from hermes.worker import control_server
from hermes.worker.claim import ClaimRecords, Claims
from hermes.worker.config import WorkerConfig
from hermes.worker.executions import Executions, Mirrored
from hermes.worker.inbox import Inbox
from hermes.worker.interrupt_queue import InterruptQueue
from hermes.worker.jobs import Jobs
from hermes.worker.journal import Journal
from hermes.worker.lease import Lease
from hermes.worker.reporter import Reporter
from hermes.worker.run.build import Build
from hermes.worker.run.checks import Checks
from hermes.worker.run.live_log import LiveLog
from hermes.worker.run.media import Media
from hermes.worker.run.publish import Publication
from hermes.worker.run.runner import Runner
from hermes.worker.run.site.states import SiteStates
from hermes.worker.run.site.viewer import SiteViewer
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, SiteTools, Tools
from hermes.worker.run.transcripts import Transcripts
from hermes.worker.run.work_saver import WorkSaver
from hermes.worker.run.workspace_cleaner import WorkspaceCleaner
from hermes.worker.service import FAILED, STOPPED, WorkerService, WorkerTimes

#: One question to the task's metadata endpoint.
METADATA_SECONDS: Final = 5.0

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

UNUSABLE = 3
_ECS_METADATA = "ECS_CONTAINER_METADATA_URI_V4"


async def main(
    environ: Mapping[str, str], *, times: WorkerTimes | None = None, crash_point: CrashPoint = no_crash
) -> int:
    """Run a worker until it is idle, stopped (SIGTERM, SIGINT) or fenced; returns the exit status."""
    aws_time = AwsTime()
    env = system(emit=tracing.nobody, crash_point=crash_point, now=aws_time.now)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    handover.watch(environ, stop.set)
    try:
        config = WorkerConfig.read(environ)
        users = None
        if config.agent_user is not None:
            numbers = privileges.Numbers.read(config.user, config.agent_user)
            users = privileges.give_up(numbers, config.workspace, lost=stop.set)
            environ = privileges.environment(environ, numbers)
        elif os.geteuid() == 0:
            _LOG.warning("Agents run as root: HERMES_WORKER_AGENT_USER is not set.", extra={"action": "worker.root"})
        descendants.become_subreaper()
        descendants.hide_environment()
        async with workspace_lock.alone(config.workspace / "runtime", stop) as free:
            return await serve(config, environ, stop, env, times, users, aws_time) if free else STOPPED
    except errors.ConfigError as error:
        sys.stderr.write(escape.line(f"hermes worker: {error.message}") + "\n")
        return UNUSABLE
    except errors.HermesError as error:
        _LOG.error("The worker ends: %s", error.message, extra={"action": "worker.failed"})
        return FAILED
    except BaseExceptionGroup as group:
        _LOG.error("A task of the worker died.", exc_info=group, extra={"action": "worker.failed"})
        return FAILED
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def serve(
    config: WorkerConfig,
    environ: Mapping[str, str],
    stop: asyncio.Event,
    env: Env,
    times: WorkerTimes | None = None,
    users: Users | None = None,
    aws_time: AwsTime | None = None,
) -> int:
    """Build everything and live. Raises `errors.ConfigError` where AWS lacks what provisioning makes."""
    # After rights were given up, which forks: what sends the spans has a thread.
    env = tracing.traced(env, environ, "hermes-worker")
    task_id = config.task_id or await task_arn(environ, stop)
    names = ResourceNames(config.table_prefix)
    keys = aws.keys(environ, access_key=config.access_key, secret_key=config.secret_key)
    async with aws.connect(region=config.region, endpoint_url=config.endpoint_url, polls=2, **keys) as clients:
        if aws_time is not None:
            aws_time.listen(clients)
            aws_time.sign()
        bucket = objects.Objects(client=clients.s3, bucket=config.bucket)
        queues = LargeQueues(polls=clients.polls, client=clients.sqs, objects=bucket, new_id=ids.new_id)
        places = await _patiently(lambda: provision.find(queues=queues, names=names), stop)
        dead_letters = DeadLetters(queues=queues, url=places.dead, fifo_url=places.dead_fifo)
        records = tables.Tables(client=clients.dynamodb)
        repository = _repository(config, environ, env)
        disk = FileStore(config.workspace / "runtime" / "executions")
        registry, metrics = ExecutionRegistry(), ExecutionMetrics()
        sandbox = await containment.sandbox(config)
        registry.event_bus.subscribe(metrics)
        journal = Journal(folder=config.workspace / "runtime" / "journal", env=env)
        lease = Lease(
            containers=containers.Containers(tables=records, names=names),
            active=ActiveJobs(tables=records, names=names),
            key=config.container_key,
            gen=config.gen,
            task_id=task_id,
            env=env,
        )
        inbox = Inbox(queues=queues, dead_letters=dead_letters, url=config.input_queue_url)
        jobs = Jobs(
            claims=Claims(
                records=ClaimRecords(
                    commands=commands.Commands(tables=records, names=names),
                    sessions=sessions.Sessions(tables=records, names=names),
                    preemptions=preemptions.Preemptions(tables=records, names=names),
                ),
                journal=journal,
                key=config.container_key,
                gen=config.gen,
                timing=lifecycle.Timing(running=config.running_due_seconds),
                env=env,
            ),
            runner=runner(config, environ, bucket, repository, publication(config, clients.s3), env, users, sandbox),
            executions=Executions(
                disk=disk,
                store=Mirrored(disk=disk, copy=RowSnapshots(tables=records, names=names, objects=bucket)),
                registry=registry,
                env=Environment(now=env.now, monotonic=env.clock, sleep=env.sleep),
            ),
            reporter=Reporter(queues=queues, url=config.output_queue_url, journal=journal, env=env),
            inbox=inbox,
            lease=lease,
            most=config.max_sessions,
            env=env,
        )
        service = WorkerService(
            lease=lease,
            inbox=inbox,
            jobs=jobs,
            interrupts=InterruptQueue(queues=queues, dead_letters=dead_letters, url=config.interrupt_queue_url),
            reaper=Reaper(),
            tidy=tidy(config, repository, env, users),
            times=times or WorkerTimes(idle=config.idle_seconds),
            env=env,
        )
        control = config.workspace / "runtime" / "control.json"
        async with control_server.control_server(
            control=registry, token=config.control_token, path=control, metrics=metrics
        ):
            return await service.run(stop)


def tidy(
    config: WorkerConfig, repository: tuple[Store, Remote], env: Env, users: Users | None = None
) -> WorkspaceCleaner:
    """What keeps the worker's folder small."""
    root = config.workspace.absolute()
    clone, remote = repository

    async def save(session_id: str, branch: str) -> None:
        paths = Paths.of(root, session_id)
        space = Workspace(store=clone, remote=remote, paths=paths, session_id=session_id, branch=branch, users=users)
        async with space:
            await space.put_by()

    return WorkspaceCleaner(root=root, save=save, users=users, env=env)


def _repository(config: WorkerConfig, environ: Mapping[str, str], env: Env) -> tuple[Store, Remote]:
    runtime = config.workspace.absolute() / "runtime"
    git = Git(home=runtime / "home", source=environ, credential_helper=config.credential_helper)
    store = Store(git=git, path=runtime / "store.git")
    # Tried once: the step that it is asked in has the retries.
    remote = Remote(store=store, url=config.repository_url, default_branch=config.default_branch, env=env, tries=1)
    return store, remote


def publication(config: WorkerConfig, client: object) -> Publication | None:
    """What shows the project's builds, if it is to."""
    settings = config.publish
    if settings is None:
        return None
    bucket = settings.bucket or config.bucket
    return Publication(
        settings=settings,
        site=lambda prefix: S3Prefix(client=client, bucket=bucket, prefix=prefix),
        leaks=Leaks(bucket=config.bucket, endpoint_url=config.endpoint_url, allow_hosts=settings.allow_hosts),
    )


def checks(
    config: WorkerConfig, environ: Mapping[str, str], secrets: tuple[str, ...] = (), sandbox: Sandbox | None = None
) -> Checks | None:
    """The project's checks, if it has any."""
    if config.check is None:
        return None
    return Checks(
        settings=config.check, environment=environ, secrets=secrets, stop_schedule=config.stop_schedule, sandbox=sandbox
    )


def site_tools(
    config: WorkerConfig, environ: Mapping[str, str], store: objects.Objects, sandbox: Sandbox | None = None
) -> SiteTools | None:
    """How the project's site is looked at, if its folder is known."""
    if (settings := config.shown) is None:
        return None

    async def put(key: str, data: bytes, content_type: str) -> None:
        await store.put(key, data, content_type=content_type)

    states = config.workspace.absolute() / "runtime" / "sites"
    return SiteTools(
        viewer=SiteViewer(settings=settings, environment=environ, put=put, sandbox=sandbox),
        states=SiteStates(root=states, folder=settings.folder, build_command=config.build_command),
        put=put,
    )


def runner(
    config: WorkerConfig,
    environ: Mapping[str, str],
    store: objects.Objects,
    repository: tuple[Store, Remote],
    publication: Publication | None,
    env: Env,
    users: Users | None = None,
    sandbox: Sandbox | None = None,
) -> Runner:
    """What carries out one command."""
    root = config.workspace.absolute()
    clone, remote = repository
    transcripts = Transcripts(objects=store)
    ways = containment.outlets(config, environ, sandbox) if sandbox is not None else None
    given = tuple(environ[name] for name in config.agent.env if name in environ)
    scan = SecretScan(given=secret_values(environ, config.agent.env))

    async def keep_log(command: wire.CommandMessage, path: Path) -> str:
        key = f"logs/{command.session_id}/{command.command_id}-{command.attempt}.log"
        await store.put(key, path.read_bytes(), content_type="text/plain; charset=utf-8")
        return key

    async def put_segment(key: str, data: bytes) -> None:
        await store.put(key, data, content_type="text/plain; charset=utf-8")

    async def fetch_media(ref: wire.AttachmentRef, path: Path) -> None:
        await objects.download(await store.link(ref.key, seconds=round(limits.OBJECT_SECONDS)), path)

    return Runner(
        tools=Tools(
            agent=AgentSetup(
                agent=select.build(containment.agent_settings(config, ways)),
                environment=environ,
                secrets=given,
                stop_schedule=config.stop_schedule,
                sandbox=sandbox,
                traced=env.emit is not tracing.nobody,
            ),
            inputs=Inputs(
                fetch=lambda ref: store.get(ref.key),
                media=Media(folder=config.media_dir, download=fetch_media) if config.media_dir else None,
                transcripts=transcripts,
            ),
            preview=Preview(
                build=Build(
                    command=config.build_command,
                    environment=environ,
                    stop_schedule=config.stop_schedule,
                    sandbox=sandbox,
                ),
                publication=publication,
                url=config.preview_url,
            ),
            checks=checks(config, environ, given, sandbox),
            site=site_tools(config, environ, store, sandbox),
            outlets=ways,
        ),
        workspace=_workspaces(config, root, clone, remote, Bundles(objects=store), scan, users),
        saver=WorkSaver(publication=publication, transcripts=transcripts, keep_log=keep_log, env=env),
        reserve=Reserve(root / "runtime" / "reserve", size=limits.RESERVE_BYTES),
        live=LiveLog(put=put_segment),
        env=env,
    )


def _workspaces(
    config: WorkerConfig,
    root: Path,
    clone: Store,
    remote: Remote,
    bundles: Bundles,
    secrets: SecretScan,
    users: Users | None,
) -> Callable[[wire.CommandMessage], Workspace]:
    def workspace(command: wire.CommandMessage) -> Workspace:
        return Workspace(
            store=clone,
            remote=remote,
            paths=Paths.of(root, command.session_id),
            session_id=command.session_id,
            branch=command.context.branch,
            bundles=bundles,
            secrets=secrets,
            users=users,
        )

    return workspace


async def _patiently(ask: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T:
    """The answer; what fails for now is asked again with growing pauses for as long as a launch may take: a new task costs a minute."""
    loop, pause = asyncio.get_running_loop(), 0.5
    until = loop.time() + limits.LAUNCH_SECONDS
    while True:
        try:
            return await ask()
        except errors.Transient as error:
            _LOG.warning("The worker cannot start yet.", extra={"action": "worker.waits", "why": error.message})
            if loop.time() + pause > until or await sqs.pause(stop, pause):
                raise
            pause = min(pause * 2, limits.REPORT_PAUSE_SECONDS)


async def task_arn(environ: Mapping[str, str], stop: asyncio.Event) -> str:
    """The launcher's name for this task where it is not told. Raises `errors.ConfigError`, `errors.Transient`."""
    return await _patiently(lambda: _task_arn(environ), stop)


async def _task_arn(environ: Mapping[str, str]) -> str:
    """In ECS the task's own metadata say its ARN (task metadata endpoint, version 4)."""
    address = environ.get(_ECS_METADATA)
    if not address:
        raise errors.ConfigError("HERMES_WORKER_TASK_ID is not set; a launcher sets it")

    def ask() -> str:
        with urllib.request.urlopen(f"{address}/task", timeout=METADATA_SECONDS) as answer:  # noqa: S310
            return str(json.load(answer)["TaskARN"])

    try:
        return await asyncio.to_thread(ask)
    except (OSError, ValueError, KeyError) as error:
        raise errors.AwsUnavailable(f"the task's metadata cannot be read: {error}") from error


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(os.environ)))
