"""Composes a reply as bytes: every client shows it in its thread, and no content can break its header block.

`compose` is a function of the draft alone: the same draft gives the same bytes, so that a reply whose delivery was in doubt can be sent
again unchanged (RFC 1047). Lines end with CRLF and all bytes are ASCII.
"""

from __future__ import annotations

import base64
import datetime
import email.utils
import json
import re
from dataclasses import dataclass
from typing import Final

from hermes import ids, limits
from hermes.mail.write import folding, outlook

#: Our References header; some relays refuse header blocks over 4096 characters.
REFERENCES_HEADER_CHARS: Final = 1500

_PREFIXES = (
    "re|res|resp|ref|rif|rép|réf|r|aw|antw|antwort|antwoord|sv|svar|vs|vast|vastaus|vá|válasz|odp|odpověď|odpoveď|"
    "ynt|yanıt|cvp|bls|balas|ats|atsakymas|atb|atbilde"
    "|rsp|răspuns|răsp|trả lời|tl|odg|odgovor|respuesta|resposta|risposta|réponse|ha|απ|απάντηση|σχετ|השב|תשובה|رد|"
    "پاسخ|ответ|отв|отг|отговор"
    "|відп|відповідь|одг|одговор|erantzuna|ateb|ตอบ|ตอบกลับ|答复|答覆|回复|回覆|回復|回信|返信|회신|답장"
)
#: A reply prefix as clients of many languages write it: `Re:`, `RE[2]:`, `AW :`, `Re(3):`, and the full-width colon.
_PREFIX = re.compile(rf"\s*(?:{_PREFIXES})\.?\s?(?:[\[(]\d{{1,3}}[\])]|\^\d{{1,3}})?\s?[:：]", re.IGNORECASE)
_UNFIT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_WRAP_BYTES = 57
#: Bytes that are not written as they are.
_UNQUOTED = re.compile(rb"[^\t -<>-~]")
_QUOTED_CHARS = 76
#: A line that quoted-printable leaves alone: most are.
_QUOTED_AS_IT_IS = re.compile(rb"(?!\.|From )(?:[\t !-<>-~]{0,75}[!-<>-~])?")


@dataclass(frozen=True, kw_only=True)
class MailFile:
    """A picture in a mail, or a file attached to it."""

    name: str
    """In ASCII."""
    content_type: str
    data: bytes
    cid: str = ""
    """Of a picture: the HTML names it by this Content-ID. Empty: it is attached."""
    key: str = ""
    """Where it is kept besides, so that no record needs to hold it."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The content of a reply."""

    message_id: str
    """Ours, with or without its angle brackets."""
    date: float
    """Epoch seconds."""
    sender_name: str
    sender_address: str
    recipient: str
    """The authenticated sender of the mail answered."""
    copies: tuple[str, ...] = ()
    """Who else gets it, named in Cc; nobody else is ever named."""
    reply_to: str | None = None
    """The address with the session's token."""
    subject: str = ""
    """Of the mail answered, decoded, with whatever prefixes it had."""
    text: str
    html: str
    in_reply_to: str | None = None
    """The Message-ID of the mail answered."""
    references: tuple[str, ...] = ()
    """Its References; the id of the mail answered is added."""
    thread_index: str | None = None
    """Its Thread-Index, as it stood there."""
    thread_topic: str | None = None
    auto_submitted: str = "auto-replied"
    loop: str
    """The value of X-Hermes-Loop, by which Hermes knows its own mail."""
    kind: str = ""
    """The value of X-Hermes-Kind, by which programs tell an answer from word of what goes on."""
    language: str = "en"
    reaction: str = ""
    """An emoji that Gmail shows beside the mail answered, in place of this mail."""
    files: tuple[MailFile, ...] = ()


def compose(draft: Draft) -> bytes:
    """The mail. Raises `errors.ConfigError` when the sender's address cannot be written in a header."""
    pictures = [_file(one) for one in draft.files if one.cid]
    attached = [_file(one) for one in draft.files if not one.cid]
    html = _part("html", draft.html)
    if pictures:
        html = _parts("related", draft, [html, *pictures])
    body = _parts("alternative", draft, [_part("plain", draft.text), *_reaction(draft), html])
    if attached:
        body = _parts("mixed", draft, [body, *attached])
    return "\r\n".join([*_headers(draft), body]).encode("ascii")


def _parts(subtype: str, draft: Draft, parts: list[str]) -> str:
    """Several parts as one, with the line of its type."""
    salt = "" if subtype == "alternative" else subtype
    boundary = f"=_hermes_{ids.digest('boundary' + salt, draft.message_id, chars=24)}"
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n{body}--{boundary}--\r\n'


def _file(file: MailFile) -> str:
    """A picture or an attachment as a part."""
    shown = "inline" if file.cid else "attachment"
    lines = [
        f'Content-Type: {file.content_type}; name="{file.name}"',
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: {shown}; filename="{file.name}"',
        *([f"Content-ID: <{file.cid}>"] if file.cid else []),
    ]
    return "\r\n".join([*lines, "", encoded(file.data)])


def encoded(data: bytes) -> str:
    """Bytes in base64, in lines."""
    pieces = (data[at : at + _WRAP_BYTES] for at in range(0, len(data), _WRAP_BYTES))
    return "".join(f"{base64.b64encode(piece).decode('ascii')}\r\n" for piece in pieces)


def reply_subject(subject: str) -> str:
    """`Re: ` once before the subject, in place of any reply prefixes of any language."""
    rest = folding.clean(subject, limits.SUBJECT_CHARS)
    while found := _PREFIX.match(rest):
        rest = rest[found.end() :]
    return f"Re: {rest.strip()}".strip()


