"""Outbox: sends replies. A row's lease is its due time: its holder sends the row's bytes, and once it has passed another replica does.

The lease is short, so that another replica takes over soon from one that died, and is renewed for as long as the mail server takes. A crash
between the mail server's OK and our mark sends the same bytes with the same Message-ID once more (RFC 1047 names the gap); nothing else
does. A row whose sender died, and one whose server said nothing, may have arrived: that is counted, and ends after a few times.
"""

from __future__ import annotations

import asyncio
from typing import Final

from hermes import errors, limits
from hermes.aws.records.stores import Stores
from hermes.domain import trace
from hermes.domain.decisions import redelivery
from hermes.domain.decisions.redelivery import Trouble
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.replies import Reply, ReplyState
from hermes.domain.reply_facts import ReplyKind
from hermes.gateway.replies import shown_files
from hermes.gateway.replies.mail_server_watch import MailServerWatch
from hermes.gateway.replies.mailer import Mailer
from hermes.gateway.replies.replies import alias_of
from hermes.gateway.replies.reply_lease import ReplyLease
from hermes.gateway.replies.reply_rate_limiter import ReplyRateLimiter
from hermes.gateway.replies.sending_allowance import SendingAllowance
from hermes.mail.write import rate_limit

#: Due replies that are taken while the mail server is slow: more would only wait in memory.
REPLIES_HELD: Final = 128
#: Replies that say that something is under way.
_OF_OPEN_COMMANDS: Final = frozenset({ReplyKind.ACKNOWLEDGED, ReplyKind.STILL_STARTING, ReplyKind.STILL_WORKING})
_GIVEN_UP = f"handed over {redelivery.HANDED_OVER_MOST} times, and not known to have arrived"


