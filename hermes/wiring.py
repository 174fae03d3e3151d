"""Config to objects: the only place that builds the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from hermes import ids, limits
from hermes.aws import clients as aws_clients
from hermes.aws import commands as command_records
from hermes.aws import containers as container_records
from hermes.aws import objects as s3
from hermes.aws import outbox as outbox_records
from hermes.aws import provision, ses, tables
from hermes.aws import queues as sqs
from hermes.aws import sessions as session_records
from hermes.aws import tasks as ecs_tasks
from hermes.aws.names import Names
from hermes.config import Config, Project
from hermes.domain.containers import QueueSet
from hermes.domain.events import Emit
from hermes.domain.pointer import Pointer
from hermes.domain.reach import Reach, nowhere
from hermes.gateway import mailer as mailers
from hermes.gateway.admission import Admission, Judge
from hermes.gateway.answer_plan import AnswerPlanner
from hermes.gateway.command_executor import CommandExecutor
from hermes.gateway.command_plan import CommandPlanner
from hermes.gateway.container_manager import ContainerManager, Times
from hermes.gateway.email_processor import EmailProcessor
from hermes.gateway.finisher import Finisher
from hermes.gateway.holding import Holding
from hermes.gateway.inbound import Inbound
from hermes.gateway.outbox import Outbox
from hermes.gateway.output_poller import OutputPoller
from hermes.gateway.plan import Parts
from hermes.gateway.planner import Planner
from hermes.gateway.replies import ReplyWriter, Tokens
from hermes.gateway.service import Ingress, Service
from hermes.gateway.sweeper import Sweeper
from hermes.gateway.tasks import Tasks
from hermes.ingress.deposit import Depositor
from hermes.ingress.resolver import Resolver
from hermes.ingress.smtp import SmtpIngress
from hermes.launch.ecs import EcsLauncher
from hermes.launch.local import LocalLauncher
from hermes.launch.port import Launcher
from hermes.mail import lookup, token, verdict
from hermes.mail.address import Address


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Every record and queue, for whoever looks from outside: commands for operators, tests, the demo."""

    clients: aws_clients.Clients
    names: Names
    places: provision.Places
    tables: tables.Tables
    queues: sqs.Queues
    dead_letters: sqs.DeadLetters
    objects: s3.Objects
    commands: command_records.Commands
    sessions: session_records.Sessions
    containers: container_records.Containers
    outbox: outbox_records.Outbox


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway, ready to run."""

    config: Config
    records: Records
    service: Service
    processor: EmailProcessor
    executor: CommandExecutor
    manager: ContainerManager
    poller: OutputPoller
    sweeper: Sweeper
    launcher: Launcher
    depositor: Depositor
    smtp: SmtpIngress | None


@contextlib.asynccontextmanager
async def connect(config: Config, *, ecs: bool = False, polls: int = 64) -> AsyncIterator[aws_clients.Clients]:
    """The AWS clients of a process."""
    async with aws_clients.connect(
        region=config.aws.region,
        endpoint_url=config.aws.endpoint_url,
        access_key=config.aws.access_key,
        secret_key=config.aws.secret_key,
        polls=polls,
        ecs=ecs,
        ses=config.mail.mailer == "ses",
    ) as made:
        yield made


async def records(config: Config, clients: aws_clients.Clients) -> Records:
    """The records under the configured prefix. Raises `errors.ConfigError` where `hermes provision` was not run."""
    names = Names(config.prefix)
    queues = sqs.Queues(polls=clients.polls, client=clients.sqs)
    places = await provision.find(queues=queues, names=names)
    dynamo = tables.Tables(client=clients.dynamodb)
    return Records(
        clients=clients,
        names=names,
        places=places,
        tables=dynamo,
        queues=queues,
        dead_letters=sqs.DeadLetters(queues=queues, url=places.dead, fifo_url=places.dead_fifo),
        objects=s3.Objects(client=clients.s3, bucket=config.aws.bucket),
        commands=command_records.Commands(tables=dynamo, names=names),
        sessions=session_records.Sessions(tables=dynamo, names=names),
        containers=container_records.Containers(tables=dynamo, names=names),
        outbox=outbox_records.Outbox(tables=dynamo, names=names),
    )


def launcher(config: Config, clients: aws_clients.Clients) -> Launcher:
    """The launcher that the configuration names."""
    if config.launcher.kind == "ecs":
        return EcsLauncher(
            tasks=ecs_tasks.Tasks(client=clients.ecs), settings=config.launcher.ecs, prefix=config.prefix
        )
    keys = {
        "AWS_ACCESS_KEY_ID": config.aws.access_key or os.environ.get("AWS_ACCESS_KEY_ID"),
        "AWS_SECRET_ACCESS_KEY": config.aws.secret_key or os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    handed_on = {"AWS_SESSION_TOKEN", "AWS_PROFILE", "HOME"}.union(*(p.agent.env for p in config.projects))
    keys |= {name: os.environ.get(name) for name in handed_on}
    return LocalLauncher(
        state=config.launcher.local.state,
        argv=[sys.executable, "-m", "hermes", "worker"],
        environment={name: value for name, value in keys.items() if value},
    )


def mailer(config: Config, clients: aws_clients.Clients) -> mailers.Mailer:
    """What carries replies out."""
    if config.mail.mailer == "ses":
        return mailers.SesMailer(ses=ses.Ses(client=clients.ses), region=config.aws.region)
    return mailers.SmtpMailer(settings=config.mail.smtp, hostname=config.mail.domain)


def worker_environment(config: Config) -> Callable[[str, Project, QueueSet, int], Mapping[str, str]]:
    """What a worker is told when it is launched; all of it is frozen in the container's record."""

    def environment(key: str, project: Project, queue_set: QueueSet, gen: int) -> dict[str, str]:
        user = key.rsplit("#", 1)[-1]
        root = config.containers.workspace
        if config.launcher.kind == "local":
            # On one machine the users' folders must be told apart; in ECS each container has its own disk.
            root = str((config.launcher.local.state / "workspaces" / user).absolute())
        given = {
            "CONTAINER_KEY": key,
            "GEN": str(gen),
            "INPUT_QUEUE_URL": queue_set.input_url,
            "INTERRUPT_QUEUE_URL": queue_set.interrupts_url,
            "OUTPUT_QUEUE_URL": queue_set.output_url,
            "TABLE_PREFIX": config.prefix,
            "BUCKET": config.aws.bucket,
            "REGION": config.aws.region,
            "ENDPOINT_URL": config.aws.endpoint_url,
            "WORKSPACE": f"{root}/{project.client}/{project.project}",
            "REPOSITORY_URL": project.repository,
            "DEFAULT_BRANCH": project.default_branch,
            "IDLE_SECONDS": f"{config.containers.idle_seconds:g}",
            "MAX_SESSIONS": str(config.containers.max_sessions),
            "AGENT": project.agent.model_dump_json(exclude_none=True),
            "BUILD_COMMAND": project.build_command,
            "PREVIEW_URL": project.preview_url,
        }
        return {f"HERMES_WORKER_{name}": value for name, value in given.items() if value}

    return environment


