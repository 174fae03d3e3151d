"""The check of the IMAP mailbox: opens it as the gateway does, marks nothing, and says what would keep mail from being taken."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import Final

from hermes import errors, limits
from hermes.config.ingress_settings import ImapSettings
from hermes.https.access_tokens import AccessTokens
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.window import MailWindow
from hermes.mail.parse import headers
from hermes.ops.findings import Found

_SECONDS: Final = 15.0
_NAME = "mail in by IMAP"
_SERVER = "check imap_ingress.host, port and security"
_LOGIN = (
    "check imap_ingress.username and HERMES_IMAP_INGRESS__PASSWORD; some providers require a separate password for each"
    " program, and Microsoft 365 takes none"
)
_CONSENT = (
    "check imap_ingress.oauth: the secret may have ended, the consent may be revoked, or the application may lack the right to"
    " this mailbox"
)
#: Of the unseen mails with the lowest UIDs, which are the oldest but for migrations, so many are asked for their date.
_OLDEST: Final = 20
_DAY_SECONDS: Final = 86400.0


@dataclasses.dataclass(frozen=True, slots=True)
class _Oldest:
    uid: int
    arrived_at: float
    subject: str


async def mailbox(settings: ImapSettings) -> Found:
    """One finding: the first thing that is wrong, or what waits in the mailbox."""
    where = f"{settings.host}:{settings.port}"
    tokens = AccessTokens(settings.oauth, clock=time.monotonic) if settings.oauth else None
    folder = ImapFolder(settings, tokens)
    try:
        async with asyncio.timeout(_SECONDS):
            unseen, oldest = await asyncio.to_thread(_look, folder)
    except TimeoutError:
        folder.abort()
        return Found(_NAME, False, f"{where}: no answer in {_SECONDS:g} s", _SERVER)
    except errors.MailboxRefused as error:
        disabled = "LOGINDISABLED" in error.message
        todo = _CONSENT if settings.oauth else _SERVER if disabled else _LOGIN
        return Found(_NAME, False, f"{where}: {_said(error)}", todo)
    except errors.HermesError as error:
        return _not_open(settings, where, error)
    if not folder.keeps_flags:
        return Found(
            _NAME,
            False,
            f"{where}: the folder {settings.folder!r} does not keep the flag \\Seen (PERMANENTFLAGS), so Hermes would take every mail"
            " again after each restart",
            "give the account the right to set flags (ACL 's' and 'w'), or choose another imap_ingress.folder",
        )
    how = "new mail is reported at once (IDLE)" if folder.can_idle else f"polled every {settings.poll_seconds:g} s"
    text = f"{where} opens {settings.folder!r}, {how}; {unseen} mail(s) wait in it"
    return Found(_NAME, True, text + (_named(settings, oldest) if oldest else ""))


def _not_open(settings: ImapSettings, where: str, error: errors.HermesError) -> Found:
    match type(error.__cause__).__name__:
        case "readonly":
            text = f"{where}: the folder {settings.folder!r} can only be read, so no mail could be marked as handled"
            return Found(_NAME, False, text, "give the account the right to write to it (ACL 's' and 'w')")
        case "MailboxFolderSelectError":
            text = f"{where}: the login works, but the folder does not open: {_said(error)}"
            return Found(_NAME, False, text, "check imap_ingress.folder")
        case _:
            return Found(_NAME, False, f"{where}: {_said(error)}", _SERVER)


def _said(error: errors.HermesError) -> str:
    return error.message.removeprefix("IMAP: ")


def _named(settings: ImapSettings, oldest: _Oldest) -> str:
    since = settings.since.timestamp() if settings.since else 0.0
    window = MailWindow(since, settings.max_age_days * _DAY_SECONDS)
    day = time.strftime("%Y-%m-%d %H:%M", time.gmtime(oldest.arrived_at))
    fate = ""
    if window.is_too_old(oldest.arrived_at, time.time()):
        fate = "; it is too old to be carried out (imap_ingress.since, max_age_days)"
    return f", the oldest of {day} UTC: UID {oldest.uid}, {oldest.subject!r}{fate}"


def _look(folder: ImapFolder) -> tuple[int, _Oldest | None]:
    try:
        folder.open()
        unseen = folder.unseen()
        return len(unseen), _oldest(folder, unseen)
    finally:
        folder.close()


def _oldest(folder: ImapFolder, unseen: list[int]) -> _Oldest | None:
    dated = []
    for uid in unseen[:_OLDEST]:
        try:
            arrived_at = folder.facts(uid).arrived_at
        except errors.MailWithheld:
            continue  # counted all the same; only its date is not known
        if arrived_at is not None:
            dated.append((arrived_at, uid))
    if not dated:
        return None
    arrived_at, uid = min(dated)
    block = bytearray()
    try:
        folder.raw(uid, block.extend, part="HEADER", most=limits.HEADER_BYTES)
    except errors.HermesError:
        return _Oldest(uid, arrived_at, "")
    found, _, _ = headers.parse(bytes(block))
    return _Oldest(uid, arrived_at, found.get("Subject")[: limits.PHRASE_CHARS])
