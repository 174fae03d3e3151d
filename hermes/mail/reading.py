"""One raw mail to everything that Hermes makes of it: the whole reading, which never raises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hermes import errors, limits
from hermes.mail import address, instruction, machine, newest, parse, thread, visible


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail says and asks, or why it cannot be acted on (`refusal`)."""

    mail: parse.ParsedMail | None = None
    author: address.Address | None = None
    machine: machine.Machine | None = None
    thread_keys: tuple[str, ...] = ()
    newest: newest.Newest | None = None
    instruction: instruction.Instruction | None = None
    refusal: errors.Refusal | None = None
    refusal_detail: str = ""
    defects: tuple[str, ...] = field(default=())


def read(raw: bytes, *, envelope_sender: str | None = None, sent_texts: Sequence[str] = ()) -> Reading:
    """Read one raw mail. `sent_texts` are our own replies in its thread. Never raises: what fails becomes `refusal`."""
    try:
        mail = parse.parse(raw)
    except errors.Refused as refused:
        return Reading(refusal=refused.refusal, refusal_detail=refused.message)
    except Exception as error:
        return Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=f"reading failed: {type(error).__name__}")
    refusal: errors.Refusal | None = None
    detail = ""
    author: address.Address | None = None
    try:
        author = address.sole_author(mail)
    except errors.Refused as refused:
        refusal, detail = refused.refusal, refused.message
    found = machine.classify(mail, envelope_sender=envelope_sender)
    cut = newest_of(mail, sent_texts)
    asked = instruction.read(cut.text)
    if refusal is None and found is None:
        if asked is None and not any(attachment.is_patch for attachment in mail.attachments):
            refusal, detail = errors.Refusal.NO_TEXT, "the mail has no new text"
        elif cut.confidence < limits.CONFIDENCE:
            refusal, detail = errors.Refusal.UNSURE, "the new text cannot be told from the quoted text"
    return Reading(mail, author, found, thread.keys(mail), cut, asked, refusal, detail, mail.defects)


def newest_of(mail: parse.ParsedMail, sent_texts: Sequence[str] = ()) -> newest.Newest:
    """The newest text of the text part, else of what is visible of the HTML."""
    if mail.text and mail.text.strip():
        return newest.cut(mail.text, sent_texts)
    return newest.cut_lines(visible.lines_of(mail.html or ""), sent_texts)
