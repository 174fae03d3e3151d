"""The plans of mails about going live: who is asked, what a yes or a no leads to, and what a publishing command is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hermes import ids
from hermes.aws import tables
from hermes.aws.records.stores import Stores
from hermes.config.current import ConfigSource
from hermes.config.loading import Project
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.decisions import going_live
from hermes.domain.decisions.going_live import LiveFacts, LiveStep, Word
from hermes.domain.env import Env
from hermes.domain.publishing import approvals
from hermes.domain.publishing.approvals import Approval, Consent
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import GoingLive, GoingLiveKind, ReplyKind
from hermes.domain.request import LiveMode
from hermes.domain.sessions import Session
from hermes.gateway.going_live.approval_mails import ApprovalMails, seen_in
from hermes.gateway.intake.answer_plan import AnswerPlanner
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.plan import Parts, Plan, Standing
from hermes.mail.read.instruction import Instruction
from hermes.mail.read.speech import going_live as words

#: Commands of a thread among which its newest version is looked for.
_LOOKED_AT = 50

_SAYS: dict[LiveStep, GoingLiveKind] = {
    LiveStep.NOTED: ReplyKind.APPROVAL_NOTED,
    LiveStep.WAITS: ReplyKind.APPROVAL_WAITS,
    LiveStep.REPLACED: ReplyKind.APPROVAL_REPLACED,
    LiveStep.ENDED: ReplyKind.APPROVAL_ENDED,
    LiveStep.UNFINISHED: ReplyKind.NOT_FINISHED,
    LiveStep.NOTHING: ReplyKind.NOTHING_TO_PUBLISH,
    LiveStep.LIVE: ReplyKind.LIVE_ALREADY,
}
#: What a thumb, which is often a courtesy, is answered with.
_THUMBED = frozenset({LiveStep.PUBLISH, LiveStep.REQUEST, LiveStep.NOTED})


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Publishes:
    """A mail becomes the command that publishes."""

    publishing: wire.Publishing
    requester: Origin
    writes: tuple[tables.Write, ...]
    """What its transaction writes besides."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a mail says, and everything that is known of it."""

    incoming: Incoming
    standing: Standing
    session: Session
    said: Instruction
    facts: LiveFacts

    @property
    def waiting(self) -> Approval | None:
        return going_live.current(self.facts)


