"""Reads what a mail is meant to say: structure first, then the newest text without greeting, name and what others put around it.

A text that is wholly of one kind is of that kind; whatever else a person writes is a request.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hermes.domain.request import Intent
from hermes.mail.read import notices, signatures
from hermes.mail.read.speech import clauses, sentences
from hermes.mail.read.words import phrases

#: A text that says one thing alone is no longer, without what stands around it.
_CORE_CHARS: Final = 320
_CORE_LINES: Final = 6
#: Of a text, for greeting and name.
_HEAD_CHARS: Final = 20_000
_CLAUSE: Final = re.compile(r"[.!?…;:,，、。！？؟\n\r\u2028]+|\s[-–—]+\s|[()\[\]{}\"“”„«»]")
_CLOSINGS: Final = tuple(phrases.CLOSINGS)
_CLOSING_CHARS: Final = 48
_CLOSING_LINES: Final = 8
_INITIAL: Final = re.compile(r"[^\W\d_]{1,2}\.?(?:\s?[^\W\d_]\.)?\Z")
_CONTACT: Final = re.compile(
    r"@|https?://|www\.|\||\+?\d[\d ()./-]{6,}\d|\b(?:tel|fon|phone|mobile?|fax|gmbh|ltd|inc|llc|s\.a\.|bv|ag)\b",
    re.IGNORECASE,
)
#: Letters of any script: without one, and without an emoji, a text says nothing.
_LETTER: Final = re.compile(r"[^\W\d_]")
_EMOJI: Final = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934-\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
_SMILEY: Final = re.compile(r"[:;=8xX]'?-?[)(DPpO3/|*]+|<3|\^\^|\bxd\b|:-?\*")


@dataclass(frozen=True, slots=True)
class Said:
    """An intent, and why it was read so."""

    intent: Intent
    why: str
    agrees: bool = False
    """It would also be a yes to a question ("ok")."""


def of(text: str, *, author: str = "") -> Said:
    """What a newest text says. `author` is the display name of who wrote it."""
    core = without_frame(text, author=author)
    if not _LETTER.search(core):
        if _EMOJI.search(core) or _SMILEY.search(core):
            return Said(Intent.COURTESY, "it is an emoji")
        if not core:
            return Said(Intent.UNCLEAR, "it is a greeting or a name alone")
        if not any(one.isdigit() for one in core):
            return Said(Intent.UNCLEAR, "it has no words")
        return Said(Intent.REQUEST, "it is an answer or a request")
    if len(core) <= _CORE_CHARS and core.count("\n") < _CORE_LINES:
        said = _alone(core, _names(author))
        if said is not None:
            return said
    if len(core) <= sentences.QUESTION_CHARS and _asks(core, _names(author)):
        return Said(Intent.QUESTION, "it asks, and for no change")
    return Said(Intent.REQUEST, "it says more than one of the known things")


#: "Stop, because …", "Undo this, the client hates it": a reason for it is no request of its own.
_REASON: Final = re.compile(
    r"\b(?:because|weil|denn|parce que|parce qu'|porque|ya que|perché|poiché|omdat|ponieważ|bo|gdyż|dlatego że)\b"
)
_EXPLAINED: Final = frozenset({Intent.STOP, Intent.UNDO})


def _alone(core: str, names: frozenset[str]) -> Said | None:
    """The one thing that all clauses say together, if they do."""
    text = _SMILEY.sub(" ", _EMOJI.sub(" ", core)).replace("\ufe0f", "").replace("_", " ").casefold()
    reason = _REASON.search(text)
    explained = _alone(text[: reason.start()], names) if reason is not None else None
    if explained is not None and explained.intent in _EXPLAINED:
        return explained
    said: list[clauses.Clause] = []
    blamed = False
    for piece in _CLAUSE.split(text):
        if piece.strip():
            one = clauses.read(piece, names)
            if one is None and clauses.blames(piece):
                blamed = True
                continue
            if one is None:
                whole = clauses.read(" ".join(text.split()), names)
                return Said(whole.intent, _why(whole.intent), whole.agrees) if whole and whole.intent else None
            said.append(one)
    intents = {one.intent for one in said if one.intent is not None}
    agrees = any(one.agrees for one in said)
    if not intents:
        # "Again", "And more": the thread tells what; a greeting or an excuse says nothing.
        pieces = [piece for piece in _CLAUSE.split(text) if piece.strip()]
        if _apologises(pieces, names):
            # "Sorry?" asks what was meant.
            asks = core.rstrip().endswith(("?", "？"))
            return Said(Intent.UNCLEAR if asks else Intent.COURTESY, "it apologises, and asks for nothing")
        idle = (
            sentences.greets(core) or any(map(clauses.is_excuse, pieces)) or all(_is_idle(one, names) for one in pieces)
        )
        return Said(Intent.UNCLEAR, "it greets or excuses itself, and asks for nothing") if idle else None
    for weak, strong in _OUTWEIGHED:
        if weak in intents and intents & strong:
            intents.discard(weak)
    if len(intents) > 1 or (blamed and not intents <= _EXPLAINED):
        return None
    found = intents.pop()
    return Said(found, _why(found), agrees)


def _apologises(pieces: list[str], names: frozenset[str]) -> bool:
    """Whether the clauses are an apology, perhaps with a greeting and a name."""
    rest = [one for one in pieces if not _is_idle(one, names)]
    return bool(rest) and all(map(clauses.is_apology, rest))


_DOING: Final = frozenset(
    {
        Intent.STOP,
        Intent.UNDO,
        Intent.STATUS,
        Intent.PUBLISH,
        Intent.HELP,
        Intent.BUILD,
        Intent.COMMIT,
        Intent.PUSH,
        Intent.PREVIEW,
    }
)
#: "No, stop": the one only leads to the other. "Stop, undo that": an undo stops what runs.
_OUTWEIGHED: Final = (
    (Intent.COURTESY, _DOING | {Intent.APPROVE, Intent.DECLINE}),
    (Intent.APPROVE, _DOING),
    (Intent.DECLINE, _DOING),
    (Intent.STOP, frozenset({Intent.UNDO})),
)


def _why(intent: Intent) -> str:
    return f"all of it says {intent.value}"


def _asks(core: str, names: frozenset[str]) -> bool:
    """Whether every sentence asks for an answer, or is polite."""
    asked = False
    for sentence in sentences.of(core):
        if sentences.is_question(sentence):
            asked = True
            continue
        plain = clauses.read(sentence.casefold(), names)
        if plain is None or plain.intent not in (None, Intent.COURTESY):
            return False
    return asked


def without_frame(text: str, *, author: str = "") -> str:
    """The text without the greeting above it, and without closing, name and contacts below it."""
    lines = notices.without_tag(text[:_HEAD_CHARS].strip()).split("\n")
    lines = [line.strip() for line in lines]
    if len(text) > _HEAD_CHARS:
        return "\n".join(lines).strip()
    while lines and (not lines[0] or (sentences.greets(lines[0]) and any(lines[1:]))):
        lines.pop(0)
    lines = lines[: _closing(lines)]
    names = _names(author)
    while len(lines) > 1 and (not lines[-1] or _is_name(lines, names)):
        lines.pop()
    lines = lines[: _block(lines)]
    return "\n".join(lines).strip()


def _is_idle(piece: str, names: frozenset[str]) -> bool:
    """Whether a clause greets or is its author's name."""
    return sentences.greets(piece) or set(clauses.words_of(piece)) <= names


