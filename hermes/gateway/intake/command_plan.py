"""The plan of a mail that becomes a command."""

from __future__ import annotations

from typing import Final

from hermes import ids, limits
from hermes.aws import tables
from hermes.aws.records.stores import Stores
from hermes.domain import lifecycle, trace, wire
from hermes.domain.commands import Command, CommandState, HistoryEntry
from hermes.domain.decisions import acceptance, bounds, preemption, unstarted
from hermes.domain.decisions.acceptance import Place, Placement
from hermes.domain.decisions.shares import ShareClaim
from hermes.domain.env import Env
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.mails import Outcome
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import Cause, Open, PolicyNote, ReplyKind, RequestFacts, Stopped
from hermes.domain.request import CommandType, Policy
from hermes.domain.sessions import Session
from hermes.gateway.going_live import live_plan
from hermes.gateway.going_live.live_plan import Publishes
from hermes.gateway.intake import merging
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.plan import Parts, Plan, Standing
from hermes.gateway.replies.replies import ReplyWriter
from hermes.mail.read import instruction

#: Characters of the instruction for an agent; a longer text is cut.
INSTRUCTION_CHARS: Final = 100_000
#: Mails that follow each other within the collecting window join for this long at most; then the run begins.
COLLECT_MOST_SECONDS: Final = 90.0


