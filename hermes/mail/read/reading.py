"""The complete reading of one raw mail; never raises."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hermes import errors, limits
from hermes.domain.request import Intent
from hermes.mail.parse import address, charset, parse, thread
from hermes.mail.read import instruction, machine, newest, placeholder, visible

#: Below this Hermes asks the person instead of running what it took for the new text (0 to 1).
CONFIDENCE: Final = 0.5

#: A text in these forms can be read by whom it was encrypted for; `pkcs7-mime` is also how an opaque signature looks.
_ENCRYPTED: Final = frozenset(
    {
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-encrypted",
        "multipart/encrypted",
        "application/pgp",
    }
)
#: What is not carried out where it may be somebody else's text; the rest does no harm.
_CARRIED_OUT: Final = frozenset(Intent) - {Intent.REACTION, Intent.CALENDAR, Intent.RECALL, Intent.COURTESY}
_REPORTS: Final = frozenset({machine.MachineKind.BOUNCE, machine.MachineKind.FEEDBACK})


class Instead(enum.StrEnum):
    """What a mail without a word of its author's has in its place."""

    NOTHING = "nothing"
    FILES = "files"
    """Attachments, and no word of what to do with them."""
    ENCRYPTED = "encrypted"
    """A text that cannot be opened: encrypted, or in the form of an opaque signature."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The content and request of a mail, or the reason to refuse it (`refusal`)."""

    mail: parse.ParsedMail | None = None
    author: address.Address | None = None
    machine: machine.Machine | None = None
    thread_keys: tuple[str, ...] = ()
    newest: newest.Newest | None = None
    instruction: instruction.Instruction | None = None
    refusal: errors.Refusal | None = None
    refusal_detail: str = ""
    instead: Instead = Instead.NOTHING
    """Of a mail without text: what it has in its place."""
    defects: tuple[str, ...] = ()


def read(raw: bytes, *, envelope_sender: str | None = None, sent_texts: Sequence[str] = ()) -> Reading:
    """Read one raw mail. `sent_texts` are our own replies in its thread. Never raises: what fails becomes `refusal`."""
    try:
        return _read(raw, envelope_sender, sent_texts)
    except errors.Refused as refused:
        return Reading(refusal=refused.refusal, refusal_detail=refused.message)
    except Exception as error:
        # Whatever a sender thought of: the mail ends in a recorded outcome that an operator sees, with the raw mail kept.
        detail = f"reading failed: {type(error).__name__}: {error}"[: limits.DETAIL_CHARS]
        return Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=detail)


def read_head(raw: bytes, *, envelope_sender: str | None = None) -> Reading:
    """Read the beginning of a mail, its header at least, to know who wrote it, or which machine. Never raises."""
    try:
        mail = parse.parse(raw, every_recipient=True)
        found = Reading(mail, None, machine.classify(mail, envelope_sender=envelope_sender), thread.keys(mail))
    except errors.Refused as refused:
        return Reading(refusal=refused.refusal, refusal_detail=refused.message)
    except Exception as error:
        detail = f"reading failed: {type(error).__name__}: {error}"[: limits.DETAIL_CHARS]
        return Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=detail)
    try:
        return replace(found, author=address.sole_author(mail))
    except errors.Refused as refused:
        return replace(found, refusal=refused.refusal, refusal_detail=refused.message)


def again(found: Reading, sent: Sequence[bytes]) -> Reading:
    """A person's mail read again, now that it is known which mails of ours (raw) it answers. Never raises."""
    if found.mail is None or found.author is None or found.machine is not None:
        return found
    try:
        texts = [text for raw in sent if (text := parse.parse(raw).text)]
        cut = _newest_of(found.mail, texts)
        asked = instruction.of_mail(found.mail, cut, author=found.author.name)
        refusal, detail = _doubts(cut, asked, found.mail)
    except Exception as error:
        detail = f"reading failed: {type(error).__name__}: {error}"[: limits.DETAIL_CHARS]
        return replace(found, refusal=errors.Refusal.UNREADABLE, refusal_detail=detail)
    return replace(found, newest=cut, instruction=asked, refusal=refusal, refusal_detail=detail)


