"""Parses a raw mail into decoded headers, text, HTML and attachments, or refuses it over a limit."""

from __future__ import annotations

import datetime
import email.utils
import html
import re
from dataclasses import dataclass, field
from typing import Final

from hermes import errors, limits
from hermes.mail.parse import address, charset, flowed, form, headers, split

_SPACE: Final = re.compile(r"\s+")
_MESSAGE_ID: Final = re.compile(r"<([^<>]{1,2000})>")
_UNSAFE_IN_NAME: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')
_NAME_CHARS: Final = 120
#: Characters of a body that are read; the rest is noted as a defect. Nobody writes a longer command.
_WRITTEN: Final = frozenset({"text/plain", "text/html", "text/enriched", "text/markdown", "text/x-markdown"})
#: Types of files, whatever else a mail holds.
_NOT_WRITTEN: Final = frozenset({"image", "audio", "video", "application", "font", "model", "message", "multipart"})
_NOT_TEXT: Final = frozenset(
    {"text/calendar", "text/x-patch", "text/x-diff", "text/csv", "text/vcard", "text/x-vcard", "text/directory"}
)
_SIGNATURE_TYPES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with the mail: a name that is safe as a file name, its type, its bytes.

    Of a large mail the bytes lie in the file `path`, and `content` is empty.
    """

    name: str
    content_type: str
    content: bytes
    path: str | None = None
    stored_bytes: int = 0
    crc32: int | None = None
    """Of the file, where there is one."""

    @property
    def size(self) -> int:
        """Its bytes, wherever they lie."""
        return len(self.content) if self.path is None else self.stored_bytes

    @property
    def is_patch(self) -> bool:
        """A diff that somebody may want applied: a command even without text."""
        return self.content_type in ("text/x-patch", "text/x-diff") or self.name.lower().endswith((".patch", ".diff"))


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """The content of a mail, decoded and cleaned; nothing in it is trusted."""

    message_id: str | None
    subject: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    headers: headers.Headers
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]
    date: datetime.datetime | None
    content_type: str
    parameters: dict[str, str]
    form: form.Form
    raw: bytes = field(repr=False)


def parse(raw: bytes, *, every_recipient: bool = False) -> ParsedMail:
    """Read a raw mail. Raises `errors.Refused` where a limit is passed; every other damage becomes a defect.

    `every_recipient` leaves the limit on recipients out.
    """
    root = split.split(raw)
    found = root.headers
    if not every_recipient:
        _hold_recipients(found)
    body = _Body()
    body.take(root)
    if not body.segments:
        body.take_only_part(root)
    if len(body.attachments) > limits.ATTACHMENTS:
        raise errors.Refused(errors.Refusal.TOO_MANY_ATTACHMENTS, f"more than {limits.ATTACHMENTS} attachments")
    text, markup = body.texts()
    defects = list(body.defects)
    for name in ("From", "Message-ID", "Subject", "Date", "Content-Type"):
        if found.count(name) > 1:
            defects.append(f"more than one {name} header")
    ids = message_ids(found.raw("Message-ID")[:1])
    return ParsedMail(
        message_id=ids[0] if ids else None,
        subject=found.get("Subject"),
        in_reply_to=message_ids(found.raw("In-Reply-To")),
        references=message_ids(found.raw("References")),
        headers=found,
        text=text,
        html=markup,
        attachments=tuple(body.attachments),
        defects=tuple(dict.fromkeys(defects)),
        date=_date(found.get("Date")),
        content_type=root.content_type,
        parameters=root.parameters,
        form=form.of(root, raw),
        raw=raw,
    )


def message_ids(values: tuple[str, ...]) -> tuple[str, ...]:
    """Every `<id>` in the values, without white space or controls inside, angle brackets kept; a bare id gets them."""
    found: list[str] = []
    for value in values:
        ids = _MESSAGE_ID.findall(value)
        if not ids and "@" in value and len(value.split()) == 1:
            ids = [value.strip("<> \t")]
        found.extend(f"<{_SPACE.sub('', headers.clean(one)).replace(' ', '')}>" for one in ids)
    return tuple(one for one in found if one != "<>")


def _date(value: str) -> datetime.datetime | None:
    try:
        return email.utils.parsedate_to_datetime(value[:100]) if value else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _hold_recipients(found: headers.Headers) -> None:
    count = sum(address.count(value) for name in ("To", "Cc", "Bcc") for value in found.raw(name))
    if count > limits.RECIPIENTS:
        raise errors.Refused(
            errors.Refusal.TOO_MANY_RECIPIENTS, f"{count} recipients; the limit is {limits.RECIPIENTS}"
        )


@dataclass(slots=True)
class _Room:
    """What the texts of a mail may still hold, over all its parts: a mail of five hundred texts is read like one of one."""

    chars: int = limits.BODY_CHARS
    lines: int = limits.BODY_LINES


class _Body:
    """Collects what the tree of parts holds: the segments a person reads, and the attachments."""

    def __init__(self, room: _Room | None = None) -> None:
        self._room = room or _Room()
        self.segments: list[tuple[str | None, str | None]] = []
        self.attachments: list[Attachment] = []
        self.defects: list[str] = []

    def texts(self) -> tuple[str | None, str | None]:
        """Text and HTML over all segments; None where the mail begins with the other kind alone."""
        plain = [text for text, _ in self.segments if text is not None]
        text = "\n".join(plain) if plain and self.segments[0][0] is not None else None
        if all(markup is None for _, markup in self.segments):
            return text, None
        pieces = [
            markup if markup is not None else f"<div>{html.escape(text or '').replace(chr(10), '<br>')}</div>"
            for text, markup in self.segments
        ]
        return text, "\n".join(pieces)

    def take(self, part: split.MimePart) -> None:
        """Add what this part holds."""
        self.defects.extend(part.defects)
        if part.content_type == "multipart/alternative" and part.children:
            self._take_alternative(part)
        elif part.children:
            for child in part.children:
                self.take(child)
        elif self._is_text(part):
            text = self._text(part)
            self.segments.append((None, text) if part.content_type == "text/html" else (text, None))
        else:
            self._attach(part)

    def take_only_part(self, root: split.MimePart) -> None:
        """The mail's only part, or its first one, which has a name or an unusual type but is what the person wrote."""
        part = root
        while part.children:
            part = part.children[0]
        main = part.content_type.partition("/")[0]
        if (
            main in _NOT_WRITTEN
            or part.content_type in _NOT_TEXT
            or not self.attachments
            or self.attachments[0].is_patch
        ):
            return
        if root.children and (part.disposition[0] == "attachment" or part.content_type not in _WRITTEN):
            return
        del self.attachments[0]
        text = self._text(part)
        self.segments.append((None, text) if part.content_type == "text/html" else (text, None))

    def _take_alternative(self, part: split.MimePart) -> None:
        text: str | None = None
        markup: str | None = None
        for child in part.children:
            inner = _Body(self._room)
            inner.take(child)
            inner_text, inner_markup = inner.texts() if inner.segments else (None, None)
            text = inner_text if text is None else text
            markup = inner_markup if markup is None else markup
            self.attachments.extend(inner.attachments)
            self.defects.extend(inner.defects)
        if text is not None or markup is not None:
            self.segments.append((text, markup))

    def _is_text(self, part: split.MimePart) -> bool:
        if part.content_type.startswith("multipart/"):
            return True
        if part.content_type not in ("text/plain", "text/html", "text/enriched", "text", "message/plain"):
            return False
        disposition, parameters = part.disposition
        return disposition != "attachment" and "filename" not in parameters and "name" not in part.parameters

    def _text(self, part: split.MimePart) -> str:
        raw, defect = part.decoded()
        declared = part.parameters.get("charset")
        if not declared and part.content_type == "text/html":
            declared = charset.of_markup(raw)
        decoded = charset.decode(raw, declared)
        self.defects.extend(d for d in (defect, decoded.defect) if d)
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        room = self._room
        if len(text) > room.chars:
            self.defects.append(f"text cut after {limits.BODY_CHARS} characters")
            text = text[: room.chars]
        if text.count("\n") > room.lines:
            self.defects.append(f"text cut after {limits.BODY_LINES} lines")
            text = "\n".join(text.split("\n", room.lines)[: room.lines])
        room.chars -= len(text)
        room.lines -= text.count("\n")
        if part.parameters.get("format", "").lower() == "flowed":
            text = flowed.unflow(text, delsp=part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _attach(self, part: split.MimePart) -> None:
        if part.content_type in _SIGNATURE_TYPES:
            return
        content, defect = part.decoded()
        if defect:
            self.defects.append(defect)
        given = part.disposition[1].get("filename") or part.parameters.get("name") or ""
        self.attachments.append(Attachment(_safe_name(given, part.content_type), part.content_type, content))


def _safe_name(given: str, content_type: str) -> str:
    """A file name without path, controls or leading dots, cut in length with its ending kept."""
    name = _UNSAFE_IN_NAME.sub("_", headers.clean(given.replace("\\", "/").rsplit("/", 1)[-1])).strip(" .")
    if not name:
        return "message.eml" if content_type == "message/rfc822" else "attachment"
    if len(name) > _NAME_CHARS:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: _NAME_CHARS - 12]}.{ending[:10]}" if dot else name[:_NAME_CHARS]
    return name
