"""Config to objects: the only place that builds the gateway."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hermes import limits
from hermes.app import alerting, configuration, intake, on_demand
from hermes.app import ingress as ingress_build
from hermes.app import mailers as mailing
from hermes.app.launchers import Environ, launcher, worker_environment
from hermes.app.mailers import mailer
from hermes.app.pool import keeping
from hermes.app.records import Records, connect, records
from hermes.app.traces import tracing
from hermes.aws import clients as aws_clients
from hermes.aws import provision
from hermes.aws.alerts.aws_time import AwsTime
from hermes.aws.side_queue import SideQueue
from hermes.config.current import CurrentConfig, CurrentPeople
from hermes.config.loading import Config
from hermes.domain.env import Env
from hermes.gateway.commands.command_executor import CommandExecutor
from hermes.gateway.commands.container_manager import ContainerManager, LaunchTimes
from hermes.gateway.commands.dead_commands import DeadCommandHandler
from hermes.gateway.commands.dispatcher import Dispatcher
from hermes.gateway.commands.interrupter import Interrupter
from hermes.gateway.commands.notices import Notices
from hermes.gateway.commands.precedence import Precedence
from hermes.gateway.commands.preemptor import Preemptor
from hermes.gateway.commands.reruns import Reruns
from hermes.gateway.going_live.approval_mails import ApprovalMails
from hermes.gateway.going_live.due_approvals import DueApprovals
from hermes.gateway.intake.email_processor import EmailProcessor
from hermes.gateway.intake.inbound import Inbound
from hermes.gateway.replies.outbox import Outbox
from hermes.gateway.replies.replies import Tokens
from hermes.gateway.replies.reply_rate_limiter import ReplyRateLimiter
from hermes.gateway.results.concluder import Concluder
from hermes.gateway.results.final_facts import FinalFacts
from hermes.gateway.results.finisher import Finisher
from hermes.gateway.results.output_poller import OutputPoller, Polls
from hermes.gateway.results.parking import ReportParking
from hermes.gateway.results.pending_ledger import PendingLedger
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.results.replica_membership import ReplicaMembership
from hermes.gateway.upkeep.alerter import Alerter
from hermes.gateway.upkeep.announcer import Announcer
from hermes.gateway.upkeep.concurrency_limiter import ConcurrencyLimiter
from hermes.gateway.upkeep.config_watch import ConfigWatch
from hermes.gateway.upkeep.dead_letters import DeadLetterWatch
from hermes.gateway.upkeep.due_commands import DueCommands
from hermes.gateway.upkeep.queue_sweeper import QueueSweeper
from hermes.gateway.upkeep.service import GatewayService, Ingress
from hermes.gateway.upkeep.sweeper import DueRows, Sweeper
from hermes.gateway.upkeep.tasks import Tasks
from hermes.gateway.upkeep.unreadable_rows import UnreadableRows
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender
from hermes.ingress.mail_store import MailStore
from hermes.ingress.smtp import SmtpIngress
from hermes.ingress.sorting import Sorter
from hermes.launch.local import LocalLauncher
from hermes.launch.port import Launcher
from hermes.process import memory, open_files
from hermes.web.control import RecordControl
from hermes.web.metrics import Metrics

if TYPE_CHECKING:
    from hermes.app import web as web_build
    from hermes.ingress.http.http_server import HttpIngress
    from hermes.web.site import MorePages
else:
    web_build = on_demand.module("hermes.app.web")

#: Files and connections that a gateway has open beside its polls: mails that come in, calls, replies, the page, logs.
BESIDE_FILES: Final = 1024

__all__ = ["Gateway", "Records", "build", "connect", "gateway", "launcher", "mailer", "records"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """A gateway, ready to run."""

    config: Config
    records: Records
    service: GatewayService
    processor: EmailProcessor
    executor: CommandExecutor
    finisher: Finisher
    manager: ContainerManager
    poller: OutputPoller
    inbound: Inbound
    sweeper: Sweeper
    launcher: Launcher
    depositor: MailStore
    smtp: SmtpIngress | None
    http: HttpIngress | None
    site: web_build.WebServer | None
    pending: PendingResults
    alerter: Alerter | None = None
    watch: ConfigWatch | None = None


@contextlib.asynccontextmanager
async def gateway(
    config: Config,
    *,
    env: Env,
    ingresses: Sequence[Ingress] = (),
    environ: Environ = None,
    file: Path | None = None,
) -> AsyncIterator[Gateway]:
    """A gateway with everything it needs, closed at the end; see `build`."""
    open_files.allow(config.gateway.polls + BESIDE_FILES)
    async with connect(config, ecs=config.launcher.kind == "ecs", polls=config.gateway.polls) as clients:
        times = AwsTime(now=env.now, clock=env.clock)
        times.listen(clients)
        times.sign()
        env = dataclasses.replace(env, now=times.now)
        built = await build(
            config, clients, env=env, ingresses=ingresses, environ=environ, file=file, clock_offset=times.offset
        )
        with memory.settled():
            yield built


async def build(
    config: Config,
    clients: aws_clients.Clients,
    *,
    env: Env,
    ingresses: Sequence[Ingress] = (),
    environ: Environ = None,
    file: Path | None = None,
    pages: Callable[[MailStore], MorePages] | None = None,
    clock_offset: Callable[[], float | None] | None = None,
) -> Gateway:
    """A gateway over given clients; `environ` is the environment that this process had at its start.

    `file` is looked at again while it runs, with all that the projects come from. `pages` makes what its page shows besides.
    `clock_offset` tells what this machine's clock is ahead of AWS's, where `env` goes by AWS's time; else it is found here.
    """
    if clock_offset is None:
        watched = AwsTime(now=env.now, clock=env.clock)
        watched.listen(clients)
        clock_offset = watched.offset
    held = await records(config, clients)
    config = await configuration.with_shared(config, held)
    source = CurrentConfig(config)
    people = CurrentPeople(source)
    metrics = (
        Metrics(agent_of=lambda name: configuration.agent_of(source.current, name)) if config.web.enabled else None
    )
    traces = tracing.listener(os.environ if environ is None else environ, "hermes-gateway")
    announcer = Announcer([env.emit, *([metrics.take] if metrics is not None else []), *([traces] if traces else [])])
    env = dataclasses.replace(env, emit=announcer)
    owner, timing, key = env.new_id(), config.timing, config.mail.token_key
    tokens = Tokens(key.encode(), config.mail.token_style) if key else None
    writer = mailing.writer(source, tokens, env)
    starts = launcher(source, clients, env=env, environ=environ)

    offers = keeping.claims(source, held, env=env)
    manager = ContainerManager(
        records=held.containers,
        launcher=starts,
        make_queue_set=lambda key: provision.create_queue_set(
            queues=held.queues, names=held.names, places=held.places, key=key, now=env.now()
        ),
        environment=worker_environment(config),
        owner=owner,
        times=LaunchTimes(
            launch_lease=timing.launch_lease,
            launch=config.containers.launch_seconds,
            heartbeat_stale=timing.heartbeat_stale,
        ),
        pool=offers,
        env=env,
    )
    sender = Outbox(
        stores=held,
        mailer=mailer(config, held, clients, env),
        rate_limiter=ReplyRateLimiter(records=held.outbox, people=people, enabled=config.mail.rate_limit, env=env),
        allowance=mailing.allowance(config, held, env),
        lease_seconds=timing.reply_lease,
        env=env,
        senders=config.mail.smtp.connections if config.mail.mailer == "smtp" else limits.SENDERS,
    )
    notices = Notices(stores=held, writer=writer, env=env)
    ledger = PendingLedger(env=env)
    membership = ReplicaMembership(replicas=held.replicas, replica=owner, ledger=ledger, env=env)
    pending = PendingResults(commands=held.commands, ledger=ledger, membership=membership, env=env)
    precedence = Precedence(stores=held)
    finisher = Finisher(
        stores=held,
        writer=writer,
        reruns=Reruns(stores=held, notices=notices, timing=timing.lifecycle, env=env),
        facts=FinalFacts(
            stores=held, people=people, precedence=precedence, links=mailing.object_links(config), env=env
        ),
        env=env,
    )
    parking = ReportParking(stores=held, parked_url=held.places.parked, env=env)
    concluder = Concluder(stores=held, finisher=finisher, pending=pending, parking=parking, env=env)
    interrupter = Interrupter(
        stores=held, containers=manager, concluder=concluder, pending=pending, timing=timing.lifecycle, env=env
    )
    preemptor = Preemptor(
        stores=held,
        notices=notices,
        interrupter=interrupter,
        precedence=precedence,
        timing=timing.lifecycle,
        env=env,
    )
    dispatcher = Dispatcher(
        stores=held,
        config=source,
        containers=manager,
        concluder=concluder,
        notices=notices,
        preemptor=preemptor,
        pending=pending,
        env=env,
    )
    short_lived = Tasks(env=env)
    executor = CommandExecutor(
        dispatcher=dispatcher,
        interrupter=interrupter,
        concluder=concluder,
        preemptor=preemptor,
        containers=manager,
        pending=pending,
        outbox=sender,
        tasks=short_lived,
    )
    undelivered = DeadCommandHandler(commands=held.commands, executor=executor)
    poller = OutputPoller(
        stores=held,
        output_url=manager.queue_sets.output_url,
        answer=executor.answer,
        unreadable=undelivered.report,
        polls=Polls(seconds=timing.poll, most=config.gateway.polls),
        parking=parking,
        pending=pending,
        env=env,
    )
    holding = VisibilityExtender(queues=held.queues, visibility_seconds=limits.INBOUND_VISIBILITY_SECONDS, env=env)
    limiter = ConcurrencyLimiter(most=config.gateway.concurrency)
    sorter = Sorter(source)
    processor, judging = intake.processor(
        source, held, people=people, writer=writer, tokens=tokens, executor=executor, pending=pending, env=env
    )
    inbound, *others = intake.readers(
        config,
        held,
        processor=processor,
        judging=judging,
        sorter=sorter,
        holding=holding,
        limiter=limiter,
        other=intake.task_events(starts, manager),
        env=env,
    )
    due = DueCommands(
        stores=held,
        executor=executor,
        dispatcher=dispatcher,
        containers=manager,
        poller=poller,
        pending=pending,
        timing=timing,
        env=env,
    )
    sweeper = Sweeper(
        stores=held,
        due=DueRows(
            commands=due,
            replies=sender,
            approvals=DueApprovals(
                stores=held,
                config=source,
                writer=writer,
                mails=ApprovalMails(writer=writer, objects=held.objects),
                submit=sender.submit,
                env=env,
            ),
        ),
        containers=manager,
        unreadable=UnreadableRows(rows=held.parked_rows, env=env),
        pending=pending,
        timing=timing,
        env=env,
    )
    depositor = ingress_build.depositor(source, held.objects, held.queues, held.places, sorter=sorter, env=env)
    ways = ingress_build.ways_in(source, depositor, held.mailboxes, refresh_tokens=held.refresh_tokens, env=env)
    dead = DeadLetterWatch(
        queues=held.queues,
        side_queues=[SideQueue(queues=held.queues, url=url) for url in (held.places.dead, held.places.dead_fifo)],
        fail=processor.fail,
        unreadable=undelivered.report,
        undelivered=undelivered.command,
        every_seconds=timing.orphans,
        env=env,
    )
    site = None
    if metrics is not None:
        site = web_build.site(
            source,
            held=held,
            metrics=metrics,
            control=RecordControl(commands=held.commands, active=held.active_jobs, executor=executor, env=env),
            last_poll=lambda: inbound.last_poll,
            last_turn=lambda: inbound.last_turn,
            poll_seconds=timing.poll,
            ways=ways.states,
            clock_offset=clock_offset,
            more=pages(depositor) if pages else None,
            env=env,
        )
        site.meter.start()
    alerter = alerting.alerter(
        source,
        held,
        announcer=announcer,
        submit=sender.submit,
        last_poll=lambda: inbound.last_poll,
        clock_offset=clock_offset,
        env=env,
    )
    waiting = keeping.keeper(config, held, manager=manager, offers=offers, pending=pending, env=env)
    pool = [starts.pool] if isinstance(starts, LocalLauncher) else waiting
    watch = configuration.watch(source, held, file=file, environ=environ, env=env)
    service = GatewayService(
        ingresses=[*ways.every, *ingresses, *([site.server] if site else [])],
        parts=[
            inbound,
            *others,
            sweeper,
            dead,
            pending,
            limiter,
            QueueSweeper(stores=held, names=held.names, places=held.places, idle_days=config.queues.idle_days, env=env),
            *pool,
            memory.Trimmer(),
            *(site.beside if site else ()),
            *([alerter] if alerter else []),
            *([watch] if watch else []),
        ],
        holding=holding,
        poller=poller,
        outbox=sender,
        tasks=short_lived,
        closing=manager.closing,
        env=env,
    )
    return Gateway(
        config=config,
        records=held,
        service=service,
        processor=processor,
        executor=executor,
        finisher=finisher,
        manager=manager,
        poller=poller,
        inbound=inbound,
        sweeper=sweeper,
        launcher=starts,
        depositor=depositor,
        smtp=ways.smtp,
        http=ways.http,
        site=site,
        pending=pending,
        alerter=alerter,
        watch=watch,
    )
