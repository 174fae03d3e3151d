"""A dialogue with a mail server, step by step: each command with its time (RFC 5321, 4.5.3.2), each refusal as one of our errors.

The one step that matters most is the last: once the final dot has left, the server may have the mail whatever we hear of it (RFC 1047).
A cut, silence and nonsense before it are a mail that did not go; after it they are `errors.MailUnanswered`.
"""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import Callable, Mapping
from typing import Final

import aiosmtplib

from hermes import errors
from hermes.mail.read.server_answer import Blame, ServerAnswer, SmtpStep, blame
from hermes.mail.write import envelope

#: How long the server may take for each step (RFC 5321, 4.5.3.2; what it does not name has two minutes).
STEP_SECONDS: Final[Mapping[SmtpStep, float]] = {
    SmtpStep.CONNECT: 30.0,
    SmtpStep.GREETING: 300.0,
    SmtpStep.EHLO: 300.0,
    SmtpStep.STARTTLS: 120.0,
    SmtpStep.LOGIN: 120.0,
    SmtpStep.MAIL: 300.0,
    SmtpStep.RCPT: 300.0,
    SmtpStep.DATA: 120.0,
    SmtpStep.CONTENT: 600.0,
    SmtpStep.RSET: 5.0,
}
#: The content has left our side within this (RFC 5321: three minutes for a block; a reply is one).
CONTENT_LEAVES_SECONDS: Final = 180.0

#: Of a recipient's refusals, those that may be about the connection.
_FULL = frozenset({421, 452})
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LINE_DOT = re.compile(rb"(?m)^\.")
_FAILURES = (aiosmtplib.SMTPException, OSError)


