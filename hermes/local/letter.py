"""Writes and sends a mail like a person's mail program, for the demo, `hermes send` and tests."""

from __future__ import annotations

import email.message
import email.policy
import email.utils
import mimetypes
import ssl
from collections.abc import Sequence
from pathlib import Path

import aiosmtplib

from hermes import errors, ids, limits


def write(
    *,
    sender: str,
    to: str,
    cc: Sequence[str] = (),
    subject: str,
    text: str,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    attachments: Sequence[Path] = (),
) -> tuple[str, bytes]:
    """A mail and its Message-ID. Raises `errors.ConfigError` naming an attachment that cannot be read."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message_id = f"<{ids.new_id()}@{sender.rsplit('@', 1)[-1].rstrip('>')}>"
    message["Message-ID"] = message_id
    message["Date"] = email.utils.localtime()
    message["From"] = sender
    message["To"] = to
    if cc:
        message["Cc"] = ", ".join(cc)
    message["Subject"] = subject
    if in_reply_to:
        message["In-Reply-To"] = in_reply_to
        message["References"] = " ".join([*references, in_reply_to])
    message.set_content(text)
    for path in attachments:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise errors.ConfigError(f"cannot read the attachment {path}: {error.strerror}") from error
        main, _, sub = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=path.name)
    return message_id, message.as_bytes()


async def send(raw: bytes, *, sender: str, to: str, host: str, port: int) -> None:
    """Hand a mail to an SMTP server. Raises `errors.MailRejected` or `errors.MailDeferred` with the server's words."""
    client = aiosmtplib.SMTP(hostname=host, port=port, start_tls=False, timeout=limits.SMTP_DIALOGUE_SECONDS)
    try:
        async with client:
            await client.sendmail(email.utils.parseaddr(sender)[1], [to], raw)
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        raise errors.MailRejected(f"{host}:{port} refused {to}: {first.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        kind = errors.MailRejected if error.code >= 500 else errors.MailDeferred
        raise kind(f"{host}:{port} said {error.code} {error.message}") from error
    except (TimeoutError, aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
        raise errors.MailDeferred(f"no mail server answers at {host}:{port}: {error}") from error
