"""Config to objects: what makes commands and answers of mails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from hermes.app import mailers as mailing
from hermes.app import planning
from hermes.app.records import Records
from hermes.aws import tasks
from hermes.config.current import ConfigSource, CurrentPeople
from hermes.config.loading import Config
from hermes.domain.env import Env
from hermes.gateway.commands.command_executor import CommandExecutor
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.intake.acceptor import Acceptor
from hermes.gateway.intake.admission import Admission
from hermes.gateway.intake.bounces import Bounces
from hermes.gateway.intake.duplicates import Duplicates
from hermes.gateway.intake.email_processor import EmailProcessor
from hermes.gateway.intake.inbound import Inbound, Slots
from hermes.gateway.intake.judging import Judging
from hermes.gateway.intake.mail_outcomes import MailOutcomes
from hermes.gateway.intake.plan import Parts
from hermes.gateway.intake.rejector import Rejector
from hermes.gateway.intake.stranger_sorter import InboundQueue
from hermes.gateway.intake.thread_search import ThreadSearch
from hermes.gateway.replies.replies import ReplyWriter, Tokens
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.upkeep.concurrency_limiter import ConcurrencyLimiter
from hermes.gateway.upkeep.task_events import TaskEvents
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender
from hermes.ingress.resolver import Resolver
from hermes.ingress.sorting import Sorter
from hermes.launch.ecs import EcsLauncher
from hermes.launch.port import Launcher

#: Mails under way at once of those that do not claim to be an owner's.
STRANGERS: Final = 2


def processor(
    source: ConfigSource,
    held: Records,
    *,
    people: CurrentPeople,
    writer: ReplyWriter,
    tokens: Tokens | None,
    executor: CommandExecutor,
    pending: PendingResults,
    env: Env,
) -> tuple[EmailProcessor, Judging]:
    """What handles one mail, and what judges its author."""
    parts = Parts(stores=held, people=people, env=env)
    planner = planning.planner(source, held=held, parts=parts, writer=writer, env=env)
    outcomes = MailOutcomes(sessions=held.sessions, env=env)
    judging = Judging(config=source, resolver=Resolver(), env=env)
    acceptor = Acceptor(
        stores=held,
        planner=planner,
        search=ThreadSearch(stores=held, tokens=tokens, people=people, env=env),
        duplicates=Duplicates(stores=held, outcomes=outcomes),
        env=env,
    )
    rejector = Rejector(
        stores=held,
        parts=parts,
        writer=writer,
        outcomes=outcomes,
        bounces=Bounces(outbox=held.outbox, tokens=tokens, env=env),
        postmaster=mailing.postmaster(source, held, env),
        env=env,
    )
    handles = EmailProcessor(
        stores=held,
        admission=Admission(config=source, judge=judging),
        acceptor=acceptor,
        rejector=rejector,
        outcomes=outcomes,
        follow_ups=executor,
        pending=pending,
        env=env,
    )
    return handles, judging


def readers(
    config: Config,
    held: Records,
    *,
    processor: EmailProcessor,
    judging: Judging,
    sorter: Sorter,
    holding: VisibilityExtender,
    limiter: ConcurrencyLimiter,
    other: Callable[[str], Awaitable[bool]] | None = None,
    env: Env,
) -> list[Inbound]:
    """What reads the inbound queue, and the queue of strangers where there is one."""

    def reads(url: str, concurrency: int, *, strangers: str | None = None) -> Inbound:
        return Inbound(
            stores=held,
            processor=processor,
            holding=holding,
            queue=InboundQueue(
                url=url, poll_seconds=config.timing.poll, strangers=strangers, among_owners=sorter.notified
            ),
            slots=Slots(
                most=concurrency,
                allowed=lambda: limiter.allowed,
                # Mails that wait for DNS hold no slot of the owners' queue; of the strangers' they do, so that few ask at a time.
                beside=lambda: judging.under_way if url == held.places.inbound else 0,
            ),
            other=other if url == held.places.inbound else None,
            env=env,
        )

    apart = held.places.strangers if held.places.strangers != held.places.inbound else None
    inbound = reads(held.places.inbound, config.gateway.concurrency, strangers=apart)
    return [inbound, *([reads(apart, STRANGERS)] if apart else [])]


def task_events(starts: Launcher, manager: ContainerManager) -> Callable[[str], Awaitable[bool]] | None:
    """What takes ECS's events from the inbound queue; None where another launcher starts the workers."""
    if not isinstance(starts, EcsLauncher):
        return None
    return TaskEvents(is_event=lambda body: tasks.event(body) is not None, ended=starts.ended, containers=manager).take
