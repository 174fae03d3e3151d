"""DueApprovals: reminds approvers once, and ends questions that nobody answers; a conditional write lets one replica do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hermes import errors
from hermes.aws.records.stores import Stores
from hermes.config.current import ConfigSource
from hermes.domain.decisions import going_live
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.publishing import approvals
from hermes.domain.publishing.approvals import Approval
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import GoingLive, ReplyKind
from hermes.domain.request import LiveMode
from hermes.gateway.going_live.approval_mails import ApprovalMails
from hermes.gateway.replies.replies import ReplyWriter, alias_of

#: Commands of a thread among which its newest version is looked for.
_LOOKED_AT: Final = 50


class DueApprovals:
    """Carries out what the timers of approvals ask for."""

    def __init__(
        self,
        *,
        stores: Stores,
        config: ConfigSource,
        writer: ReplyWriter,
        mails: ApprovalMails,
        submit: Callable[[Reply], None],
        env: Env,
    ) -> None:
        """`submit` sends a row of the outbox."""
        self._approvals = stores.approvals
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._outbox = stores.outbox
        self._config = config
        self._writer = writer
        self._mails = mails
        self._submit = submit
        self._env = env

    async def look(self) -> None:
        """Handle every approval whose timer has passed; what fails is due at the next look. Raises `errors.Transient`."""
        on = (project.live for project in self._config.current.projects)
        if not any(live is not None and live.mode is not LiveMode.OFF for live in on):
            return
        for approval_id in await self._approvals.due(before=self._env.now()):
            try:
                await self.redo(approval_id)
            except errors.HermesError as error:
                text = f"the timer of an approval is left for later: {error.message}"
                self._env.emit(Event("approval.failed", self._env.now(), text, {"approval_id": approval_id}))

    async def redo(self, approval_id: str) -> None:
        """The step of one approval, if it is still due and no other replica was first."""
        approval, now = await self._approvals.get(approval_id), self._env.now()
        if approval is None or not approval.waits or approval.due is None or approval.due > now:
            return
        token = self._env.new_id()
        if now >= approval.ends_at:
            await self._write(approval, approvals.ended(approval, token=token, now=now), self._ended(approval))
        elif await self._is_replaced(approval):
            await self._write(approval, approvals.replaced(approval, token=token, now=now), ())
        else:
            after = approvals.reminded(approval, token=token, now=now)
            await self._write(approval, after, await self._reminders(approval))

    async def _is_replaced(self, approval: Approval) -> bool:
        session = await self._sessions.get(approval.session_id)
        if session is None or session.approval != approval.approval_id or session.stop_order > approval.order:
            return True
        commands = await self._commands.of_session(approval.session_id, most=_LOOKED_AT)
        if approval.takes_back:
            live = going_live.to_take_back(commands)
            return live is None or live.result is None or live.result.git_commit != approval.commit
        version = going_live.newest(commands)
        return version is None or version.commit != approval.commit

    async def _reminders(self, approval: Approval) -> tuple[Reply, ...]:
        client, _, name = approval.project.partition("/")
        project = self._config.current.project_named(client, name)
        if project is None:
            return ()
        made_by = await self._commands.get(approval.command_id)
        return await self._mails.reminding(approval, project, made_by, session_id=approval.session_id)

    def _ended(self, approval: Approval) -> tuple[Reply, ...]:
        """The mail to whoever asked."""
        facts = GoingLive(kind=ReplyKind.APPROVAL_ENDED, title=approval.title, takes_back=approval.takes_back)
        return self._writer.write(
            reply_id=f"{approval.approval_id}#ended",
            facts=facts,
            origin=approval.requested,
            scope=approval.project,
            session_id=approval.session_id,
        )

    async def _write(self, seen: Approval, after: Approval, mails: tuple[Reply, ...]) -> None:
        now = self._env.now()
        names = [alias for mail in mails if (alias := alias_of(mail, now=now)) is not None]
        writes = [*map(self._outbox.add, mails), *map(self._sessions.alias, names)]
        self._env.crash_point("approval.due")
        if await self._approvals.step(seen, after, *writes):
            self._env.crash_point("approval.written")
            for mail in mails:
                self._submit(mail)