class CommandPlanner:
    """Plans a new command at its place, and what that does to the command before it."""

    def __init__(
        self,
        *,
        stores: Stores,
        parts: Parts,
        writer: ReplyWriter,
        timing: lifecycle.Timing,
        collect_seconds: float,
        env: Env,
    ) -> None:
        self._parts = parts
        self._sessions = stores.sessions
        self._commands = stores.commands
        self._usage = stores.usage
        self._preemptions = stores.preemptions
        self._writer = writer
        self._timing = timing
        self._collect = collect_seconds
        self._env = env

    def place(
        self, incoming: Incoming, asked: instruction.Instruction, standing: Standing, policy: Policy
    ) -> Placement:
        """The place of the mail's command among those of its session."""
        head = standing.head
        return acceptance.place(
            session=standing.session,
            head=head,
            order=incoming.order,
            policy=policy,
            mergeable=head is not None and merging.possible(head, asked, standing.attachments),
            collecting=head is not None and (head.collect_until or 0.0) > self._env.now(),
        )

    def plan(
        self,
        incoming: Incoming,
        asked: instruction.Instruction,
        standing: Standing,
        placement: Placement,
        claim: ShareClaim,
        publishes: Publishes | None = None,
    ) -> Plan:
        """The plan; `placement` is not REJECT. `publishes`: what the command brings to the live branch."""
        session, head = standing.session, standing.head
        now = self._env.now()
        before = session or self._new_session(incoming, standing.salt)
        command_id = ids.command_id(incoming.mail_id)
        replaced = head if placement.place in (Place.SUPERSEDE, Place.REPLACE) else None
        command = self._new_command(incoming, asked, before, placement, replaced, standing)
        if publishes is not None:
            command = publishing(command, publishes)
        merged = head if placement.place is Place.MERGE else None
        if merged is not None:
            command = merging.joined(merged, command, incoming, head_order=before.head_order)
        raised = None
        if standing.level is not None:
            command, raised = preemption.placed(
                command,
                standing.level,
                head=head,
                place=placement.place,
                order=max(incoming.order, before.head_order) if merged is not None else incoming.order,
                expires_at=int(now + limits.KEEP_SECONDS),
            )
        slots = {"counted": claim.counted or None, "charged": claim.charged or None}
        command = bounds.accepted(command).model_copy(update=slots)
        order = max(incoming.order, before.head_order) if merged is not None else incoming.order
        after = self._parts.joined(incoming, before).model_copy(
            update={
                "seq": placement.seq,
                "interrupt_upto": placement.interrupt_upto,
                "updated_at": now,
                "expires_at": int(now + limits.KEEP_SECONDS),
                "language": incoming.origin.spoken or before.language,
                "offset": incoming.origin.offset,
                **({"head": command_id, "head_order": order} if placement.becomes_head else {}),
                **_policy(asked, incoming, before, placement),
            }
        )
        record = self._parts.record(
            incoming, Outcome.COMMAND, placement.place.value, standing, after.session_id, command_id
        )
        replies: list[Reply] = []
        writes: list[tables.Write] = [
            self._sessions.record(record),
            self._sessions.begin(after) if session is None else self._sessions.advance(session, after),
            self._commands.accept(command),
        ]
        writes += self._parts.aliases(incoming, after.session_id, standing)
        text = "command accepted"
        superseded = None
        if replaced is not None and placement.place is Place.SUPERSEDE:
            text = "command accepted; the running one is being interrupted"
            why = _superseded(command_id, now)
            stopped = lifecycle.interrupt(
                replaced, why, now=now, timing=self._timing, detail="a newer mail", frees=True
            )
            superseded = stopped.after
            writes.append(self._commands.write(stopped))
        elif merged is not None:
            text = "command accepted together with one that had not started"
            joined = merged_with(command, merged)
            writes += self._never_started(merged, joined, after, by=command, replies=replies, standing=standing)
        elif replaced is not None:
            text = "command accepted in place of one that had not started"
            told = self._replaced_by(command, replaced)
            writes += self._never_started(replaced, told, after, by=command, replies=replies, standing=standing)
        elif placement.place is Place.LATE and head is not None:
            text = "command of an older mail: a newer one is open already, or a stop came"
            was_stopped = before.stop_order > incoming.order
            late = self._stopped_by_person(before, command) if was_stopped else self._replaced_by(head, command)
            writes += self._told(command, late, after, replies=replies, standing=standing)
        elif placement.place is Place.WAIT:
            text = "command accepted; it waits for the one before it"
            if claim.inherits and head is not None:
                writes.append(self._commands.write(lifecycle.free(head)))
        if raised is not None:
            writes.append(self._preemptions.raise_to(raised))
        if publishes is not None and not command.state.terminal:
            writes += publishes.writes
        takes = dict(enumerate(claim.takes, start=len(writes)))
        writes += [self._usage.take(limit, now=now) for limit in claim.takes]
        return Plan(
            record=record,
            writes=tuple(writes),
            session_write=1,
            text=text,
            session=after,
            command=command,
            superseded=superseded,
            replies=tuple(replies),
            takes=takes,
        )

    def _new_session(self, incoming: Incoming, salt: int) -> Session:
        project, author = incoming.project, incoming.origin.author
        thread = ids.thread_id(incoming.mail_id, salt)
        now = self._env.now()
        return Session(
            session_id=ids.session_id(project.client, project.project, thread),
            thread_id=thread,
            client=project.client,
            project=project.project,
            container_key=ids.container_key(project.client, project.project, incoming.author.person),
            owner=author,
            participants=(author,),
            address=incoming.origin.address,
            subject=incoming.origin.subject[:300],
            branch=ids.branch(thread),
            created_at=now,
            updated_at=now,
            expires_at=int(now + limits.KEEP_SECONDS),
        )

    def _new_command(
        self,
        incoming: Incoming,
        asked: instruction.Instruction,
        session: Session,
        placement: Placement,
        replaced: Command | None,
        standing: Standing,
    ) -> Command:
        head = standing.head
        now, project, origin = self._env.now(), incoming.project, incoming.origin
        command_id = ids.command_id(incoming.mail_id)
        newest = incoming.reading.newest
        previous = _before(head, replaced=replaced is not None) if head is not None else None
        context = wire.CommandContext(
            branch=session.branch,
            policy=placement.policy,
            attachments=standing.attachments,
            limits=wire.CommandLimits(
                wall_seconds=project.limits.wall_seconds,
                cost_usd=project.limits.cost_usd,
                output_bytes=project.limits.output_bytes,
                memory_bytes=project.limits.memory_bytes,
            ),
            author_name=origin.author_name,
            author_email=origin.author,
            subject=origin.subject[:300],
            title=asked.title,
            material=newest.forwarded[: limits.QUOTED_CHARS] if newest else "",
            quoted=newest.quoted[: limits.QUOTED_CHARS] if newest else "",
            agent_session_id=session.agent_session_id,
            previous=previous,
            live=live_plan.on(project),
        )
        late = placement.place is Place.LATE
        since, until = self._window(asked, placement, head)
        command = Command(
            command_id=command_id,
            session_id=session.session_id,
            container_key=session.container_key,
            mail_id=incoming.mail_id,
            seq=placement.seq,
            type=asked.type,
            instruction=_cut(asked.text),
            named=asked.title,
            policy=placement.policy,
            policy_kept=asked.lasting and not late,
            policy_usual=asked.lasting and asked.policy is None,
            context=context,
            origin=origin,
            state=CommandState.INTERRUPTED if late else CommandState.ACCEPTED,
            accepted_at=now,
            collect_since=since,
            collect_until=until,
            finished_at=now if late else None,
            wall_seconds=project.limits.wall_seconds,
            attempts=project.limits.attempts,
            agent=project.agent.kind.value,
            supersedes=replaced.command_id if replaced else None,
            interruption=_why_late(session, head, incoming, now) if late and head else None,
            history=(HistoryEntry(at=now, what="accepted", detail=placement.place.value),),
            trace=trace.begin(incoming.mail_id),
            nonce=ids.new_id(),
            expires_at=int(now + limits.KEEP_SECONDS),
        )
        return lifecycle.accept(command, now=now, timing=self._timing)

    def _window(
        self, asked: instruction.Instruction, placement: Placement, head: Command | None
    ) -> tuple[float | None, float | None]:
        """From when to when mails join a new command; each of them restarts the window, up to a limit."""
        if not self._collect or asked.type != CommandType.EDIT:
            return None, None
        if not placement.policy.collects or placement.place in (Place.LATE, Place.WAIT):
            return None, None
        now = self._env.now()
        since = (head.collect_since or now) if head is not None and placement.place is Place.MERGE else now
        return since, min(now + self._collect, since + COLLECT_MOST_SECONDS)

    def _never_started(
        self,
        old: Command,
        facts: Stopped | Open,
        session: Session,
        *,
        by: Command,
        replies: list[Reply],
        standing: Standing,
    ) -> list[tables.Write]:
        now = self._env.now()
        withdrawn = lifecycle.withdraw(old, _superseded(by.command_id, now), now=now)
        told = self._told(old, facts, session, replies=replies, standing=standing)
        return [self._commands.write(withdrawn), *told]

    def _told(
        self, command: Command, facts: Stopped | Open, session: Session, *, replies: list[Reply], standing: Standing
    ) -> list[tables.Write]:
        """The reply to a command that ends here, for everybody who gets it."""
        rows = self._writer.final(command, facts, session=session)
        replies += rows
        return [write for row in rows for write in self._parts.reply(row, standing)]

    def _replaced_by(self, newer: Command, old: Command) -> Stopped:
        """The facts of a command that another replaced before it began."""
        who = "" if self._parts.same_person(newer.origin.author, old.origin.author) else newer.origin.name
        return replaced_by(newer, old, who=who)

    def _stopped_by_person(self, session: Session, old: Command) -> Stopped:
        """The facts of a command that a later `stop` reached before it began."""
        author = session.stop_author or old.origin.author
        return stopped_by_person(old, who="" if self._parts.same_person(author, old.origin.author) else author)


