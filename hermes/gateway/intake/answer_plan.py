"""The plans of mails that start nothing: control words, and commands that a policy or a share refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final, Literal

from hermes import errors, ids
from hermes.aws import tables
from hermes.aws.records.stores import Stores
from hermes.domain.commands import Command
from hermes.domain.decisions.shares import ShareLimit
from hermes.domain.env import Env
from hermes.domain.mails import Outcome
from hermes.domain.reply_facts import Nothing, PolicyNote, PolicySet, RefusedMail, ReplyFacts, ReplyKind
from hermes.domain.request import Intent, Policy
from hermes.domain.sessions import Session
from hermes.gateway.commands import status
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.plan import Parts, Plan, Standing
from hermes.gateway.replies.replies import ReplyWriter
from hermes.mail.write import templates

#: Commands of other threads that an answer names.
_ELSEWHERE: Final = 5


class AnswerPlanner:
    """Plans `status`, `stop` and refusals by policy and share."""

    def __init__(self, *, stores: Stores, parts: Parts, writer: ReplyWriter, env: Env) -> None:
        self._parts = parts
        self._sessions = stores.sessions
        self._commands = stores.commands
        self._active = stores.active_jobs
        self._writer = writer
        self._env = env

    async def status(self, incoming: Incoming, standing: Standing) -> Plan:
        """Answer what runs, what waits and what was done, at once."""
        session = standing.session
        found = await self._commands.of_session(session.session_id, most=10) if session else []
        facts = status.of(session, found, standing.level, elsewhere=await self._elsewhere(incoming, session))
        return self._answer(incoming, standing, facts, "status", "status asked for")

    async def stop(self, incoming: Incoming, standing: Standing) -> Plan:
        """Raise the watermark over all commands of the session; the stopped command's reply is the answer.

        A `stop` that arrives after a newer mail leaves that mail's command alone, and stops older ones.
        """
        session, head = standing.session, standing.head
        if session is None or head is None or not await self._stoppable(session, head, incoming.order):
            return self._answer(
                incoming,
                standing,
                Nothing(kind=ReplyKind.STOPPED_NOTHING, elsewhere=await self._elsewhere(incoming, session)),
                "stop",
                "stop asked for; nothing was running",
                also=self._remember(incoming, session),
            )
        now = self._env.now()
        seq = session.seq + 1
        upto = seq if incoming.order >= session.head_order else max(head.seq, session.interrupt_upto)
        order = max(session.stop_order, incoming.order)
        after = session.model_copy(update={"seq": seq, "interrupt_upto": upto, "stop_order": order, "updated_at": now})
        record = self._parts.record(incoming, Outcome.CONTROL, "stop", standing, session.session_id)
        writes: list[tables.Write] = [self._sessions.record(record), self._sessions.advance(session, after)]
        writes += self._parts.aliases(incoming, session.session_id, standing)
        return Plan(
            record=record,
            writes=tuple(writes),
            session_write=1,
            text="stop asked for",
            session=after,
            stops=True,
        )

    def record(self, incoming: Incoming, standing: Standing, intent: Intent) -> Plan:
        """A courtesy and its like: recorded in its thread; nothing runs, nothing stops, and nobody is written to."""
        session = standing.session
        session_id = session.session_id if session else None
        record = self._parts.record(incoming, Outcome.CONTROL, intent.value, standing, session_id)
        writes: list[tables.Write] = [self._sessions.record(record)]
        if session is not None:
            writes += self._parts.aliases(incoming, session.session_id, standing)
        else:
            writes += self._parts.once(incoming, standing)
        text = f"a mail that asks for nothing: {intent.value}"
        return Plan(record=record, writes=tuple(writes), session_write=-1, text=text, session=session)

    def say(
        self,
        incoming: Incoming,
        standing: Standing,
        kind: Literal[ReplyKind.HELP, ReplyKind.NOTHING_WAITS, ReplyKind.UNCLEAR],
        reason: str,
        *,
        understood: str = "",
    ) -> Plan:
        """A mail that is answered by a sentence, and changes nothing."""
        facts = Nothing(kind=kind, understood=understood)
        return self._answer(incoming, standing, facts, reason, f"answered: {reason}")

    async def _elsewhere(self, incoming: Incoming, session: Session | None) -> tuple[str, ...]:
        """What is worked on for this person in other threads of the project."""
        project = incoming.project
        key = (
            session.container_key
            if session
            else ids.container_key(project.client, project.project, incoming.origin.author)
        )
        jobs = await self._active.of(key, now=self._env.now())
        others = [job for job in jobs if session is None or job.session_id != session.session_id]
        found = [await self._commands.get(job.command_id) for job in others[:_ELSEWHERE]]
        return tuple(one.title for one in found if one is not None and not one.state.terminal)

    def policy(self, incoming: Incoming, standing: Standing, policy: Policy | None) -> Plan:
        """Set the policy of the thread, or return it to the project's; a newer mail's setting stays."""
        session = standing.session
        if session is None:
            text = "a policy for a thread that has not begun"
            return self._answer(incoming, standing, Nothing(kind=ReplyKind.POLICY_NOWHERE), "policy", text)
        also: list[tables.Write] = []
        if incoming.order >= session.policy_order:
            changed = {
                "policy": policy,
                "policy_order": incoming.order,
                "seq": session.seq + 1,
                "updated_at": self._env.now(),
            }
            also = [self._sessions.advance(session, session.model_copy(update=changed))]
        else:
            policy = session.policy
        facts = PolicySet(policy=PolicyNote(kept=policy or incoming.project.policy, usual=policy is None))
        text = f"the policy of the thread is {policy.value if policy else 'the usual one'}"
        return self._answer(incoming, standing, facts, "policy", text, also=also)

    def _remember(self, incoming: Incoming, session: Session | None) -> list[tables.Write]:
        """Nothing runs, but a mail that was sent before this `stop` may still arrive."""
        if session is None or incoming.order <= session.stop_order:
            return []
        after = session.model_copy(update={"stop_order": incoming.order, "updated_at": self._env.now()})
        return [self._sessions.advance(session, after)]

    async def _stoppable(self, session: Session, head: Command, order: float) -> bool:
        if order >= session.head_order and not head.state.terminal:
            return True
        found = await self._commands.open_of_session(session.session_id)
        return any(command.command_id != head.command_id for command in found)

    def reject(self, incoming: Incoming, standing: Standing) -> Plan:
        """Policy `reject`: the open command continues, and the mail is refused."""
        facts = RefusedMail(kind=ReplyKind.BUSY, open_instruction=standing.head.title if standing.head else "")
        reason = errors.Refusal.BUSY.value
        return self._answer(incoming, standing, facts, reason, "refused: busy", refused=True)

    async def over(self, incoming: Incoming, standing: Standing, limit: ShareLimit) -> Plan:
        """A share is used up: what runs continues, and the mail is refused for the limit."""
        reply_id = None
        if limit.until is not None:
            # Nothing changes until then, so the first mail's answer, by its row, is the answer to all.
            reply_id = f"{ids.digest('share', incoming.origin.author, limit.row)}#answer"
        told = reply_id is not None and await self._parts.stands(reply_id)
        reason = f"{limit.reason}{' (the sender was told so)' if told else ''}"
        plan = self._answer(
            incoming,
            standing,
            RefusedMail(kind=templates.SHARES[limit.measure], share=limit),
            reason,
            f"refused: {limit.reason}",
            refused=True,
            reply_id=reply_id,
            told=told,
        )
        return dataclasses.replace(plan, over=limit)

    def _answer(
        self,
        incoming: Incoming,
        standing: Standing,
        facts: ReplyFacts,
        reason: str,
        text: str,
        *,
        refused: bool = False,
        reply_id: str | None = None,
        told: bool = False,
        also: Sequence[tables.Write] = (),
    ) -> Plan:
        """A plan that answers at once (`told`: the answer was sent before) and starts nothing."""
        session = standing.session
        session_id = session.session_id if session else None
        reply = self._writer.write(
            reply_id=reply_id or f"{incoming.mail_id}#answer",
            facts=facts,
            origin=incoming.origin,
            scope=incoming.project.name,
            session_id=session_id,
            mail_id=incoming.mail_id,
        )
        outcome = Outcome.REFUSED if refused else Outcome.CONTROL
        record = self._parts.record(incoming, outcome, reason, standing, session_id).model_copy(
            update={"reply_id": None if told else reply.reply_id}
        )
        replies = () if told else (reply,)
        writes: list[tables.Write] = [self._sessions.record(record), *also]
        for one in replies:
            writes += self._parts.reply(one, standing)
        if session is not None:
            writes += self._parts.aliases(incoming, session.session_id, standing)
        else:
            writes += self._parts.once(incoming, standing)
        return Plan(record=record, writes=tuple(writes), session_write=-1, text=text, session=session, replies=replies)
