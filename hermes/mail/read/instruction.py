"""Reads the request in the newest text: what it is meant to say, the policy that its first line chooses, and the line that names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from hermes.domain.request import CommandType, Intent, Policy
from hermes.mail.parse import parse
from hermes.mail.read import intent, newest, signals
from hermes.mail.read.speech import sentences
from hermes.mail.read.words import phrases

#: A name for the request in replies and commits.
TITLE_CHARS: Final = 200
#: A subject of so many words can be a request above an attachment without text; a shorter one only names the file.
_SUBJECT_WORDS: Final = 4

_POLICIES: Final[dict[str, tuple[Policy | None, bool]]] = {
    "/default": (None, True),
    **{f"/{policy.value}": (policy, False) for policy in Policy},
    **{f"/{policy.value} {word}": (policy, True) for policy in Policy for word in phrases.ALWAYS},
}
#: What the first line may choose beside a policy.
_ASK: Final = "/ask"
_STEER: Final = "/steer"
_REPLY: Final = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|odp|ynt|res|ref|rv|r|tr|fw|fwd|wg|wtr|i|enc|pd|回复|答复|返信|转发|転送)\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]",
    re.IGNORECASE,
)
_FORWARD: Final = re.compile(r"\s*(?:fw|fwd|wg|tr|rv|i|enc|doorst|vs|vb|pd|wtr|转发|転送)\s?[:：]", re.IGNORECASE)

_TYPES: Final[dict[Intent, CommandType]] = {
    Intent.QUESTION: CommandType.ASK,
    Intent.UNDO: CommandType.UNDO,
    Intent.BUILD: CommandType.BUILD,
    Intent.COMMIT: CommandType.COMMIT,
    Intent.PUSH: CommandType.PUSH,
    Intent.PREVIEW: CommandType.PREVIEW,
}


@dataclass(frozen=True, slots=True)
class Instruction:
    """What is asked, and the policy if the mail names one."""

    intent: Intent
    text: str
    policy: Policy | None = None
    lasting: bool = False
    """The policy is for the whole thread from now on; without one, the thread goes back to the project's."""
    why: str = ""
    """Why the intent was read so."""
    agrees: bool = False
    """It would also be a yes to a question."""
    title: str = ""
    """The first line of the request, without greeting."""

    @property
    def type(self) -> CommandType:
        """The type of the command that it becomes, where it becomes one."""
        return _TYPES.get(self.intent, CommandType.EDIT)


def read(text: str, *, author: str = "") -> Instruction | None:
    """Read the newest text; None if there is nothing in it. `author` is the display name of who wrote it.

    A first line `/queue` (or another policy), `/ask`, `/steer`, `/queue always` or `/default` is taken off; the last two may stand alone.
    """
    text = text.strip()
    first, _, rest = text.partition("\n")
    words = " ".join(first.casefold().split())
    policy, lasting = _POLICIES.get(words, (None, False))
    named = words in _POLICIES or words in (_ASK, _STEER)
    if words == _STEER:
        policy = Policy.INTERRUPT  # what steering falls back to where the running agent takes no word
    elif not named and words.startswith((f"{_ASK} ", f"{_STEER} ")):
        named, rest = True, f"{first.split(None, 1)[1]}\n{rest}"
        policy = Policy.INTERRUPT if words.startswith(_STEER) else None
    text = rest.strip() if named else text
    if not text:
        return Instruction(Intent.POLICY, "", policy, lasting, "its first line sets the policy") if lasting else None
    said = intent.of(text, author=author)
    if words == _ASK or words.startswith(f"{_ASK} "):
        said = intent.Said(Intent.QUESTION, "its first line is /ask")
    title = intent.title(text, author=author)[:TITLE_CHARS]
    return Instruction(said.intent, text, policy, lasting, said.why, said.agrees, title)


def of_mail(mail: parse.ParsedMail, cut: newest.Newest, *, author: str = "") -> Instruction | None:
    """What a person's mail asks: what the mail program says for them, else the newest text, else the subject."""
    signal = signals.read(mail, cut.text, author=author)
    if signal is not None:
        return Instruction(signal.intent, cut.text or mail.subject, why=signal.why)
    asked = read(cut.text, author=author)
    if asked is not None:
        return _about_material(asked, mail, cut, author)
    subject = _subject(mail, cut)
    return read(subject, author=author) if subject else None


def _about_material(asked: Instruction, mail: parse.ParsedMail, cut: newest.Newest, author: str) -> Instruction | None:
    """ "Please do this" says enough where something comes with it; a greeting alone says nothing of an attachment."""
    brought = bool(cut.forwarded.strip()) or bool(mail.attachments)
    if not brought or asked.intent not in (Intent.UNCLEAR, Intent.APPROVE):
        return asked
    if asked.intent is Intent.APPROVE and not cut.forwarded.strip():
        return asked  # "Yes", and a file: an answer if something was asked, else the file has no word of what it is for
    core = intent.without_frame(asked.text, author=author)
    if not core or sentences.greets(core) or intent.is_name(core, author):
        return None if mail.attachments else asked
    return replace(asked, intent=Intent.REQUEST, why="it speaks of what comes with it")


def _subject(mail: parse.ParsedMail, cut: newest.Newest) -> str:
    """The subject of a mail without a body, where the person wrote it: an answer has the subject of what it answers."""
    subject = mail.subject.strip()
    if not subject or _REPLY.match(subject) or cut.forwarded or cut.quoted:
        return ""
    files = [one for one in mail.attachments if not one.is_patch]
    if not files or sentences.asks_for_work(subject):
        return subject
    return subject if len(subject.split()) >= _SUBJECT_WORDS else ""