def reply_references(references: tuple[str, ...], in_reply_to: str | None) -> tuple[str, ...]:
    """The References of a reply (RFC 5322, 3.6.4): each id once, the answered one last; too long ones keep the first and the last."""
    wanted = (*references[: limits.REFERENCES], *references[-limits.REFERENCES :])
    known = dict.fromkeys(clean for value in wanted if (clean := folding.message_id(value)))
    parent = folding.message_id(in_reply_to) if in_reply_to else None
    if parent:
        known.pop(parent, None)
        known[parent] = None
    chain = list(known)
    if not chain:
        return ()
    first, rest = chain[0], chain[1:]
    room = REFERENCES_HEADER_CHARS - len("References:") - len(first) - 3
    kept: list[str] = []
    for value in reversed(rest):
        if room < len(value) + 3:
            break
        room -= len(value) + 3
        kept.append(value)
    return (first, *reversed(kept))


def _headers(draft: Draft) -> list[str]:
    sent = datetime.datetime.fromtimestamp(draft.date, datetime.UTC)
    parent = folding.message_id(draft.in_reply_to) if draft.in_reply_to else None
    chain = reply_references(draft.references, draft.in_reply_to)
    reply_to = folding.ascii_address(draft.reply_to) if draft.reply_to else ""
    recipient = folding.ascii_address(draft.recipient)
    index = (
        outlook.child_index(draft.thread_index, date=draft.date, salt=draft.message_id) if draft.thread_index else None
    )
    cc = [address for address in map(folding.ascii_address, draft.copies) if folding.is_address(address)]
    lines = [
        f"Date: {email.utils.format_datetime(sent)}",
        folding.mailbox("From", draft.sender_name, folding.ascii_address(draft.sender_address)),
        # An address that only 8-bit headers could carry is named in the envelope alone.
        folding.mailbox("To", "", recipient) if folding.is_address(recipient) else "To: undisclosed-recipients:;",
        *([folding.addresses("Cc", cc)] if cc else []),
        folding.unstructured("Subject", reply_subject(draft.subject), chars=limits.SUBJECT_CHARS + 4),
        folding.ids("Message-ID", [folding.message_id(draft.message_id) or _fallback_id(draft)]),
    ]
    if parent:
        lines.append(folding.ids("In-Reply-To", [parent]))
    if chain:
        lines.append(folding.ids("References", chain))
    if folding.is_address(reply_to):
        lines.append(folding.mailbox("Reply-To", draft.sender_name, reply_to))
    lines += [
        folding.token("Auto-Submitted", draft.auto_submitted),
        "X-Auto-Response-Suppress: All",
        folding.token("X-Hermes-Loop", draft.loop),
        *([folding.token("X-Hermes-Kind", draft.kind)] if draft.kind else []),
    ]
    if index:
        lines.append(folding.ids("Thread-Index", outlook.header_chunks(index)))
    if index or draft.thread_topic:
        topic = draft.thread_topic or reply_subject(draft.subject).removeprefix("Re:")
        lines.append(folding.unstructured("Thread-Topic", topic))
    lines += [folding.token("Content-Language", draft.language), "MIME-Version: 1.0"]
    return lines


def _fallback_id(draft: Draft) -> str:
    """An id for a draft whose own cannot be written: still a function of the draft alone."""
    domain = folding.ascii_address(draft.sender_address).rpartition("@")[2]
    return ids.reply_message_id(draft.message_id, domain)


def _reaction(draft: Draft) -> list[str]:
    """Gmail's form of a reaction: between the other two, since some programs show the first part and some the last, whatever they are.

    https://developers.google.com/workspace/gmail/reactions/format
    """
    if not draft.reaction:
        return []
    return [_part("vnd.google.email-reaction+json", json.dumps({"version": 1, "emoji": draft.reaction}))]


def _part(subtype: str, content: str) -> str:
    """One body part in the shorter of base64 and quoted-printable."""
    text = _UNFIT_IN_TEXT.sub("\ufffd", _LINE_ENDS.sub("\n", content)).rstrip("\n") + "\n"
    raw = text.encode("utf-8")
    quoted = _quoted_printable(raw)
    if len(quoted) <= len(raw) * 1.4:
        encoding, body = "quoted-printable", quoted
    else:
        lines = raw.replace(b"\n", b"\r\n")
        encoding, body = "base64", encoded(lines)
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"


def _quoted_printable(raw: bytes) -> str:
    """RFC 2045, 6.7; a `From ` or a dot that begins a line is encoded too, so that no mailbox format and no SMTP "
    "client changes a byte."""
    return "".join(_quoted_line(line) for line in raw.removesuffix(b"\n").split(b"\n"))


def _quoted_line(raw: bytes) -> str:
    if _QUOTED_AS_IT_IS.fullmatch(raw):
        return raw.decode("ascii") + "\r\n"
    text = _UNQUOTED.sub(lambda found: b"=%02X" % found[0][0], raw).decode("ascii")
    if text.endswith((" ", "\t")):
        text = f"{text[:-1]}={ord(text[-1]):02X}"
    lines: list[str] = []
    at = 0
    while True:
        first = ""
        if text.startswith((".", "From "), at):
            first, at = f"={ord(text[at]):02X}", at + 1
        room = _QUOTED_CHARS - len(first)
        if len(text) - at <= room:
            return "\r\n".join([*lines, first + text[at:]]) + "\r\n"
        end = at + room - 1
        # Not within an encoded byte: every "=" begins one.
        encoded = text.rfind("=", end - 2, end)
        end = encoded if encoded >= 0 else end
        lines.append(f"{first}{text[at:end]}=")
        at = end
