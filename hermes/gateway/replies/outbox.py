"""Outbox: sends replies. A row's lease is its due time; whoever holds it sends the row's bytes, whoever finds it past sends them again.

A crash between the mail server's OK and our mark sends the same bytes with the same Message-ID once more (RFC 1047 names the gap);
nothing else does.
"""

from __future__ import annotations

import asyncio
from typing import Final

from hermes import errors, limits
from hermes.aws.records.stores import Stores
from hermes.domain import trace
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.replies import Reply, ReplyState
from hermes.gateway.replies.mailer import Mailer
from hermes.gateway.replies.replies import alias_of
from hermes.gateway.replies.reply_rate_limiter import ReplyRateLimiter
from hermes.mail.write import rate_limit

#: A reply that the mail server defers is tried for this long.
REPLY_RETRY_SECONDS: Final = 24 * 3600
#: Due replies that are taken up while the mail server is slow: more would only wait in memory until their leases are over.
REPLIES_HELD: Final = 128


class Outbox:
    """Sends what is handed over at once, a few at a time; the sweeper hands over what is due."""

    def __init__(
        self,
        *,
        stores: Stores,
        mailer: Mailer,
        pacing: ReplyRateLimiter,
        lease_seconds: float,
        senders: int = limits.SENDERS,
        env: Env,
    ) -> None:
        self._records = stores.outbox
        self._sessions = stores.sessions
        self._mailer = mailer
        self._pacing = pacing
        self._lease = lease_seconds
        self._env = env
        self._slots = asyncio.Semaphore(senders)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def submit(self, reply: Reply) -> None:
        """Send a row whose lease is ours (it was just written, or just leased). After `close` it is left to the sweeper."""
        if self._closed or reply.reply_id in self._sending:
            return
        task = asyncio.get_running_loop().create_task(self._send(reply), name=f"send {reply.reply_id}")
        self._sending[reply.reply_id] = task
        task.add_done_callback(lambda _: self._sending.pop(reply.reply_id, None))

    async def redo(self, reply_id: str) -> None:
        """Take a row that is due, if no other replica was first and there is room for it, and send it."""
        if reply_id in self._sending or self._closed or len(self._sending) >= REPLIES_HELD:
            return
        reply = await self._records.get(reply_id)
        if reply is None or reply.state is not ReplyState.PENDING or (reply.due or 0) > self._env.now():
            return
        try:
            leased = await self._records.lease(reply, until=self._env.now() + self._lease)
        except errors.ConditionFailed:
            return  # another replica was first
        self._env.crash_point("reply.leased")
        self.submit(leased)

    async def close(self, seconds: float) -> None:
        """Let what is being sent end; the rest stays due."""
        self._closed = True
        if self._sending:
            await asyncio.wait(list(self._sending.values()), timeout=seconds)
        for task in list(self._sending.values()):
            task.cancel()
        await asyncio.gather(*self._sending.values(), return_exceptions=True)
        await self._mailer.close()

    async def _send(self, reply: Reply) -> None:
        try:
            async with self._slots:
                # Waiting for a slot may have used up the lease; then the row belongs to whoever takes it next.
                if (reply.due or 0) - self._env.now() < self._lease / 3:
                    reply = await self._records.lease(reply, until=self._env.now() + self._lease)
                if await self._may_go(reply):
                    await self._deliver(reply)
        except errors.ConditionFailed:
            return  # another replica holds it now
        except errors.HermesError as error:
            self._say("reply.deferred", f"reply stays due: {error.message}", reply)

    async def _may_go(self, reply: Reply) -> bool:
        """Ask the ladder; what it holds moves its due time, what it drops has failed."""
        said = await self._pacing.decide(reply)
        if said.action is rate_limit.Action.SEND:
            return True
        if said.action is rate_limit.Action.HOLD and said.until is not None:
            await self._records.deferred(reply, until=said.until, error=f"held: {said.reason}")
            self._say("reply.held", f"the reply waits: {said.reason}", reply)
        else:
            await self._records.failed(reply, error=f"not sent: {said.reason}")
            self._say("reply.dropped", f"the reply is not sent: {said.reason}", reply)
        return False

    async def _deliver(self, reply: Reply) -> None:
        self._env.crash_point("reply.taken")
        try:
            async with asyncio.timeout(self._lease / 2):
                provider_id = await self._mailer.send(raw=reply.raw, sender=reply.sender, recipient=reply.recipient)
        except (errors.MailDeferred, TimeoutError) as error:
            await self._later(reply, str(error) or "no answer in time")
        except errors.MailRejected as error:
            await self._records.failed(reply, error=error.message)
            self._say("reply.failed", f"the mail server refused the reply: {error.message}", reply)
        except Exception as error:  # a mailer that breaks on one reply: it is seen in the row, and given up in the end
            await self._later(reply, f"{type(error).__name__}: {error}")
        else:
            self._env.crash_point("reply.sent")
            # Answers will name the Message-ID that the provider put in place of ours.
            alias = alias_of(reply, now=self._env.now(), provider_id=provider_id) if provider_id else None
            await self._records.sent(
                reply,
                now=self._env.now(),
                provider_id=provider_id,
                expires_at=int(self._env.now() + limits.KEEP_SECONDS),
                also=self._sessions.alias(alias) if alias else None,
            )
            self._env.crash_point("reply.marked")
            self._say(
                "reply.sent", "reply sent", reply, mail_seconds=max(0.0, round(self._env.now() - reply.created_at, 3))
            )

    async def _later(self, reply: Reply, error: str) -> None:
        age = self._env.now() - reply.created_at
        if age > REPLY_RETRY_SECONDS:
            await self._records.failed(reply, error=f"deferred for {age / 3600:.0f} h: {error}")
            self._say("reply.failed", f"the reply was deferred for too long: {error}", reply)
            return
        # 5 s at first, a tenth of its age later, half an hour at most.
        wait = min(1800.0, max(5.0, age / 10)) * (0.8 + 0.4 * self._env.jitter())
        await self._records.deferred(reply, until=self._env.now() + wait, error=error)
        self._say("reply.deferred", f"the mail server did not take the reply now: {error}", reply)

    def _say(self, name: str, text: str, reply: Reply, **more: float) -> None:
        facts: dict[str, object] = {
            "reply_id": reply.reply_id,
            "kind": reply.kind,
            "session_id": reply.session_id,
            "command_id": reply.command_id,
            "trace_id": trace.of_mail(reply.mail_id),
        }
        self._env.emit(Event(name, self._env.now(), text, {k: v for k, v in facts.items() if v} | more))
