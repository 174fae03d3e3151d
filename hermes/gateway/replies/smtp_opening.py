"""How a connection to the mail server begins: its addresses, one after the other, the greeting, encryption, the login.

An address that does not answer costs a quarter of a second, not the whole time (RFC 8305); one that answers and then says nothing, or does
not want us, is passed over for the next, as long as there is one (RFC 5321, 5.1).
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import time
from typing import Final, Protocol

import aiohappyeyeballs
import aiosmtplib

from hermes import errors
from hermes.config import loading as config
from hermes.domain import idn
from hermes.domain.decisions.logins import LOGINS_MOST
from hermes.domain.env import Env
from hermes.gateway.replies.smtp_dialogue import SmtpDialogue, failed, limit, refused
from hermes.https.access_tokens import AccessTokens, KeptRefreshToken
from hermes.mail.read.server_answer import ServerAnswer, SmtpStep

#: The next address is tried beside one that has not answered within this (RFC 8305, 5).
NEXT_ADDRESS_SECONDS: Final = 0.25
#: A greeting that others could give in its place is waited for this long only.
OTHER_GREETING_SECONDS: Final = 30.0

#: A server that refused our login is not asked again for this long; doubled each time, because accounts get locked.
LOGIN_REFUSED_SECONDS: Final = 120.0
#: The same where the login failed in a way that may pass.
LOGIN_FAILED_SECONDS: Final = 10.0
LOGIN_PAUSE_MOST_SECONDS: Final = 1800.0


class LoginRows(Protocol):
    """The count of logins, as `hermes.aws.records.logins` has it."""

    async def take(self, account: str, *, now: float) -> float | None:
        """Count a login that is about to be sent; when it may be sent, where there were too many."""

    async def worked(self, account: str, *, at: float) -> None:
        """The login counted at this time opened a connection."""


_Address = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]


class SmtpOpening:
    """Opens connections to one configured server."""

    def __init__(
        self,
        *,
        settings: config.Smtp,
        hostname: str,
        tls: ssl.SSLContext | None = None,
        most_seconds: float | None = None,
        logins: LoginRows | None = None,
        kept: KeptRefreshToken | None = None,
        env: Env | None = None,
    ) -> None:
        """`hostname` is what we call ourselves in EHLO; `tls` replaces the certificates of the settings.

        `logins` counts over gateways and restarts; without it this object alone does. `kept` has the newest refresh token.

        Raises `errors.ConfigError` if these cannot be read.
        """
        self._settings = settings
        self._hostname = idn.ascii_domain(hostname)
        self._most = most_seconds
        self._tls = tls or (_context(settings) if settings.security != "none" else None)
        self._clock = env.clock if env is not None else time.monotonic
        self._now = env.now if env is not None else time.time
        self._logins = logins
        self._tokens = AccessTokens(settings.oauth, clock=self._clock, kept=kept) if settings.oauth else None
        self._pause = 0.0
        self._refusal: errors.MailDeferred | None = None
        """Of the last login, if it failed."""
        self._again = 0.0
        """When the login may be tried again, by `clock`."""
        self._worked = False
        self._alone = asyncio.Lock()
        """Held by a login while it is not known that logins work."""
        self.server = f"{settings.host}:{settings.port}"

    async def open(self) -> SmtpDialogue:
        """A connection that mails can be given to. Raises `errors.MailDeferred`."""
        self._wait_over()
        dialogue = await self._greeted()
        try:
            await dialogue.greet()
            if self._settings.security == "starttls" and self._tls is not None:
                await dialogue.encrypt(self._tls)
            if self._settings.username is not None:
                await self._log_in(dialogue, self._settings.username)
        except BaseException:
            dialogue.client.close()
            raise
        return dialogue

    async def _log_in(self, dialogue: SmtpDialogue, username: str) -> None:
        proven = self._pause == 0.0 and self._worked
        async with contextlib.nullcontext() if proven else self._alone:
            self._wait_over()
            counted = None if self._pause == 0.0 and self._worked else self._logins
            at = self._now()
            try:
                await self._send_login(dialogue, username, counted, at)
            except errors.MailDeferred as error:
                least = LOGIN_REFUSED_SECONDS if isinstance(error, errors.SenderRefused) else LOGIN_FAILED_SECONDS
                self._pause = min(max(self._pause * 2, least), LOGIN_PAUSE_MOST_SECONDS)
                self._refusal, self._again = error, self._clock() + self._pause
                if self._tokens is not None:
                    self._tokens.forget()
                raise
            if counted is not None:
                with contextlib.suppress(errors.HermesError):  # then it stays one of the hour's
                    await counted.worked(self._account, at=at)
            self._pause, self._refusal, self._worked = 0.0, None, True

    async def _send_login(self, dialogue: SmtpDialogue, username: str, counted: LoginRows | None, at: float) -> None:
        token = await self._token()
        if counted is not None and (until := await counted.take(self._account, now=at)) is not None:
            raise _too_often(max(1.0, (until - at) / 60))
        if token is None:
            await dialogue.log_in(username, self._settings.password or "")
        else:
            await dialogue.log_in_with_token(username, token)

    async def _token(self) -> str | None:
        if self._tokens is None:
            return None
        try:
            return await asyncio.to_thread(self._tokens.token)
        except errors.TokenRefused as error:
            raise errors.SenderRefused(error.message) from error
        except errors.NoAnswer as error:
            raise errors.MailDeferred(error.message) from error

    @property
    def _account(self) -> str:
        return f"{self._settings.username}@{self.server}"

    def _wait_over(self) -> None:
        """Raise the refusal of the last login again while it is too early for another."""
        if self._refusal is not None and self._clock() < self._again:
            raise type(self._refusal)(f"not tried again yet: {self._refusal.message}")

    async def _greeted(self) -> SmtpDialogue:
        left = await self._addresses()
        refusal: errors.MailDeferred | None = None
        while left:
            try:
                found = await self._connected(left)
            except errors.MailDeferred as error:
                raise (refusal or error) from error  # what a server said tells more than that the others are not there
            here = found.getpeername()[:2]
            left = [one for one in left if one[4][:2] != here]
            try:
                return await self._greeting(found, alone=not left)
            except errors.MailDeferred as error:
                refusal = error
        raise refusal or errors.MailDeferred(f"mail server {self.server} has no address")

    async def _addresses(self) -> list[_Address]:
        host, port, seconds = self._settings.host, self._settings.port, self._limit(SmtpStep.CONNECT)
        try:
            async with asyncio.timeout(seconds):
                return list(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # of a name that is none, too
            raise failed(self.server, SmtpStep.CONNECT, error, seconds) from error

    async def _connected(self, addresses: list[_Address]) -> socket.socket:
        seconds = self._limit(SmtpStep.CONNECT)
        try:
            async with asyncio.timeout(seconds):
                return await aiohappyeyeballs.start_connection(addresses, happy_eyeballs_delay=NEXT_ADDRESS_SECONDS)
        except (OSError, RuntimeError) as error:
            raise failed(self.server, SmtpStep.CONNECT, error, seconds) from error

    async def _greeting(self, connected: socket.socket, *, alone: bool) -> SmtpDialogue:
        seconds = (
            self._limit(SmtpStep.GREETING) if alone else min(OTHER_GREETING_SECONDS, self._limit(SmtpStep.GREETING))
        )
        client = aiosmtplib.SMTP(
            hostname=self._settings.host,
            sock=connected,
            use_tls=self._settings.security == "tls",
            start_tls=False,
            tls_context=self._tls,
            local_hostname=self._hostname,
            timeout=seconds,
        )
        try:
            await client.connect()
        except BaseException as error:
            with contextlib.suppress(OSError):
                connected.close()
            if isinstance(error, aiosmtplib.SMTPResponseException):
                raise refused(self.server, SmtpStep.GREETING, ServerAnswer(error.code, error.message)) from error
            if isinstance(error, aiosmtplib.SMTPException | OSError):
                cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
                raise failed(self.server, SmtpStep.GREETING, cause, seconds) from error
            raise
        return SmtpDialogue(client=client, server=self.server, most_seconds=self._most)

    def _limit(self, step: SmtpStep) -> float:
        return limit(step, self._most)


def _too_often(minutes: float) -> errors.SenderRefused:
    return errors.SenderRefused(
        f"{LOGINS_MOST} logins in an hour did not work; the next one is sent in {minutes:.0f} minutes, because accounts get locked"
    )


def _context(settings: config.Smtp) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    except OSError as error:
        raise errors.ConfigError(f"mail.smtp.ca_file {settings.ca_file} cannot be used: {error}") from error