class SmtpDialogue:
    """The commands of one connection; it has been greeted, and nothing else."""

    def __init__(self, *, client: aiosmtplib.SMTP, server: str, most_seconds: float | None = None) -> None:
        """`server` is its name in errors; no step takes longer than `most_seconds`."""
        self.client = client
        self._server = server
        self._most = most_seconds
        self.tired = False
        """Did the server end its last mail with what may be about the connection? Then a fresh one may do."""

    async def greet(self) -> None:
        """EHLO, or HELO where the server knows no other. What it offers must be known before anything is chosen."""
        name = (self.client.local_hostname or "localhost").encode("ascii")
        answer = await self._say(SmtpStep.EHLO, b"EHLO", name)
        if answer.code == 250:
            self.client.last_ehlo_response = aiosmtplib.SMTPResponse(answer.code, answer.text)
            return
        if answer.code // 100 != 5:
            raise self._refused(SmtpStep.EHLO, answer)
        answer = await self._say(SmtpStep.EHLO, b"HELO", name)
        if answer.code != 250:
            raise self._refused(SmtpStep.EHLO, answer)
        self.client.last_helo_response = aiosmtplib.SMTPResponse(answer.code, answer.text)

    async def encrypt(self, context: ssl.SSLContext) -> None:
        """STARTTLS, and EHLO again. A server that does not offer it is not trusted with the mail."""
        if not self.client.supports_extension("starttls"):
            raise errors.SenderRefused(f"mail server {self._server} offers no STARTTLS; mail.smtp.security asks for it")
        seconds = self.seconds(SmtpStep.STARTTLS)
        try:
            await self.client.starttls(tls_context=context, timeout=seconds)
        except aiosmtplib.SMTPResponseException as error:
            raise self._refused(SmtpStep.STARTTLS, ServerAnswer(error.code, error.message)) from error
        except _FAILURES as error:
            raise failed(self._server, SmtpStep.STARTTLS, error, seconds) from error
        await self.greet()

    async def log_in(self, username: str, password: str) -> None:
        """By the first method that the server lets us try; a wrong password is not tried again by the others, for accounts get locked."""
        methods = self.client.supported_auth_methods
        if not methods:
            raise errors.SenderRefused(f"mail server {self._server} offers no login that we know; check mail.smtp")
        # Over TLS the plain one is what servers test most; in the open the password stays hidden where that is offered.
        secret = self.client.get_transport_info("sslcontext") is not None
        ways = {"plain": self.client.auth_plain, "login": self.client.auth_login, "cram-md5": self.client.auth_crammd5}
        answer = ServerAnswer(0, "")
        for method in sorted(methods, key=lambda one: (one == "cram-md5") == secret):
            seconds = self.seconds(SmtpStep.LOGIN)
            try:
                await ways[method](username, password, timeout=seconds)
            except aiosmtplib.SMTPAuthenticationError as error:
                answer = ServerAnswer(error.code, error.message)
            except aiosmtplib.SMTPResponseException as error:
                raise self._refused(SmtpStep.LOGIN, ServerAnswer(error.code, error.message)) from error
            except ValueError as error:  # a challenge that is no base64
                raise errors.MailDeferred(f"mail server {self._server}: {SmtpStep.LOGIN}: {error}") from error
            except _FAILURES as error:
                raise failed(self._server, SmtpStep.LOGIN, error, seconds) from error
            else:
                return
            if answer.code == 535 or answer.code // 100 != 5:
                break
        raise self._refused(SmtpStep.LOGIN, answer)

    async def log_in_with_token(self, username: str, token: str) -> None:
        """By an access token. Source: RFC 7628; Google, "XOAUTH2 protocol". Raises as `log_in` does."""
        methods = self.client.server_auth_methods
        if "xoauth2" in methods:
            method, secret = b"XOAUTH2", f"user={username}\1auth=Bearer {token}\1\1"
        elif "oauthbearer" in methods:
            quoted = username.replace("=", "=3D").replace(",", "=2C")
            method, secret = b"OAUTHBEARER", f"n,a={quoted},\1auth=Bearer {token}\1\1"
        else:
            raise errors.SenderRefused(
                f"mail server {self._server} takes no access token (it offers {', '.join(methods) or 'no login'});"
                " set mail.smtp.password in place of mail.smtp.oauth"
            )
        answer = await self._say(SmtpStep.LOGIN, b"AUTH", method, base64.b64encode(secret.encode()))
        if answer.code == 334:
            # A server that refuses says why in a challenge, and wants an answer to that before its refusal.
            answer = await self._say(SmtpStep.LOGIN, b"" if method == b"XOAUTH2" else b"AQ==")
        if answer.code != 235:
            raise self._refused(SmtpStep.LOGIN, answer)

    async def offer(self, raw: bytes, sender: str, recipient: str, *, handing_over: Callable[[], None]) -> str:
        """One mail; returns the words of the server's OK. `handing_over` is called before the server may have the mail.

        Raises `errors.MailRejected`, `errors.MailDeferred`.
        """
        self.tired = False
        await self._transaction(
            SmtpStep.MAIL, b"MAIL", b"FROM:" + envelope.path(sender), *self._options(raw, sender, recipient)
        )
        await self._transaction(SmtpStep.RCPT, b"RCPT", b"TO:" + envelope.path(recipient))
        answer = await self._say(SmtpStep.DATA, b"DATA")
        if answer.code != 354:
            raise self._refused(SmtpStep.DATA, answer)
        return (await self._content(raw, handing_over)).words

    async def probe(self, sender: str, recipient: str) -> None:
        """MAIL and RCPT without a mail. Raises as `offer` does."""
        await self._transaction(
            SmtpStep.MAIL, b"MAIL", b"FROM:" + envelope.path(sender), *self._options(b"", sender, recipient)
        )
        await self._transaction(SmtpStep.RCPT, b"RCPT", b"TO:" + envelope.path(recipient))
        await self._say(SmtpStep.RSET, b"RSET")

    def seconds(self, step: SmtpStep) -> float:
        """How long the step may take."""
        return limit(step, self._most)

    async def _transaction(self, step: SmtpStep, *command: bytes) -> None:
        try:
            answer = await self._say(step, *command)
        except errors.MailDeferred:
            self.tired = True  # a connection that was kept may have died since it was asked
            raise
        if answer.code // 100 != 2:
            # The sender is ours, and was taken before.
            self.tired = step is SmtpStep.MAIL or answer.code in _FULL
            raise self._refused(step, answer)

    async def _say(self, step: SmtpStep, *command: bytes) -> ServerAnswer:
        seconds = self.seconds(step)
        try:
            return ServerAnswer(*await self.client.execute_command(*command, timeout=seconds))
        except aiosmtplib.SMTPResponseException as error:  # an answer that is none
            return ServerAnswer(0, error.message)
        except _FAILURES as error:
            raise failed(self._server, step, error, seconds) from error

    async def _content(self, raw: bytes, handing_over: Callable[[], None]) -> ServerAnswer:
        protocol, transport = self.client.protocol, self.client.transport
        if protocol is None or not isinstance(transport, asyncio.WriteTransport):
            raise errors.MailDeferred(f"mail server {self._server} hung up before the mail")
        transport.set_write_buffer_limits(high=0)  # so that drained means gone
        # Listening before anything is said: a server may refuse in the middle, and hang up.
        reading = asyncio.create_task(protocol.read_response(), name="smtp answer")
        leaving: asyncio.Task[None] | None = None
        try:
            await asyncio.sleep(0)
            handing_over()
            protocol.write(_dotted(raw))
            # What `asyncio.StreamWriter.drain` calls; a writer would close the transport once it is collected.
            leaving = asyncio.create_task(protocol._drain_helper(), name="smtp content")  # noqa: SLF001
            seconds = min(CONTENT_LEAVES_SECONDS, self._most or CONTENT_LEAVES_SECONDS)
            await asyncio.wait({reading, leaving}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            gone = leaving.done() and leaving.exception() is None
            if not reading.done() and gone:
                seconds = self.seconds(SmtpStep.CONTENT)
                await asyncio.wait({reading}, timeout=seconds)
            return self._outcome(reading, gone=gone, seconds=seconds)
        except _FAILURES as error:  # the connection was gone before the first byte
            raise failed(self._server, SmtpStep.CONTENT, error, 0.0) from error
        finally:
            for task in filter(None, (reading, leaving)):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _outcome(self, reading: asyncio.Task[aiosmtplib.SMTPResponse], *, gone: bool, seconds: float) -> ServerAnswer:
        """What the server said to the content; `gone` if its final dot left."""
        words = f"mail server {self._server}: {SmtpStep.CONTENT}: "
        if not reading.done():
            words = _late(self._server, SmtpStep.CONTENT, seconds)
        else:
            broken = reading.exception()
            if broken is None:
                answer = ServerAnswer(*reading.result())
                if answer.code // 100 == 2 and gone:
                    return answer
                if answer.code // 100 in (4, 5):
                    raise self._refused(SmtpStep.CONTENT, answer)
                words += f"answered with nonsense: {answer}"
            elif isinstance(broken, aiosmtplib.SMTPResponseException):
                words += f"answered with nonsense: {ServerAnswer(0, broken.message)}"
            else:
                words += str(broken) or type(broken).__name__
        self.client.close()  # what it may say yet is no answer to anything else
        raise (errors.MailUnanswered if gone else errors.MailDeferred)(words)

    def _options(self, raw: bytes, sender: str, recipient: str) -> list[bytes]:
        client, options = self.client, []
        if client.supports_extension("size"):
            options.append(b"SIZE=%d" % len(_lines(raw)))
        if not raw.isascii() and client.supports_extension("8bitmime"):
            options.append(b"BODY=8BITMIME")
        if not (sender.isascii() and recipient.isascii()):
            if not client.supports_extension("smtputf8"):
                raise errors.MailRejected(f"mail server {self._server} takes no addresses beyond ASCII")
            options.append(b"SMTPUTF8")
        return options

    def _refused(self, step: SmtpStep, answer: ServerAnswer) -> errors.HermesError:
        return refused(self._server, step, answer)


def limit(step: SmtpStep, most: float | None) -> float:
    """How long a step may take, and no longer than `most`."""
    return min(STEP_SECONDS[step], most or STEP_SECONDS[step])


def refused(server: str, step: SmtpStep, answer: ServerAnswer) -> errors.HermesError:
    """The error for a refusal at this step."""
    if not answer.known:
        return errors.MailDeferred(f"mail server {server} answered {step} with nonsense: {answer}")
    kind = {
        Blame.MAIL: errors.MailRejected,
        Blame.MOMENT: errors.MailDeferred,
        Blame.OPERATOR: errors.SenderRefused,
    }[blame(answer, step)]
    return kind(f"mail server {server} answered {step} with {answer}")


def failed(server: str, step: SmtpStep, error: Exception, seconds: float) -> errors.MailDeferred:
    """The error for a step that got no answer."""
    if isinstance(error, TimeoutError):  # ours and aiosmtplib's own
        return errors.MailDeferred(_late(server, step, seconds))
    kind = errors.SenderRefused if isinstance(error, ssl.SSLError) else errors.MailDeferred
    return kind(f"mail server {server}: {step}: {errors.reason(error)}")


def _late(server: str, step: SmtpStep, seconds: float) -> str:
    return f"mail server {server} did not finish in {seconds:g} s: no answer to {step}"


def _lines(raw: bytes) -> bytes:
    """The content with the line ends of SMTP."""
    lines = _LINE_END.sub(b"\r\n", raw)
    return lines if lines.endswith(b"\r\n") else lines + b"\r\n"


def _dotted(raw: bytes) -> bytes:
    """The content as DATA carries it: dots at the beginning of a line doubled, and the final one (RFC 5321, 4.5.2)."""
    return _LINE_DOT.sub(b"..", _lines(raw)) + b".\r\n"