class LivePlanner:
    """Plans what a word about going live leads to, for projects whose changes Hermes brings there."""

    def __init__(
        self,
        *,
        stores: Stores,
        parts: Parts,
        answers: AnswerPlanner,
        mails: ApprovalMails,
        config: ConfigSource,
        env: Env,
    ) -> None:
        self._commands = stores.commands
        self._approvals = stores.approvals
        self._parts = parts
        self._answers = answers
        self._mails = mails
        self._config = config
        self._env = env

    async def plan(self, incoming: Incoming, said: Instruction, standing: Standing) -> Plan | Publishes | None:
        """The plan; None where the mail is not about going live."""
        session, live = standing.session, incoming.project.live
        if session is None or live is None or live.mode is LiveMode.OFF or not incoming.author.role.commands:
            return None
        about = said.intent in words.ABOUT or (session.approval is not None and words.could_be_no(said))
        if not about:
            return None
        asked = await self._asked(incoming, said, standing, session)
        if asked is None:
            return None
        step = going_live.decide(asked.facts)
        if words.is_thumb(said) and (step not in _THUMBED or asked.facts.seen is None):
            return None
        if step is LiveStep.NOTHING and asked.facts.word is not Word.PUBLISH:
            return None
        match step:
            case LiveStep.NONE:
                return None
            case LiveStep.PUBLISH:
                return self._publishes(asked)
            case LiveStep.REQUEST:
                return await self._request(asked)
            case LiveStep.DECLINE:
                return self._decline(asked)
            case _:
                return self._say(asked, step)

    async def _asked(
        self, incoming: Incoming, said: Instruction, standing: Standing, session: Session
    ) -> _Asked | None:
        config, project, live = self._config.current, incoming.project, incoming.project.live
        check = project.check
        assert live is not None
        commands = await self._of(session, standing.head)
        approval = await self._approvals.get(session.approval) if session.approval else None
        seen, seen_approval = await self._seen(standing, session, commands)
        word = words.word(said, asked_for=seen_approval is not None)
        if word is None:
            return None
        head = standing.head
        facts = LiveFacts(
            word=word,
            approver=project.approves(incoming.origin.author, config.persons.addresses(incoming.origin.author)),
            person=incoming.author.person,
            needs=live.needed,
            open=head is not None and not head.state.terminal,
            asked=head is not None and head.state is CommandState.NEEDS_INPUT,
            version=going_live.newest(commands, allow_failing=check is not None and check.allow_failing),
            taking_back=going_live.to_take_back(commands) if word is Word.UNDO or _takes_back(approval) else None,
            approval=approval,
            seen=seen,
            seen_approval=seen_approval,
            stop_order=session.stop_order,
            approvers=tuple(
                one.person
                for one in (approval.consents if approval is not None else ())
                if project.approves(one.address, config.persons.addresses(one.address))
            ),
            now=self._env.now(),
        )
        return _Asked(incoming=incoming, standing=standing, session=session, said=said, facts=facts)

    async def _of(self, session: Session, head: Command | None) -> list[Command]:
        """The newest commands of a thread, newest first; the index may lack the newest of all for a moment."""
        found = await self._commands.of_session(session.session_id, most=_LOOKED_AT)
        others = [one for one in found if head is None or one.command_id != head.command_id]
        return [*([head] if head is not None else []), *others]

    async def _seen(
        self, standing: Standing, session: Session, commands: Sequence[Command]
    ) -> tuple[str | None, str | None]:
        """The commit that the answered mail showed, and the approval that it asked for."""
        named, asks = seen_in(standing.answers)
        if named is None:
            return None, None
        if asks:
            approval = await self._approvals.get(named)
            theirs = approval is not None and approval.session_id == session.session_id
            return (approval.commit, approval.approval_id) if approval is not None and theirs else (None, None)
        command = next((one for one in commands if one.command_id == named), None)
        result = command.result if command is not None and command.context.publishing is None else None
        return (result.git_commit, None) if result is not None and result.git_commit else (None, None)

    # ── what follows ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _publishes(self, asked: _Asked) -> Publishes:
        """Enough have said yes."""
        incoming, live = asked.incoming, asked.incoming.project.live
        assert live is not None
        before = asked.waiting
        fitting = before if before is not None and going_live.fits(before, asked.facts) else None
        writes: list[tables.Write] = []
        approval = fitting or self._new(asked)
        agreed = approvals.agreed(approval, self._consent(incoming), token=incoming.token)
        command_id = ids.command_id(incoming.mail_id)
        after = approvals.approved(agreed, command_id, token=incoming.token, now=self._env.now())
        if fitting is not None:
            writes.append(self._approvals.write(fitting, after))
        else:
            writes.append(self._approvals.add(after))
            writes += self._replaced(before, incoming)
        publishing = wire.Publishing(
            approval_id=after.approval_id,
            commit=after.commit,
            base=after.base,
            takes_back=after.takes_back,
            of_command=after.command_id,
            title=after.title,
            approved_by=tuple(wire.CoAuthor(name=one.name, email=one.address) for one in after.consents),
            url=live.url or "",
            prefix=live.prefix,
        )
        return Publishes(publishing=publishing, requester=after.requested, writes=tuple(writes))

    async def _request(self, asked: _Asked) -> Plan:
        """Ask the approvers, and tell the author whom."""
        incoming, project, session = asked.incoming, asked.incoming.project, asked.session
        live = project.live
        assert live is not None
        approval = self._new(asked)
        people = self._config.current.persons
        others = tuple(one for one in project.approvers if not people.same(one, incoming.origin.author))
        approval = approval.model_copy(update={"asked": others})
        if asked.facts.approver:
            approval = approvals.agreed(approval, self._consent(incoming), token=incoming.token)
        approval = approvals.asked(approval, remind_at=self._env.now() + live.remind_seconds)
        after = self._parts.joined(incoming, session).model_copy(
            update={
                "seq": session.seq + 1,
                "updated_at": self._env.now(),
                "approval": approval.approval_id,
                "asked": tuple(dict.fromkeys((*session.asked, *others))),
            }
        )
        said = incoming.said_with_it if asked.facts.word is Word.PUBLISH else ""
        made_by = asked.facts.taking_back if approval.takes_back else _made_by(asked.facts)
        mails = await self._mails.asking(approval, project, made_by, session_id=session.session_id, words=said)
        facts = self._facts(ReplyKind.APPROVAL_REQUESTED, approval, waits_for=others)
        plan = self._answers.answer(
            incoming, asked.standing, facts, "approval asked for", "an approval is asked for", after=after
        )
        writes = [self._approvals.add(approval), *self._replaced(asked.waiting, incoming)]
        return self._with(plan, writes, mails, asked.standing)

    def _decline(self, asked: _Asked) -> Plan:
        """Tell whoever asked, in the approver's words."""
        before, incoming = asked.waiting, asked.incoming
        assert before is not None
        by = incoming.origin.name
        after = approvals.declined(before, by, asked.said.text, token=incoming.token, now=self._env.now())
        facts = dataclasses.replace(
            self._facts(ReplyKind.APPROVAL_DECLINED, before),
            by=by,
            words=after.words if _says_more(after.words) else "",
        )
        plan = self._answers.answer(
            incoming, asked.standing, facts, "declined", "an approval is declined", to=before.requested
        )
        return self._with(plan, [self._approvals.write(before, after)], (), asked.standing)

    def _say(self, asked: _Asked, step: LiveStep) -> Plan:
        """Answer in a sentence."""
        before, incoming = asked.waiting, asked.incoming
        writes: list[tables.Write] = []
        waits: tuple[str, ...] = ()
        if step is LiveStep.NOTED and before is not None:
            after = approvals.agreed(before, self._consent(incoming), token=incoming.token)
            writes.append(self._approvals.write(before, after))
        elif step is LiveStep.WAITS and before is not None:
            waits = before.asked
        about = before or asked.facts.approval
        facts = (
            self._facts(_SAYS[step], about, waits_for=waits)
            if about is not None and step in (LiveStep.NOTED, LiveStep.WAITS)
            else GoingLive(kind=_SAYS[step])
        )
        reason = step.name.lower()
        plan = self._answers.answer(incoming, asked.standing, facts, reason, f"about going live: {reason}")
        return self._with(plan, writes, (), asked.standing)

    # ── their parts ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _new(self, asked: _Asked) -> Approval:
        """An approval of what the thread has now, which nobody has agreed to."""
        incoming, facts, live = asked.incoming, asked.facts, asked.incoming.project.live
        assert live is not None
        back = facts.taking_back if facts.word is Word.UNDO else None
        made_by = back or _made_by(facts)
        result = made_by.result
        assert result is not None
        assert result.git_commit is not None
        now = self._env.now()
        plan = made_by.context.publishing
        return Approval(
            approval_id=ids.digest("approval", incoming.mail_id),
            session_id=asked.session.session_id,
            project=incoming.project.name,
            commit=result.git_commit,
            base=result.live_base,
            takes_back=back is not None,
            command_id=made_by.command_id,
            title=plan.title if plan is not None else made_by.title,
            requested=incoming.origin,
            person=incoming.author.person,
            order=incoming.order,
            created_at=now,
            ends_at=now + live.end_seconds,
            token=incoming.token,
        )

    def _consent(self, incoming: Incoming) -> Consent:
        return Consent(
            person=incoming.author.person,
            address=incoming.origin.author,
            name=incoming.origin.author_name,
            mail_id=incoming.mail_id,
            at=self._env.now(),
        )

    def _replaced(self, before: Approval | None, incoming: Incoming) -> list[tables.Write]:
        if before is None:
            return []
        return [self._approvals.write(before, approvals.replaced(before, token=incoming.token, now=self._env.now()))]

    def _facts(self, kind: GoingLiveKind, approval: Approval, *, waits_for: tuple[str, ...] = ()) -> GoingLive:
        return GoingLive(kind=kind, title=approval.title, approvers=waits_for, takes_back=approval.takes_back)

    def _with(self, plan: Plan, writes: Sequence[tables.Write], mails: Sequence[Reply], standing: Standing) -> Plan:
        """The plan with further writes and mails in its transaction."""
        more = [write for mail in mails for write in self._parts.reply(mail, standing)]
        return dataclasses.replace(plan, writes=(*plan.writes, *writes, *more), replies=(*plan.replies, *mails))


def on(project: Project) -> wire.LiveBranch | None:
    """The live branch of a project, as its commands are told; None where Hermes brings nothing there."""
    live = project.live
    if live is None or live.mode is LiveMode.OFF:
        return None
    branch = live.branch or project.default_branch
    return wire.LiveBranch(branch=branch, fresh=live.fresh, keep_seconds=live.keep_days * 86400.0)


def _takes_back(approval: Approval | None) -> bool:
    return approval is not None and approval.takes_back


def _made_by(facts: LiveFacts) -> Command:
    assert facts.version is not None
    return facts.version.command


def _says_more(text: str) -> bool:
    """Whether there is more than the word "no"."""
    return len(text.split()) > 1
