"""The port that sends mail, and its two implementations: a mail server over SMTP, and SES.

A failure is of one of four kinds. `errors.MailRejected`: the server will never accept this mail, for its recipient or its content.
`errors.SenderRefused`: the server refuses our account, address or host, which an operator can fix. `errors.MailUnanswered`: the
server has the mail and has not confirmed it. Everything else is `errors.MailDeferred`: 4xx, silence, a cut connection. All but the
first are sent again, as the same bytes.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable
from typing import Protocol

from hermes import errors
from hermes.aws.ses import Ses
from hermes.config import loading as config
from hermes.domain.env import Env
from hermes.gateway.replies.smtp_connections import Connections
from hermes.gateway.replies.smtp_opening import LoginRows, SmtpOpening
from hermes.https.access_tokens import KeptRefreshToken
from hermes.mail.write import envelope

_SES_ENDPOINT = re.compile(r"email-smtp(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com\Z")
_SES_ID = re.compile(r"\b([0-9a-f]{16}-[0-9a-f-]{36}-\d{6})\b")


def _nothing() -> None:
    pass


class Mailer(Protocol):
    """Sends composed mails."""

    async def send(
        self, *, raw: bytes, sender: str, recipient: str, handing_over: Callable[[], None] = _nothing
    ) -> str | None:
        """Send these bytes; an empty `sender` is the null return path. `handing_over` is called before the server may have the mail.

        Returns the Message-ID (with its angle brackets) by which the provider replaces ours, None if it keeps ours.
        Raises `errors.MailDeferred` and its subclasses, `errors.MailRejected`.
        """
        ...

    async def close(self) -> None:
        """Close what is kept open between mails."""
        ...


class SmtpMailer:
    """One configured server; mails in quick succession share a connection."""

    def __init__(
        self,
        *,
        settings: config.Smtp,
        hostname: str,
        seconds: float | None = None,
        tls: ssl.SSLContext | None = None,
        logins: LoginRows | None = None,
        kept: KeptRefreshToken | None = None,
        env: Env | None = None,
    ) -> None:
        """`hostname` is what we call ourselves in EHLO; no step takes longer than `seconds`;
        `tls` replaces the settings' certificates; `logins` counts logins over restarts, `kept` has the newest refresh token.

        Raises `errors.ConfigError` if these cannot be read.
        """
        self._settings = settings
        self._opening = SmtpOpening(
            settings=settings, hostname=hostname, tls=tls, most_seconds=seconds, logins=logins, kept=kept, env=env
        )
        self._connections = Connections(self._opening.open)

    async def send(
        self, *, raw: bytes, sender: str, recipient: str, handing_over: Callable[[], None] = _nothing
    ) -> str | None:
        """See `Mailer.send`."""
        try:
            sender, recipient = envelope.plain(sender), envelope.plain(recipient)
        except ValueError as error:
            raise errors.MailRejected(str(error)) from error
        said = None
        async with self._connections.taken() as one:
            try:
                said = await one.dialogue.offer(raw, sender, recipient, handing_over=handing_over)
            except errors.HermesError:
                # A server that accepts no more mails over one connection says so before it has received anything of this one.
                if one.mails == 0 or not one.dialogue.tired:
                    raise
                one.worn = True
        if said is None:
            async with self._connections.taken(fresh=True) as one:
                said = await one.dialogue.offer(raw, sender, recipient, handing_over=handing_over)
        return _ses_id(self._settings.host, said)

    async def close(self) -> None:
        """See `Mailer.close`."""
        await self._connections.close()


class SesMailer:
    """The SES v2 API."""

    def __init__(self, *, ses: Ses, region: str) -> None:
        self._ses = ses
        self._region = region

    async def send(
        self, *, raw: bytes, sender: str, recipient: str, handing_over: Callable[[], None] = _nothing
    ) -> str | None:
        """See `Mailer.send`."""
        try:
            sender, recipient = envelope.plain(sender), envelope.plain(recipient)
        except ValueError as error:
            raise errors.MailRejected(str(error)) from error
        handing_over()
        try:
            given = await self._ses.send(raw=raw, sender=sender, recipient=recipient)
        except errors.AwsRefused as error:
            raise errors.MailRejected(error.message) from error
        except errors.AwsTimeout as error:
            raise errors.MailUnanswered(error.message) from error
        except errors.AwsUnavailable as error:
            # What somebody has to mend is about the account, not about this mail.
            raise (errors.SenderRefused if error.todo else errors.MailDeferred)(error.message) from error
        return ses_message_id(given, self._region)

    async def close(self) -> None:
        """See `Mailer.close`."""


def ses_message_id(given: str, region: str) -> str:
    """The Message-ID header that SES writes for the id of its answer; us-east-1 has a different domain."""
    return f"<{given}@{'email' if region == 'us-east-1' else region}.amazonses.com>"


def _ses_id(host: str, said: str) -> str | None:
    # SES's SMTP endpoint answers DATA with "Ok <id>", and replaces the Message-ID like its API.
    endpoint = _SES_ENDPOINT.match(host)
    found = _SES_ID.search(said) if endpoint else None
    return ses_message_id(found[1], endpoint[1]) if endpoint and found else None