def _before(head: Command, *, replaced: bool) -> wire.Previous | None:
    """What the agent is told of the command before: one that was stopped, or whose question this mail answers."""
    asked = head.result.needs_input if head.state is CommandState.NEEDS_INPUT and head.result is not None else None
    stopped_or_asked = replaced or asked or head.state is CommandState.INTERRUPTED
    if not stopped_or_asked or head.type is CommandType.PUBLISH:  # of which no agent was told
        return None
    stopped = InterruptReason.PRIORITY_OVERRIDE if replaced else getattr(head.interruption, "reason", None)
    return wire.Previous(
        command_id=head.command_id,
        instruction=head.instruction[:2000],
        reason=stopped if asked is None else None,
        question=(asked or "")[:2000],
    )


def publishing(command: Command, publishes: Publishes) -> Command:
    """The command that brings something to the live branch: it is named after that, and whoever asked for it is told too."""
    plan, asked = publishes.publishing, publishes.requester
    others = (
        () if asked.author == command.origin.author else (wire.CoAuthor(name=asked.author_name, email=asked.author),)
    )
    changes = {"publishing": plan, "co_authors": others, "title": plan.title, "previous": None}
    return command.model_copy(
        update={
            "type": CommandType.PUBLISH,
            "named": plan.title,
            "collect_since": None,
            "collect_until": None,
            "context": command.context.model_copy(update=changes),
        }
    )


def replaced_by(newer: Command, old: Command, *, who: str = "") -> Stopped:
    """The reply to a command that another replaced before it began; `who` asked for that one, if somebody else."""
    return Stopped(
        kind=ReplyKind.INTERRUPTED,
        request=_request(newer, old),
        work=unstarted.work(old),
        cause=Cause(reason=InterruptReason.PRIORITY_OVERRIDE, newer=newer.title, who=who, by_person=True),
    )


def merged_with(newer: Command, old: Command) -> Open:
    """The reply to a command that is done together with a newer one."""
    return Open(kind=ReplyKind.MERGED, request=_request(newer, old))


def stopped_by_person(old: Command, *, who: str = "") -> Stopped:
    """The reply to a command that a later `stop` reached before it began; `who` sent it, if somebody else."""
    return Stopped(
        kind=ReplyKind.INTERRUPTED,
        request=RequestFacts(instruction=old.title, policy=PolicyNote(applied=old.policy)),
        work=unstarted.work(old),
        cause=Cause(reason=InterruptReason.USER_CANCELLED, who=who, by_person=True),
    )


def _request(newer: Command, old: Command) -> RequestFacts:
    return RequestFacts(
        instruction=old.title,
        policy=PolicyNote.of(old, applied=newer.policy),
        attachments=tuple(ref.name for ref in old.context.attachments),
    )


def _policy(
    asked: instruction.Instruction, incoming: Incoming, before: Session, placement: Placement
) -> dict[str, object]:
    """The policy that its mail sets for the thread, unless a newer mail has set one."""
    if not asked.lasting or not placement.becomes_head or incoming.order < before.policy_order:
        return {}
    return {"policy": asked.policy, "policy_order": incoming.order}


def _why_late(session: Session, head: Command, incoming: Incoming, now: float) -> Interruption:
    if session.stop_order > incoming.order:
        return Interruption(reason=InterruptReason.USER_CANCELLED, message="stop", requested_at=now)
    return _superseded(head.command_id, now)


def _cut(text: str) -> str:
    """The text cut to fit a record and a message: DynamoDB and SQS count bytes, and an ideograph has three."""
    return text[:INSTRUCTION_CHARS].encode("utf-8", "replace")[: limits.INSTRUCTION_BYTES].decode("utf-8", "ignore")


def _superseded(by: str, now: float) -> Interruption:
    return Interruption(
        reason=InterruptReason.PRIORITY_OVERRIDE,
        message="New message received in this thread",
        interrupted_by=by,
        requested_at=now,
    )
