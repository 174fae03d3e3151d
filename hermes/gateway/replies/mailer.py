"""The port to whatever carries replies out, and its two implementations: a mail server over SMTP, and SES.

A failed answer is of one of two kinds. `errors.MailRejected` says that this mail will never be taken: the server looked at its envelope or
its content and said 5xx. Everything else is `errors.MailDeferred`: 4xx, silence, a cut connection (also after DATA, when the mail may have
arrived: RFC 1047), and what an operator can mend, such as a wrong password. A deferred mail is sent again as the same bytes.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Protocol

import aiosmtplib

from hermes import errors, limits
from hermes.aws.ses import Ses
from hermes.config import loading as config
from hermes.gateway.replies.smtp_connections import Connections
from hermes.mail.write import folding

#: Of SES's refusals, those that are about the mail; the others are about the account, and pass when it is put in order.
_SES_REJECTS = frozenset({"MessageRejected", "BadRequestException", "ParamValidationError"})
#: What may not stand in an envelope address: it would end the SMTP command or the address.
_UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")
#: Of a recipient's refusals, those that may be about the connection.
_FULL = frozenset({421, 452})
_SES_ENDPOINT = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com\Z")
_SES_ID = re.compile(r"\b([0-9a-f]{16}-[0-9a-f-]{36}-\d{6})\b")


class Mailer(Protocol):
    """Hands one composed mail to a server."""

    async def send(self, *, raw: bytes, sender: str, recipient: str) -> str | None:
        """Send these bytes; an empty `sender` is the null return path.

        Returns the Message-ID (with its angle brackets) that the provider puts in place of ours, None if it leaves ours alone.
        Raises `errors.MailDeferred`, `errors.MailRejected`.
        """
        ...

    async def close(self) -> None:
        """Let go of what is kept between mails."""
        ...


class SmtpMailer:
    """One configured server; mails that follow each other closely share a connection."""

    def __init__(
        self,
        *,
        settings: config.Smtp,
        hostname: str,
        seconds: float = limits.SMTP_DIALOGUE_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`hostname` is what we call ourselves in EHLO; `tls` replaces the system's certificates."""
        self._settings = settings
        self._hostname = hostname
        self._seconds = seconds
        self._tls = tls
        self._connections = Connections(self._client)

    async def send(self, *, raw: bytes, sender: str, recipient: str) -> str | None:
        """See `Mailer.send`."""
        # A domain of another script goes in ASCII: not every server on the way speaks SMTPUTF8.
        sender, recipient = folding.ascii_address(sender), folding.ascii_address(recipient)
        for address in (sender, recipient):
            if _UNSAFE.search(address):
                raise errors.MailRejected("the address holds characters that no mail server takes")
        server = f"{self._settings.host}:{self._settings.port}"
        try:
            async with asyncio.timeout(self._seconds):
                said = await self._dialogue(raw, sender, recipient)
        except TimeoutError as error:  # ours and aiosmtplib's own
            raise errors.MailDeferred(f"mail server {server} did not finish in {self._seconds:g} s") from error
        except ssl.SSLError as error:  # a certificate is the operators' to mend; its error is a ValueError too
            raise _mapped(server, error) from error
        except ValueError as error:
            raise errors.MailRejected(f"the envelope cannot be sent: {error}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _mapped(server, error) from error
        return _ses_id(self._settings.host, said)

    async def close(self) -> None:
        """See `Mailer.close`."""
        await self._connections.close()

    async def _dialogue(self, raw: bytes, sender: str, recipient: str) -> str:
        try:
            async with self._connections.taken() as one:
                return await _offered(one.client, raw, sender, recipient)
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientsRefused) as refused:
            # A server that wants no more mails over one connection says so before it has seen anything of this one.
            if one.mails == 0 or not _about_the_connection(refused):
                raise
        async with self._connections.taken(fresh=True) as one:
            return await _offered(one.client, raw, sender, recipient)

    def _client(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls if settings.security != "none" else None,
            username=settings.username,
            password=settings.password,
            local_hostname=self._hostname,
            timeout=self._seconds,
        )


class SesMailer:
    """The SES v2 API."""

    def __init__(self, *, ses: Ses, region: str) -> None:
        self._ses = ses
        self._region = region

    async def send(self, *, raw: bytes, sender: str, recipient: str) -> str | None:
        """See `Mailer.send`."""
        try:
            to = folding.ascii_address(recipient)
            given = await self._ses.send(raw=raw, sender=folding.ascii_address(sender), recipient=to)
        except errors.AwsRefused as error:
            kind = errors.MailRejected if error.code in _SES_REJECTS else errors.MailDeferred
            raise kind(error.message) from error
        except errors.AwsUnavailable as error:
            raise errors.MailDeferred(error.message) from error
        return ses_message_id(given, self._region)

    async def close(self) -> None:
        """See `Mailer.close`."""


def ses_message_id(given: str, region: str) -> str:
    """The Message-ID header that SES writes for the id it answers with; us-east-1 has a domain of its own kind."""
    return f"<{given}@{'email' if region == 'us-east-1' else region}.amazonses.com>"


def _about_the_connection(refused: aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientsRefused) -> bool:
    """It may be: the sender is ours, and was taken before."""
    return isinstance(refused, aiosmtplib.SMTPSenderRefused) or any(one.code in _FULL for one in refused.recipients)


async def _offered(client: aiosmtplib.SMTP, raw: bytes, sender: str, recipient: str) -> str:
    _, said = await client.sendmail(sender, recipient, raw, mail_options=_options(client, raw, sender, recipient))
    return said


def _options(client: aiosmtplib.SMTP, raw: bytes, sender: str, recipient: str) -> list[str]:
    options = []
    if not raw.isascii() and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if not (sender.isascii() and recipient.isascii()):
        options.append("SMTPUTF8")  # a server that lacks it raises SMTPNotSupported
    return options


def _mapped(server: str, error: Exception) -> errors.HermesError:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return _mapped(server, error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPResponseException):
        sentence = f"mail server {server} said {error.code} {' '.join(error.message.split())[: limits.PHRASE_CHARS]}"
        about_the_mail = isinstance(
            error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError
        )
        # 530: it wants authentication or TLS first; 535 and 538: it does not like ours. The operator can mend that.
        if about_the_mail and error.code // 100 == 5 and error.code not in {530, 535, 538}:
            return errors.MailRejected(sentence)
        return errors.MailDeferred(sentence)
    if isinstance(error, aiosmtplib.SMTPNotSupported) and "SMTPUTF8" in str(error):
        return errors.MailRejected(f"mail server {server} takes no addresses beyond ASCII")
    return errors.MailDeferred(f"mail server {server}: {error or type(error).__name__}")


def _ses_id(host: str, said: str) -> str | None:
    # SES's SMTP endpoint answers DATA with "Ok <id>", and replaces the Message-ID like its API.
    endpoint = _SES_ENDPOINT.match(host)
    found = _SES_ID.search(said) if endpoint else None
    return ses_message_id(found[1], endpoint[1]) if endpoint and found else None