def is_name(core: str, author: str) -> bool:
    """Whether nothing is left of a text but its author's name."""
    words = clauses.words_of(core.casefold())
    return bool(words) and set(words) <= _names(author)


def title(text: str, *, author: str = "") -> str:
    """The first line of the request: what a reply and a commit name it by."""
    core = without_frame(text, author=author)
    return next((line for line in core.split("\n") if line.strip()), "").strip()


def _closing(lines: list[str]) -> int:
    """Where the closing begins ("Kind regards", and a name below); the number of lines where there is none."""
    for number in range(len(lines) - 1, max(0, len(lines) - 1 - _CLOSING_LINES), -1):
        line = lines[number].casefold().lstrip("-–— ")
        if line.startswith(_CLOSINGS) and len(line) <= _CLOSING_CHARS and not line.endswith("?"):
            below = [one for one in lines[number + 1 :] if one]
            courteous = clauses.read(line) is not None or len(line.split()) <= 4
            if (
                courteous
                and (below or clauses.read(line) is None)
                and not any(signatures.is_prose(one) for one in below)
            ):
                return number
    return len(lines)


def _is_name(lines: list[str], names: frozenset[str]) -> bool:
    """Whether the last line is who wrote it: their name, or initials below an empty line."""
    line = lines[-1].lstrip("-–— ~")
    words = clauses.words_of(line.casefold())
    if words and len(words) <= 4 and set(words) <= names:
        return True
    return bool(_INITIAL.match(line)) and not lines[-2]


def _block(lines: list[str]) -> int:
    """Where a signature without a delimiter begins: a last paragraph of names, titles and contacts, none of which asks for anything."""
    start = next((n + 1 for n in range(len(lines) - 1, -1, -1) if not lines[n]), 0)
    block = lines[start:]
    if start == 0 or not block or any(signatures.is_prose(one) or one.endswith("?") for one in block):
        return len(lines)
    if not (signatures.looks_like_a_name(block[0]) or _CONTACT.search(block[0])):
        return len(lines)
    if any((one := clauses.read(line.casefold())) is not None and one.intent is not None for line in block):
        return len(lines)
    if len(block) == 1 and not _CONTACT.search(block[0]) and len(block[0].split()) > 3:
        return len(lines)
    return start - 1


def _names(author: str) -> frozenset[str]:
    return frozenset(word for word in clauses.words_of(author.casefold()) if len(word) > 1)
