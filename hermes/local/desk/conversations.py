"""The mails that a developer wrote and the replies that came, as conversations."""

from __future__ import annotations

import dataclasses
import email.errors
import email.header
import email.message
import email.policy
import email.utils
import hashlib
import mailbox
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hermes.mail.parse import inline_pictures

_ID: Final = re.compile(r"<[^<>\s]{1,900}>")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeskMail:
    """One mail of a conversation."""

    key: str
    """The name of its file, without what a Maildir adds."""
    ours: bool
    """A developer wrote it here; else Hermes sent it."""
    at: float
    message_id: str
    references: tuple[str, ...]
    sender: str
    to: str
    subject: str
    text: str
    html: str
    attachments: tuple[str, ...]
    digest: bytes = b""
    """Of its bytes, where it was written here."""
    manner: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The mails that belong together, oldest first."""

    mails: tuple[DeskMail, ...]

    @property
    def key(self) -> str:
        """Of its first mail."""
        return self.mails[0].key

    @property
    def subject(self) -> str:
        """Of its first mail."""
        return self.mails[0].subject or "(no subject)"

    @property
    def last(self) -> DeskMail:
        """What an answer answers."""
        return self.mails[-1]


class Conversations:
    """Two Maildirs: what was written here, and what came."""

    def __init__(self, *, sent: Path, received: Path) -> None:
        self._sent = sent
        self._received = received
        mailbox.Maildir(sent, create=True)

    def keep(self, raw: bytes, *, to: str, manner: str) -> str:
        """Keep a mail that was written here; its key."""
        lines = f"Delivered-To: {' '.join(to.split())}\nX-MailDesk-Manner: {manner}\n".encode()
        return mailbox.Maildir(self._sent).add(lines + raw.replace(b"\r\n", b"\n"))

    def all(self) -> list[Conversation]:
        """Every conversation, the one with the newest mail first."""
        mails = [*_read(self._sent, ours=True), *_read(self._received, ours=False)]
        return sorted(_joined(mails), key=lambda one: -one.last.at)

    def of(self, key: str) -> Conversation | None:
        """The conversation with this mail in it."""
        return next((one for one in self.all() if any(mail.key == key for mail in one.mails)), None)


def _read(folder: Path, *, ours: bool) -> list[DeskMail]:
    files = [file for inner in ("new", "cur") for file in (folder / inner).glob("*")]
    return [_mail(file, ours=ours) for file in files]


def _mail(file: Path, *, ours: bool) -> DeskMail:
    raw = file.read_bytes()
    # compat32 raises for nothing that somebody pastes; the other policy reads parts more easily, and is tried for them alone.
    message = email.message_from_bytes(raw)
    message_id = (_ID.findall(str(message.get("Message-ID", ""))) or [""])[0]
    to = str(message.get("Delivered-To", ""))
    text, html, files = _parts(message)
    own = raw.split(b"\n", 2)[2].replace(b"\n", b"\r\n") if ours else b""
    return DeskMail(
        key=file.name.partition(":")[0],
        ours=ours,
        at=file.stat().st_mtime,
        message_id=message_id,
        references=tuple(_ID.findall(f"{message.get('References', '')} {message.get('In-Reply-To', '')}")),
        sender=_words(message.get("From")),
        to=to if ours else _words(message.get("To")),
        subject=_words(message.get("Subject")),
        text=text,
        html=inline_pictures.shown(html, message),
        attachments=tuple(files),
        digest=hashlib.sha256(own).digest(),
        manner=str(message.get("X-MailDesk-Manner", "")),
    )


def _parts(message: email.message.Message) -> tuple[str, str, list[str]]:
    text, html, files = "", "", []
    for part in message.walk():
        data = part.get_payload(decode=True)
        if part.is_multipart() or not isinstance(data, bytes):
            continue
        name = part.get_filename()
        if name or part.get_content_maintype() != "text":
            files.append(name or part.get_content_type())
            continue
        try:
            words = data.decode(part.get_content_charset("utf-8"), "replace")
        except LookupError:
            words = data.decode("utf-8", "replace")
        if part.get_content_subtype() == "html":
            html = html or words
        else:
            text = text or words
    return text, html, files


def _words(value: object) -> str:
    given = str(value or "")
    try:
        found = str(email.header.make_header(email.header.decode_header(given)))
    except (LookupError, ValueError, email.errors.HeaderParseError):
        found = given
    return " ".join(found.split())


def _joined(mails: Sequence[DeskMail]) -> Iterable[Conversation]:
    """Mails that name one another, or the same third one, are of one conversation."""
    groups: dict[str, list[DeskMail]] = {}
    group_of: dict[str, str] = {}
    for mail in sorted(mails, key=lambda one: one.at):
        names = [mail.message_id or mail.key, *mail.references]
        known = list(dict.fromkeys(group_of[name] for name in names if name in group_of))
        mine = known[0] if known else mail.key
        groups.setdefault(mine, []).append(mail)
        for other in known[1:]:
            groups[mine] += groups.pop(other)
            group_of.update({name: mine for name, group in group_of.items() if group == other})
        group_of.update(dict.fromkeys(names, mine))
    return [Conversation(mails=tuple(sorted(group, key=lambda one: one.at))) for group in groups.values()]
