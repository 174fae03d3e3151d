"""Config to objects: the only place that builds the gateway."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import time
from collections.abc import AsyncIterator, Sequence
from typing import Final

from hermes import ids, limits
from hermes.app import ingress as ingress_build
from hermes.app import mailers as mailing
from hermes.app import web as web_build
from hermes.app.launchers import Environ, launcher, worker_environment
from hermes.app.mailers import mailer
from hermes.app.records import Records, connect, records
from hermes.aws import clients as aws_clients
from hermes.aws import provision
from hermes.aws.side_queue import SideQueue
from hermes.config.loading import Config
from hermes.domain.crash_points import CrashPoint, no_crash
from hermes.domain.events import Emit
from hermes.gateway.commands.command_executor import CommandExecutor
from hermes.gateway.commands.container_manager import ContainerManager, Times
from hermes.gateway.commands.dead_commands import DeadCommandHandler
from hermes.gateway.commands.notices import Notices
from hermes.gateway.commands.preemptor import Preemptor
from hermes.gateway.commands.reruns import Reruns
from hermes.gateway.intake.admission import Admission
from hermes.gateway.intake.answer_plan import AnswerPlanner
from hermes.gateway.intake.bounces import Bounces
from hermes.gateway.intake.command_plan import CommandPlanner
from hermes.gateway.intake.concurrency_limiter import ConcurrencyLimiter
from hermes.gateway.intake.duplicates import Duplicates
from hermes.gateway.intake.email_processor import EmailProcessor
from hermes.gateway.intake.inbound import Inbound
from hermes.gateway.intake.judging import Judging
from hermes.gateway.intake.mail_outcomes import MailOutcomes
from hermes.gateway.intake.plan import Parts
from hermes.gateway.intake.planner import Planner
from hermes.gateway.intake.thread_search import ThreadSearch
from hermes.gateway.replies.outbox import Outbox
from hermes.gateway.replies.replies import Tokens
from hermes.gateway.replies.reply_rate_limiter import ReplyRateLimiter
from hermes.gateway.results.finisher import Finisher
from hermes.gateway.results.output_poller import OutputPoller
from hermes.gateway.results.owed import Owed
from hermes.gateway.results.owing import Owing
from hermes.gateway.results.replica_membership import ReplicaMembership
from hermes.gateway.upkeep.announcer import Announcer
from hermes.gateway.upkeep.dead_letters import DeadLetterWatch
from hermes.gateway.upkeep.service import Ingress, Service
from hermes.gateway.upkeep.sweeper import Sweeper
from hermes.gateway.upkeep.tasks import Tasks
from hermes.gateway.upkeep.unreadable_rows import UnreadableRows
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender
from hermes.ingress.http.http_server import HttpIngress
from hermes.ingress.mail_store import MailStore
from hermes.ingress.resolver import Resolver
from hermes.ingress.smtp import SmtpIngress
from hermes.launch.port import Launcher
from hermes.process import memory
from hermes.web.control import RecordControl
from hermes.web.metrics import Metrics

#: Mails under way at once of those that do not claim to be an owner's.
STRANGERS: Final = 2

__all__ = ["Gateway", "Records", "build", "connect", "gateway", "launcher", "mailer", "records"]


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
    depositor: MailStore
    smtp: SmtpIngress | None
    http: HttpIngress | None
    site: web_build.WebServer | None
    rendezvous: ReplicaMembership


@contextlib.asynccontextmanager
async def gateway(
    config: Config,
    *,
    emit: Emit,
    ingresses: Sequence[Ingress] = (),
    reach: CrashPoint = no_crash,
    environ: Environ = None,
) -> AsyncIterator[Gateway]:
    """A gateway with everything it needs, closed at the end; `reach` is told each point at which it may die."""
    async with connect(config, ecs=config.launcher.kind == "ecs") as clients:
        built = await build(config, clients, emit=emit, ingresses=ingresses, reach=reach, environ=environ)
        with memory.settled():
            yield built


async def build(
    config: Config,
    clients: aws_clients.Clients,
    *,
    emit: Emit,
    ingresses: Sequence[Ingress] = (),
    reach: CrashPoint = no_crash,
    environ: Environ = None,
) -> Gateway:
    """A gateway over given clients; `environ` is the environment that this process had at its start."""
    held = await records(config, clients)
    metrics = Metrics() if config.web.enabled else None
    if metrics is not None:
        emit = Announcer([emit, metrics.take])
    now, owner, timing, key = time.time, ids.new_id(), config.timing, config.mail.token_key
    tokens = Tokens(key.encode(), config.mail.token_style) if key else None
    writer = mailing.writer(config, tokens, now)
    starts = launcher(config, clients, environ=environ)

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
        pacing=ReplyRateLimiter(records=held.outbox, enabled=config.mail.ladder, now=now),
        lease_seconds=timing.reply_lease,
        now=now,
        jitter=random.random,
        emit=emit,
        senders=config.mail.smtp.connections if config.mail.mailer == "smtp" else limits.SENDERS,
        reach=reach,
    )
    notices = Notices(outbox=held.outbox, writer=writer, send_reply=sender.submit)
    reruns = Reruns(
        tables=held.tables,
        commands=held.commands,
        outbox=held.outbox,
        preemptions=held.preemptions,
        sessions=held.sessions,
        notices=notices,
        send_reply=sender.submit,
        timing=timing.lifecycle,
        now=now,
        new_id=ids.new_id,
        emit=emit,
        reach=reach,
    )
    finisher = Finisher(
        tables=held.tables,
        commands=held.commands,
        sessions=held.sessions,
        outbox=held.outbox,
        usage=held.usage,
        writer=writer,
        objects=held.objects,
        send_reply=sender.submit,
        reruns=reruns,
        waiting_for=lambda command: preemptor.waiting_for(command),
        now=now,
        sleep=asyncio.sleep,
        jitter=random.random,
        emit=emit,
        reach=reach,
    )

    async def output_url(key: str) -> str:
        return (await manager.queue_set(key)).output_url

    clock = asyncio.get_running_loop().time
    owed = Owed(clock=clock)
    rendezvous = ReplicaMembership(
        replicas=held.replicas,
        replica=owner,
        owed=owed,
        owe=lambda key, command_id: poller.owe(key, command_id, ours=False),
        look=lambda: owing.look(),
        clock=clock,
        now=now,
        emit=emit,
    )
    poller = OutputPoller(
        queues=held.queues,
        dead_letters=held.dead_letters,
        output_url=output_url,
        answer=lambda key, body: executor.answer(key, body),
        unreadable=lambda body, key: undelivered.report(body, key),
        poll_seconds=timing.poll,
        owed=owed,
        expect=rendezvous.expect,
        mine=rendezvous.mine,
        now=now,
        emit=emit,
        reach=reach,
    )
    owing = Owing(commands=held.commands, owed=owed, poller=poller, mine=rendezvous.mine)
    short_lived = Tasks(now=now, emit=emit)
    executor: CommandExecutor
    preemptor = Preemptor(
        preemptions=held.preemptions,
        commands=held.commands,
        notices=notices,
        interrupt=lambda command, **why: executor.interrupt(command, **why),
        dispatch=lambda command: executor.dispatch(command),
        timing=timing.lifecycle,
        now=now,
        emit=emit,
        reach=reach,
    )
    executor = CommandExecutor(
        config=config,
        commands=held.commands,
        sessions=held.sessions,
        queues=held.queues,
        containers=manager,
        finisher=finisher,
        notices=notices,
        preemptor=preemptor,
        send_reply=sender.submit,
        owe=poller.owe,
        settled=owed.drop,
        unclaimed_url=held.places.unclaimed,
        tasks=short_lived,
        sleep=asyncio.sleep,
        now=now,
        emit=emit,
        reach=reach,
    )
    undelivered = DeadCommandHandler(commands=held.commands, conclude=executor.conclude, give_up=executor.give_up)
    parts = Parts(sessions=held.sessions, outbox=held.outbox, now=now)
    planner = Planner(
        commands=CommandPlanner(
            parts=parts,
            sessions=held.sessions,
            commands=held.commands,
            usage=held.usage,
            preemptions=held.preemptions,
            writer=writer,
            timing=timing.lifecycle,
            collect_seconds=config.gateway.collect_seconds,
            now=now,
        ),
        answers=AnswerPlanner(parts=parts, sessions=held.sessions, commands=held.commands, writer=writer, now=now),
        records=held.commands,
        preemptions=held.preemptions,
        objects=held.objects,
        grants=config.grants,
        now=now,
    )
    outcomes = MailOutcomes(sessions=held.sessions, now=now, emit=emit)
    judging = Judging(config=config, resolver=Resolver(), clock=clock)
    processor = EmailProcessor(
        objects=held.objects,
        tables=held.tables,
        sessions=held.sessions,
        commands=held.commands,
        admission=Admission(config=config, judge=judging),
        planner=planner,
        parts=parts,
        writer=writer,
        aftermath=executor,
        search=ThreadSearch(sessions=held.sessions, outbox=held.outbox, tokens=tokens, now=now, emit=emit),
        outcomes=outcomes,
        copies=Duplicates(tables=held.tables, sessions=held.sessions, outcomes=outcomes),
        bounces=Bounces(outbox=held.outbox, tokens=tokens, now=now, emit=emit),
        expect=rendezvous.expect,
        now=now,
        sleep=asyncio.sleep,
        new_id=ids.new_id,
        jitter=random.random,
        emit=emit,
        reach=reach,
    )
    holding = VisibilityExtender(
        queues=held.queues, visibility_seconds=limits.INBOUND_VISIBILITY_SECONDS, now=now, emit=emit
    )
    pressure = ConcurrencyLimiter(most=config.gateway.concurrency)

    def reads(url: str, concurrency: int) -> Inbound:
        return Inbound(
            queues=held.queues,
            dead_letters=held.dead_letters,
            processor=processor,
            holding=holding,
            url=url,
            concurrency=concurrency,
            allowed=lambda: pressure.allowed,
            beside=lambda: judging.under_way,
            poll_seconds=timing.poll,
            now=now,
            emit=emit,
            reach=reach,
        )

    inbound = reads(held.places.inbound, config.gateway.concurrency)
    apart = held.places.strangers != held.places.inbound
    strangers = [reads(held.places.strangers, STRANGERS)] if apart else []
    sweeper = Sweeper(
        commands=held.commands,
        replies=held.outbox,
        sessions=held.sessions,
        executor=executor,
        preemptor=preemptor,
        containers=manager,
        outbox=sender,
        poller=poller,
        owing=owing,
        unreadable=UnreadableRows(rows=held.parked_rows, now=now, emit=emit),
        mine=rendezvous.mine,
        busy=lambda: rendezvous.busy,
        timing=timing,
        now=now,
        jitter=random.random,
        emit=emit,
        reach=reach,
    )
    depositor = ingress_build.depositor(config, held.objects, held.queues, held.places, emit=emit, reach=reach)
    ways = ingress_build.ways_in(config, depositor)
    dead = DeadLetterWatch(
        queues=held.queues,
        shelves=[SideQueue(queues=held.queues, url=url) for url in (held.places.dead, held.places.dead_fifo)],
        fail=processor.fail,
        unreadable=undelivered.report,
        undelivered=undelivered.command,
        every_seconds=timing.orphans,
        now=now,
        jitter=random.random,
        emit=emit,
    )
    site = None
    if metrics is not None:
        site = web_build.site(
            config.web,
            clients=clients,
            queues=held.queues,
            places=held.places,
            metrics=metrics,
            control=RecordControl(commands=held.commands, executor=executor, now=now),
            last_poll=lambda: inbound.last_poll,
            poll_seconds=timing.poll,
            now=now,
            emit=emit,
        )
        site.meter.start()
    service = Service(
        ingresses=[*ways.every, *ingresses, *([site.server] if site else [])],
        inbound=inbound,
        sweeper=sweeper,
        holding=holding,
        poller=poller,
        outbox=sender,
        tasks=short_lived,
        closing=manager.closing,
        beside=[*strangers, dead, rendezvous, pressure, *(site.beside if site else ())],
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
        smtp=ways.smtp,
        http=ways.http,
        site=site,
        rendezvous=rendezvous,
    )
