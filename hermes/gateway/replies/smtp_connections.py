"""Connections to a mail server, each used for the mails that follow each other closely.

A reply alone costs a connection, a greeting, often TLS and a login, and a farewell; of fifty replies in a burst most need none of these.
A connection that lies idle is hung up on after a few seconds, and asked (RSET, RFC 5321 4.1.1.5) whether it still lives before a mail is
trusted to it: a server may have gone meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import aiosmtplib

from hermes import errors
from hermes.gateway.replies.smtp_dialogue import SmtpDialogue

#: A connection to the mail server is kept for this long after a mail, for the next one; servers hang up on idle ones after 10 s or more.
SMTP_KEPT_SECONDS: Final = 5.0
#: Mails over one connection; servers stop at 50 to 1000.
SMTP_MAILS_A_CONNECTION: Final = 50
#: A kept connection's answer to "do you live" and to the farewell.
SMTP_FAREWELL_SECONDS: Final = 5.0

_FAILURES = (aiosmtplib.SMTPException, OSError)


@dataclasses.dataclass(slots=True)
class Connection:
    """One that has been greeted, and logged in to where that is wanted."""

    dialogue: SmtpDialogue
    mails: int = 0
    """Taken by the server over this connection so far."""
    worn: bool = False
    """Has the server had enough of it?"""
    timer: asyncio.TimerHandle | None = None

    @property
    def client(self) -> aiosmtplib.SMTP:
        """What the dialogue is held with."""
        return self.dialogue.client


class Connections:
    """Makes them, keeps them for a moment, ends them. Nobody shares one: it is taken, and given back."""

    def __init__(
        self, open_one: Callable[[], Awaitable[SmtpDialogue]], *, kept_seconds: float = SMTP_KEPT_SECONDS
    ) -> None:
        self._open = open_one
        self._kept_seconds = kept_seconds
        self._kept: list[Connection] = []
        self._farewells: set[asyncio.Task[None]] = set()
        self._closed = False

    @contextlib.asynccontextmanager
    async def taken(self, *, fresh: bool = False) -> AsyncIterator[Connection]:
        """One for one mail: a kept one that lives, unless it has to be `fresh`, else a new one.

        Whatever goes wrong within, it brings no further mail. Raises `errors.MailDeferred`.
        """
        one = (None if fresh else await self._living()) or await self._made()
        try:
            yield one
        except errors.HermesError:
            self._leave(one)  # hangs up at once on a server that is gone, and says farewell to one that refused
            raise
        except BaseException:
            one.client.close()
            raise
        if one.worn:
            self._leave(one)
            return
        one.mails += 1
        self._give_back(one)

    async def close(self) -> None:
        """Say farewell to those that are kept; whatever is given back from now on ends at once."""
        self._closed = True
        for one in list(self._kept):
            self._grown_old(one)
        if self._farewells:
            await asyncio.wait(list(self._farewells))

    async def _made(self) -> Connection:
        if self._farewells:
            # At the server those count still, and some take no more than three of one account.
            await asyncio.wait(list(self._farewells))
        return Connection(await self._open())

    async def _living(self) -> Connection | None:
        while self._kept:
            # The one that was used last: the others grow old, and are left.
            one = self._let_go(self._kept[-1])
            try:
                await one.client.rset(timeout=SMTP_FAREWELL_SECONDS)
            except aiosmtplib.SMTPResponseException:
                one.client.close()  # the server lives, and has had enough of this one
            except _FAILURES:
                # Whatever became of the server became of the others too.
                for dead in (one, *map(self._let_go, list(self._kept))):
                    dead.client.close()
            except BaseException:
                one.client.close()
                raise
            else:
                return one
        return None

    def _let_go(self, one: Connection) -> Connection:
        self._kept.remove(one)
        if one.timer is not None:
            one.timer.cancel()
        return one

    def _give_back(self, one: Connection) -> None:
        self._kept.append(one)
        if self._closed or one.mails >= SMTP_MAILS_A_CONNECTION:
            self._grown_old(one)
        else:
            one.timer = asyncio.get_running_loop().call_later(self._kept_seconds, self._grown_old, one)

    def _grown_old(self, one: Connection) -> None:
        self._let_go(one)
        self._leave(one)

    def _leave(self, one: Connection) -> None:
        """Nobody waits for a farewell: the mails were taken before, or refused."""
        task = asyncio.get_running_loop().create_task(_leave(one.client), name="smtp farewell")
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)


async def _leave(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=SMTP_FAREWELL_SECONDS)
    except _FAILURES:
        pass
    finally:
        client.close()