class Outbox:
    """Sends replies at once, a few at a time; the sweeper submits those that are due."""

    def __init__(
        self,
        *,
        stores: Stores,
        mailer: Mailer,
        rate_limiter: ReplyRateLimiter,
        allowance: SendingAllowance | None = None,
        lease_seconds: float,
        senders: int = limits.SENDERS,
        env: Env,
    ) -> None:
        self._records = stores.outbox
        self._objects = stores.objects
        self._sessions = stores.sessions
        self._commands = stores.commands
        self._mailer = mailer
        self._rate_limiter = rate_limiter
        self._allowance = allowance
        self._lease = lease_seconds
        self._env = env
        self._watch = MailServerWatch(env=env)
        self._slots = asyncio.Semaphore(senders)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def submit(self, reply: Reply) -> None:
        """Send a row whose lease we have (it was just written or leased). After `close` it is left to the sweeper."""
        if self._closed or reply.reply_id in self._sending:
            return
        task = asyncio.get_running_loop().create_task(self._send(reply), name=f"send {reply.reply_id}")
        self._sending[reply.reply_id] = task
        task.add_done_callback(lambda _: self._sending.pop(reply.reply_id, None))

    async def redo(self, reply_id: str) -> None:
        """Take and send a row that is due, if no other replica was first and there is room for it."""
        if reply_id in self._sending or self._closed or len(self._sending) >= REPLIES_HELD:
            return
        reply = await self._records.get(reply_id)
        if reply is None or reply.state is not ReplyState.PENDING or (reply.due or 0) > self._env.now():
            return
        try:
            if reply.uncertain and reply.unanswered + 1 >= redelivery.HANDED_OVER_MOST:
                await self._give_up(reply, f"{_GIVEN_UP}: its sender ended each time. {reply.error}")
                return
            leased = await self._records.lease(reply, until=self._env.now() + self._lease)
        except errors.ConditionFailed:
            return  # another replica was first
        self._env.crash_point("reply.leased")
        self.submit(leased)

    async def close(self, seconds: float) -> None:
        """Wait for what is being sent; the rest stays due."""
        self._closed = True
        if self._sending:
            await asyncio.wait(list(self._sending.values()), timeout=seconds)
        for task in list(self._sending.values()):
            task.cancel()
        await asyncio.gather(*self._sending.values(), return_exceptions=True)
        await self._mailer.close()

    async def _send(self, reply: Reply) -> None:
        try:
            async with (
                ReplyLease(reply, records=self._records, seconds=self._lease, env=self._env) as lease,
                self._slots,
            ):
                if await self._is_wanted(lease) and await self._may_go(lease):
                    await lease.begin()
                    await self._deliver(lease)
        except errors.ConditionFailed:
            return  # another replica holds it now
        except errors.HermesError as error:
            self._say("reply.deferred", f"reply stays due: {error.message}", reply)
        except Exception as error:  # of the bookkeeping: the row stays as it is, and its next holder counts the try
            self._say("reply.deferred", f"reply stays due: {type(error).__name__}: {error}", reply)

    async def _is_wanted(self, lease: ReplyLease) -> bool:
        """Whether its person may still want it: a notice that something is under way is not, once that has ended."""
        reply = lease.row
        if reply.kind not in _OF_OPEN_COMMANDS or reply.command_id is None:
            return True
        command = await self._commands.get(reply.command_id)
        if command is not None and not command.state.terminal:
            return True
        async with lease.changing() as row:
            await self._records.failed(row, error="not sent: the answer came first")
            self._say("reply.dropped", "the notice is not sent: the answer came first", row)
        return False

    async def _may_go(self, lease: ReplyLease) -> bool:
        """Ask the rate limit and the allowance. A reply that they hold gets a later due time; one that is dropped has failed."""
        said = await self._rate_limiter.decide(lease.row)
        if said.action is rate_limit.Action.SEND and self._allowance is not None:
            said = await self._allowance.take()
        if said.action is rate_limit.Action.SEND:
            return True
        async with lease.changing() as reply:
            if said.action is rate_limit.Action.HOLD and said.until is not None:
                await self._records.deferred(reply, until=said.until, error=f"held: {said.reason}")
                self._say("reply.held", f"the reply waits: {said.reason}", reply)
            else:
                await self._records.failed(reply, error=f"not sent: {said.reason}")
                self._say("reply.dropped", f"the reply is not sent: {said.reason}", reply)
        return False

    async def _deliver(self, lease: ReplyLease) -> None:
        reply = lease.row
        self._env.crash_point("reply.taken")
        try:
            provider_id = await self._sent(lease)
        except errors.MailUnanswered as error:
            await self._later(lease, Trouble.UNANSWERED, error.message)
        except errors.SenderRefused as error:
            await self._later(lease, Trouble.OPERATOR, error.message)
        except errors.MailDeferred as error:
            await self._later(lease, Trouble.MOMENT, error.message)
        except errors.AwsUnavailable as error:  # its pictures cannot be read now
            await self._later(lease, Trouble.MOMENT, error.message)
        except errors.MailRejected as error:
            self._watch.took()  # it works, and refuses this reply
            async with lease.changing() as row:
                await self._records.failed(row, error=error.message)
            self._say("reply.failed", f"the mail server refused the reply: {error.message}", reply)
        except errors.ConditionFailed:
            raise
        except Exception as error:  # the row records that the mailer broke; in the end the reply is given up
            trouble = Trouble.UNANSWERED if lease.handed else Trouble.OPERATOR
            await self._later(lease, trouble, f"{type(error).__name__}: {error}")
        else:
            self._env.crash_point("reply.sent")
            self._watch.took()
            # Answers will name the Message-ID by which the provider replaced ours.
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

    async def _sent(self, lease: ReplyLease) -> str | None:
        """Send the row. Raises what the mailer raises, and `errors.ConditionFailed` if the lease was lost."""
        reply = lease.row
        raw = await shown_files.whole(self._objects, reply)
        sending = asyncio.get_running_loop().create_task(
            self._mailer.send(raw=raw, sender=reply.sender, recipient=reply.recipient, handing_over=lease.hand_over),
            name=f"mail {reply.reply_id}",
        )
        try:
            return await lease.during(sending)
        except asyncio.CancelledError:
            sending.cancel()
            await asyncio.wait({sending})
            if not sending.cancelled():
                return sending.result()  # its end came in the same moment, and is not forgotten
            await self._interrupted(lease)
            raise
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _interrupted(self, lease: ReplyLease) -> None:
        """The service stops in the middle of a mail: let another replica take the row soon, and not so soon that it makes a copy."""
        if lease.handed:
            await self._later(lease, Trouble.UNANSWERED, "the gateway was stopped while the mail server had it")
            return
        async with lease.changing() as row:
            await self._records.deferred(row, until=self._env.now(), error="the gateway was stopped before it was sent")

    async def _later(self, lease: ReplyLease, trouble: Trouble, error: str) -> None:
        self._watch.failed(trouble, error)
        async with lease.changing() as reply:
            now = self._env.now()
            since = now if reply.trying_since is None else reply.trying_since
            unanswered = reply.unanswered + (trouble is Trouble.UNANSWERED)
            until = redelivery.next_try(trouble, unanswered=unanswered, since=since, now=now, jitter=self._env.jitter())
            if until is not None:
                await self._records.deferred(reply, until=until, since=since, error=error, unanswered=unanswered)
                self._say("reply.deferred", f"the mail server did not take the reply now: {error}", reply)
            elif trouble is Trouble.UNANSWERED:
                await self._give_up(reply, f"{_GIVEN_UP}: {error}")
            else:
                await self._give_up(reply, f"deferred for {(now - since) / 3600:.0f} h: {error}")

    async def _give_up(self, reply: Reply, error: str) -> None:
        await self._records.failed(reply, error=error)
        self._say("reply.failed", f"the reply is given up: {error}", reply)

    def _say(self, name: str, text: str, reply: Reply, **more: float) -> None:
        facts: dict[str, object] = {
            "reply_id": reply.reply_id,
            "kind": reply.kind,
            "session_id": reply.session_id,
            "command_id": reply.command_id,
            "project": reply.scope,
            "trace_id": trace.of_mail(reply.mail_id),
        }
        self._env.emit(Event(name, self._env.now(), text, {k: v for k, v in facts.items() if v} | more))
