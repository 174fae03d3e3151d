"""Planner: chooses the writes of a mail's accepting transaction; DynamoDB checks their conditions."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Sequence

from hermes import ids
from hermes.aws.records.stores import Stores
from hermes.config.loading import Project
from hermes.domain import wire
from hermes.domain.decisions import acceptance, following, shares
from hermes.domain.decisions.acceptance import Place
from hermes.domain.decisions.following import Following
from hermes.domain.decisions.preemption import Level
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptScope
from hermes.domain.reply_facts import ReplyKind
from hermes.domain.request import Intent, Policy
from hermes.domain.sessions import Session
from hermes.gateway.going_live.live_plan import LivePlanner, Publishes
from hermes.gateway.intake.answer_plan import AnswerPlanner
from hermes.gateway.intake.command_plan import CommandPlanner
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.plan import Plan, Standing
from hermes.mail.read import instruction


class Planner:
    """Chooses the kind of plan."""

    def __init__(
        self,
        *,
        stores: Stores,
        commands: CommandPlanner,
        answers: AnswerPlanner,
        live: LivePlanner,
        grants: Callable[[Project, str], Sequence[shares.Grant]],
        env: Env,
    ) -> None:
        """`grants` returns the shares of a person in a project."""
        self._commands = commands
        self._answers = answers
        self._live = live
        self._records = stores.commands
        self._preemptions = stores.preemptions
        self._objects = stores.objects
        self._grants = grants
        self._env = env

    async def keep_attachments(
        self, incoming: Incoming, session: Session | None, salt: int
    ) -> tuple[wire.AttachmentRef, ...]:
        """Store the attachments for the worker, under keys of their session; the same mail gives the same keys."""
        kept = []
        mail, project = incoming.reading.mail, incoming.project
        thread = session.thread_id if session else ids.thread_id(incoming.mail_id, salt)
        folder = f"attachments/{ids.session_id(project.client, project.project, thread)}/{incoming.mail_id}"
        for number, attachment in enumerate(mail.attachments if mail else ()):
            key = f"{folder}/{number:02d}-{attachment.name}"
            if attachment.path is None:
                await self._objects.put(key, attachment.content, content_type=attachment.content_type)
            else:
                with await asyncio.to_thread(open, attachment.path, "rb", 0) as file:
                    await self._objects.put_stream(
                        key, file, crc32=attachment.crc32, content_type=attachment.content_type
                    )
            kept.append(
                wire.AttachmentRef(
                    key=key,
                    name=attachment.name,
                    content_type=attachment.content_type,
                    size=attachment.size,
                )
            )
        return tuple(kept)

    async def level(self, incoming: Incoming, session: Session | None) -> Level | None:
        """The preemption level of the author's container; None if interrupts reach no further than their thread."""
        project = incoming.project
        if project.interrupt_scope is not InterruptScope.CONTAINER:
            return None
        own = ids.container_key(project.client, project.project, incoming.author.person)
        if session is not None and session.container_key != own:
            return None  # another person began the thread: their other threads are none of this one's
        standing = await self._preemptions.get(own)
        first = await self._records.get(standing.by_command) if standing is not None else None
        holds = first is not None and not first.state.terminal
        return Level(standing=standing, holds=holds, if_preempted=project.preempted)

    async def plan(self, incoming: Incoming, standing: Standing) -> Plan:
        """The plan for a mail, given what stands in the records."""
        if (session := standing.session) is not None:
            origin = incoming.origin.in_thread(session.language, session.offset)
            incoming = dataclasses.replace(incoming, origin=origin)
        asked = incoming.reading.instruction or instruction.Instruction(Intent.REQUEST, "")
        live = await self._live.plan(incoming, asked, standing)
        if isinstance(live, Publishes):
            return await self._command(incoming, asked, standing, Following.COMMAND, live)
        if live is not None:
            return live
        stands = following.situation_of(standing.head)
        follows = following.follows(asked.intent, stands, agrees=asked.agrees)
        if not incoming.author.role.commands and follows in following.COMMANDING:
            return self._answers.not_for_readers(incoming, standing)
        match follows:
            case Following.COMMAND | Following.ANSWER | Following.UNDO:
                return await self._command(incoming, asked, standing, follows)
            case Following.RECORD:
                return self._answers.record(incoming, standing, asked.intent)
            case Following.STATUS:
                return await self._answers.status(incoming, standing)
            case Following.STOP:
                return await self._answers.stop(incoming, standing)
            case Following.POLICY:
                return self._answers.policy(incoming, standing, asked.policy)
            case Following.HELP:
                return self._answers.say(incoming, standing, ReplyKind.HELP, "help")
            case Following.NOTHING_WAITS if incoming.brought:
                return self._answers.only_files(incoming, standing)
            case Following.NOTHING_WAITS:
                return self._answers.say(incoming, standing, ReplyKind.NOTHING_WAITS, asked.intent.value)
            case Following.CLARIFY:
                return self._answers.say(incoming, standing, ReplyKind.UNCLEAR, "unclear", understood=asked.title)

    async def _command(
        self,
        incoming: Incoming,
        asked: instruction.Instruction,
        standing: Standing,
        follows: Following,
        publishes: Publishes | None = None,
    ) -> Plan:
        """The plan for a mail that becomes a command; `publishes`: what it brings to the live branch."""
        session = standing.session
        kept = session.policy if session and not asked.lasting else None
        policy = acceptance.policy_of(message=asked.policy, session=kept, project=incoming.project.policy)
        if follows is Following.ANSWER:
            policy = Policy.QUEUE  # a question waits for what runs, whatever the policy is
        elif follows is Following.UNDO and policy is not Policy.REJECT:
            policy = Policy.INTERRUPT
        placement = self._commands.place(incoming, asked, standing, policy)
        if placement.place is Place.REJECT:
            return self._answers.reject(incoming, standing)
        limits = shares.limits_of(self._grants(incoming.project, incoming.author.person), self._env.now())
        claim = shares.claim(limits, place=placement.place, head=standing.head)
        if full := [limit for limit in claim.takes if limit.row in standing.full]:
            return await self._answers.over(incoming, standing, shares.longest(full))
        return self._commands.plan(incoming, asked, standing, placement, claim, publishes)