def read_body(text: str, *, sent_texts: Sequence[str] = ()) -> Reading:
    """Read a plain-text body that has no headers."""
    return _of_body(newest.cut(text.replace("\r\n", "\n").replace("\r", "\n"), sent_texts))


def read_html(markup: str, *, sent_texts: Sequence[str] = ()) -> Reading:
    """Read an HTML body that has no headers."""
    return _of_body(newest.cut_lines(visible.lines_of(markup), sent_texts))


def decoded(raw: bytes) -> str:
    """The text of a body whose charset is not declared."""
    return charset.decode(raw, None).text


def _read(raw: bytes, envelope_sender: str | None, sent_texts: Sequence[str]) -> Reading:
    mail = parse.parse(raw)
    author: address.Address | None = None
    refusal: errors.Refusal | None = None
    detail = ""
    try:
        author = address.sole_author(mail)
    except errors.Refused as refused:
        refusal, detail = refused.refusal, refused.message
    found = machine.classify(mail, envelope_sender=envelope_sender)
    cut = _report(mail) if found is not None and found.kind in _REPORTS else _newest_of(mail, sent_texts)
    asked = instruction.of_mail(mail, cut, author=author.name if author else "") if found is None else None
    if refusal is None and found is None:
        refusal, detail = _doubts(cut, asked, mail)
    return Reading(mail, author, found, thread.keys(mail), cut, asked, refusal, detail, _instead(mail), mail.defects)


def _report(mail: parse.ParsedMail) -> newest.Newest:
    """A delivery or abuse report: nobody's new text, so it is not taken apart."""
    return newest.Newest((mail.text or visible.text_of(mail.html or "")).strip(), confidence=0.0)


def _of_body(cut: newest.Newest) -> Reading:
    asked = instruction.read(cut.text)
    refusal, detail = _doubts(cut, asked, None)
    return Reading(newest=cut, instruction=asked, refusal=refusal, refusal_detail=detail)


def _newest_of(mail: parse.ParsedMail, sent_texts: Sequence[str]) -> newest.Newest:
    """The newest text of the text part, else of what is visible of the HTML."""
    if mail.text and mail.text.strip() and not (mail.html and placeholder.stands_for_html(mail.text)):
        cut = newest.cut(mail.text, sent_texts)
        if cut.text or not mail.html:
            return cut
    return newest.cut_lines(visible.lines_of(mail.html or ""), sent_texts)


def _doubts(
    cut: newest.Newest, asked: instruction.Instruction | None, mail: parse.ParsedMail | None
) -> tuple[errors.Refusal | None, str]:
    """Why the text is not carried out, if so."""
    if asked is None or (mail is not None and mail.content_type == "multipart/encrypted"):
        return _without_text(mail)
    if cut.text and cut.confidence < CONFIDENCE and asked.intent in _CARRIED_OUT:
        return errors.Refusal.UNSURE, "the new text cannot be told from the quoted text with confidence"
    return None, ""


def _without_text(mail: parse.ParsedMail | None) -> tuple[errors.Refusal | None, str]:
    """What a mail without a word of its author's is answered."""
    if any(one.is_patch for one in (mail.attachments if mail is not None else ())):
        return None, ""
    match _instead(mail):
        case Instead.ENCRYPTED:
            return errors.Refusal.NO_TEXT, "the text is encrypted, or in the form of an opaque signature"
        case Instead.FILES:
            return errors.Refusal.NO_TEXT, "the mail has attachments and no text"
        case Instead.NOTHING:
            return errors.Refusal.NO_TEXT, "the mail has no new text"


def _instead(mail: parse.ParsedMail | None) -> Instead:
    files = mail.attachments if mail is not None else ()
    if mail is not None and (mail.content_type in _ENCRYPTED or any(one.content_type in _ENCRYPTED for one in files)):
        return Instead.ENCRYPTED
    return Instead.FILES if files else Instead.NOTHING