def judge(config: Config, resolver: lookup.Resolver) -> Judge:
    """The verdict by the configured sources, as admission asks for it."""
    settings = verdict.Settings(trust_loopback=config.smtp_ingress.trust_loopback, **config.authentication.model_dump())

    async def judged(pointer: Pointer, raw: bytes, author: Address) -> str | None:
        domain = author.address.rpartition("@")[2]
        facts = verdict.DeliveryFacts.of(pointer)
        said = await verdict.judge(facts, raw, domain, settings=settings, resolver=resolver)
        return None if said.passed else f"{said.source.value}: {said.reason}"

    return judged


@contextlib.asynccontextmanager
async def gateway(
    config: Config, *, emit: Emit, ingresses: Sequence[Ingress] = (), reach: Reach = nowhere
) -> AsyncIterator[Gateway]:
    """A gateway with everything it needs, closed at the end; `reach` is told each point at which it may die."""
    async with connect(config, ecs=config.launcher.kind == "ecs") as clients:
        yield await build(config, clients, emit=emit, ingresses=ingresses, reach=reach)


async def build(
    config: Config,
    clients: aws_clients.Clients,
    *,
    emit: Emit,
    ingresses: Sequence[Ingress] = (),
    reach: Reach = nowhere,
) -> Gateway:
    """A gateway over given clients."""
    held = await records(config, clients)
    now, owner, timing, key = time.time, ids.new_id(), config.timing, config.mail.token_key
    tokens = Tokens(key.encode(), config.mail.token_style) if key else None
    writer = ReplyWriter(
        domain=config.mail.domain,
        name=config.mail.name,
        prefix=config.prefix,
        tokens=tokens,
        lease_seconds=timing.reply_lease,
        now=now,
    )
    starts = launcher(config, clients)

    manager = ContainerManager(
        records=held.containers,
        launcher=starts,
        make_queue_set=lambda key: provision.create_queue_set(
            queues=held.queues, names=held.names, places=held.places, key=key, now=now()
        ),
        environment=worker_environment(config),
        owner=owner,
        times=Times(
            launch_lease=timing.launch_lease,
            launch=config.containers.launch_seconds,
            heartbeat_stale=timing.heartbeat_stale,
        ),
        now=now,
        new_id=ids.new_id,
        emit=emit,
        reach=reach,
    )
    sender = Outbox(
        records=held.outbox,
        sessions=held.sessions,
        mailer=mailer(config, clients),
        lease_seconds=timing.reply_lease,
        now=now,
        jitter=random.random,
        emit=emit,
        reach=reach,
    )
    finisher = Finisher(
        tables=held.tables,
        commands=held.commands,
        sessions=held.sessions,
        outbox=held.outbox,
        writer=writer,
        send_reply=sender.submit,
        accepted_due=timing.accepted,
        now=now,
        sleep=asyncio.sleep,
        emit=emit,
        reach=reach,
    )

    async def output_url(key: str) -> str:
        return (await manager.queue_set(key)).output_url

    poller = OutputPoller(
        queues=held.queues,
        dead_letters=held.dead_letters,
        output_url=output_url,
        answer=lambda body: executor.answer(body),
        poll_seconds=timing.poll,
        now=now,
        emit=emit,
        reach=reach,
    )
    short_lived = Tasks(now=now, emit=emit)
    executor = CommandExecutor(
        config=config,
        commands=held.commands,
        sessions=held.sessions,
        outbox=held.outbox,
        queues=held.queues,
        containers=manager,
        finisher=finisher,
        writer=writer,
        send_reply=sender.submit,
        owe=poller.owe,
        unclaimed_url=held.places.unclaimed,
        tasks=short_lived,
        now=now,
        emit=emit,
        reach=reach,
    )
    parts = Parts(sessions=held.sessions, outbox=held.outbox, now=now)
    planner = Planner(
        commands=CommandPlanner(
            parts=parts,
            sessions=held.sessions,
            commands=held.commands,
            writer=writer,
            accepted_due=timing.accepted,
            now=now,
        ),
        answers=AnswerPlanner(parts=parts, sessions=held.sessions, commands=held.commands, writer=writer, now=now),
        objects=held.objects,
    )
    processor = EmailProcessor(
        objects=held.objects,
        tables=held.tables,
        sessions=held.sessions,
        commands=held.commands,
        admission=Admission(config=config, judge=judge(config, Resolver())),
        planner=planner,
        parts=parts,
        writer=writer,
        aftermath=executor,
        tokens=tokens,
        now=now,
        sleep=asyncio.sleep,
        new_id=ids.new_id,
        jitter=random.random,
        emit=emit,
        reach=reach,
    )
    holding = Holding(queues=held.queues, visibility_seconds=limits.INBOUND_VISIBILITY_SECONDS, now=now, emit=emit)
    inbound = Inbound(
        queues=held.queues,
        dead_letters=held.dead_letters,
        processor=processor,
        holding=holding,
        url=held.places.inbound,
        concurrency=config.gateway.concurrency,
        poll_seconds=timing.poll,
        now=now,
        emit=emit,
        reach=reach,
    )
    sweeper = Sweeper(
        commands=held.commands,
        replies=held.outbox,
        sessions=held.sessions,
        executor=executor,
        containers=manager,
        outbox=sender,
        poller=poller,
        timing=timing,
        now=now,
        jitter=random.random,
        emit=emit,
        reach=reach,
    )
    depositor = Depositor(objects=held.objects, queues=held.queues, inbound=held.places.inbound, emit=emit)
    smtp = None
    if config.smtp_ingress.enabled:
        smtp = SmtpIngress(
            depositor=depositor,
            accepts=lambda recipient: config.project_of(token.read(recipient)[0]) is not None,
            hostname=config.mail.domain,
            host=config.smtp_ingress.host,
            port=config.smtp_ingress.port,
            trust_loopback=config.smtp_ingress.trust_loopback,
        )
    service = Service(
        ingresses=[*([smtp] if smtp else []), *ingresses],
        inbound=inbound,
        sweeper=sweeper,
        holding=holding,
        poller=poller,
        outbox=sender,
        tasks=short_lived,
        now=now,
        emit=emit,
    )
    return Gateway(
        config=config,
        records=held,
        service=service,
        processor=processor,
        executor=executor,
        manager=manager,
        poller=poller,
        sweeper=sweeper,
        launcher=starts,
        depositor=depositor,
        smtp=smtp,
    )
