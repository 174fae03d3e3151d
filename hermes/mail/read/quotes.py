"""Finds where quoted mail begins: "On … wrote:" in many languages and forms, blocks of mail headers, lines of dashes with words.

Every function reads a few lines from a given one, with anchored patterns and bounded repeats, so the cost of a body is linear.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from hermes.mail.read.words import phrases

#: A header longer than this, or over more lines, is prose.
_HEADER_CHARS: Final = 420
_HEADER_LINES: Final = 6
#: Of a header that begins with the name.
_NAME_LINES: Final = 4
#: A colon, in the scripts that have a special one or use another mark (Armenian).
COLONS: Final = (":", "：", "\u2024", "\u0589", "\ua789", "\ufe13", "\u17d6", "\u1361", "\u1365", "\u1366")
#: How the last line of a header ends.
_ENDS: Final = (*COLONS, "-", "*", "_", "—", "–")
_LINE_CHARS: Final = 260


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if word)


#: Dashes and marks that clients put around a header; bold marks of HTML turned to text.
AROUND: Final = " \t-‐‑‒–—―_=*~"
_NUMERIC_DATE: Final = r"\d{1,4}\s?[-./年년]\s?\d{1,2}\s?[-./月월]\s?\d{1,4}"
_DATE: Final = re.compile(
    rf"{_NUMERIC_DATE}|\b(?:19|20)\d\d\b|\b\d{{1,2}}[:.]\d\d\b|\b\d{{1,2}}h\d\d\b|\d{{1,2}}月|[٠-٩۰-۹]{{1,4}}[/:،‏ ]"
)
#: A year, also of the Thai calendar.
YEAR: Final = re.compile(rf"{_NUMERIC_DATE}|(?<!\d)(?:19|20|25)\d\d(?!\d)|[٠-٩۰-۹]{{4}}")
#: A time of the day.
TIME: Final = re.compile(r"(?<!\d)\d{1,2}\s?[:.h点點時시]\s?\d\d|[٠-٩۰-۹]{1,2}:[٠-٩۰-۹]{2}")
_DATE_WORD: Final = rf"(?:{_any(phrases.DATE_WORDS)})(?![^\W\d_])"
#: An intro word, then a date within a few words: "On Mon, Feb 1", "Il giorno mer 1 gen", "在 2016年".
_INTRO: Final = re.compile(
    rf"(?:{_any(phrases.INTROS)})(?:\s+|(?=\d)|(?<=[-–]))(?:(?:day|tag|ngày|dag|jour|jueves|of|the|the\s+date|yom|יום)\s+)?"
    rf"[\"'(]?(?:{_DATE_WORD}|[\d٠-٩۰-۹])"
)
_DATE_START: Final = re.compile(
    rf"(?:{_NUMERIC_DATE}|\d{{1,2}}\.?\s+(?:de\s+)?[^\W\d_]{{3,12}}\.?|{_DATE_WORD}[.,]{{0,2}}(?:\s[^\W\d_]{{1,12}}[.,]?){{0,2}}\s?\d)"
)
#: The end of a sentence at the end of a line: what follows is another one, not the rest of a header.
_STOPPED: Final = re.compile(r"(?:[^\W\d_]{6,}|\.\.)[.!?…]\Z")
_ARTICLE: Final = re.compile(r"(?:in (?:article|message|reply to)|in artikel|nell'articolo|dans l'article)\b")
_QUOTING: Final = re.compile(rf"(?:{_any(phrases.QUOTING)})\s")
_CJK: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_BOUND: Final = tuple(word for word in phrases.VERBS_FINAL if not _CJK.search(word))
_UNBOUND: Final = tuple(word for word in phrases.VERBS_FINAL if _CJK.search(word))
_FINAL: Final = re.compile(rf"(?<![^\W_])(?:{_any(_BOUND)})(?![^\W_])|(?:{_any(_UNBOUND)})")
_VERB_WORDS: Final = frozenset(word.split()[-1] for word in _BOUND) | phrases.VERBS_MEDIAL
_MEDIAL: Final = re.compile(rf"(?<![^\W_])(?:{_any(phrases.VERBS_MEDIAL)})(?![^\W_])")
_ADDRESS: Final = re.compile(r"[^\s<>()\[\]\"',:;]{1,80}@[^\s<>()\[\]\"',:;]{1,80}")
_ADDRESS_AT_END: Final = re.compile(
    r"(?:[<(\[][^<>()\[\]]{0,100}@[^<>()]{0,160}[>)\]]+|@[^\s<>()]{1,80}>?)[\s>,)]{0,6}\Z"
)
#: Where a header can begin behind a text: an intro word in the form that stands at the beginning of a sentence, and its date.
_INSIDE: Final = re.compile(
    rf"(?<=\S)\s{{0,3}}(?:-{{2,9}}\s?|\s)(?=(?:On|Am|Le|El|Il|Em|Op|Den|På|W dniu|Dne|Dnia)\s(?:{_DATE_WORD}|\d))",
    re.IGNORECASE,
)
#: Places in a line that are tried.
_INSIDE_TRIES: Final = 3
#: A date first, no verb, no colon: what Gmail wrote in languages without a phrase of their own.
_BARE: Final = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}(?:,?\s\d{1,2}:\d\d)?(?:\sGMT[+-]\d\d:?\d\d)?\s(\S.{1,90})\Z")
#: A line without any of these is neither kind of header, if the next one is not.
_SIGNAL: Final = re.compile(r"[\d@<:：٠-٩۰-۹]")
_ABOVE: Final = re.compile("|".join(re.escape(one) for one in sorted(phrases.REPLY_ABOVE, key=len, reverse=True)))
_DECORATED: Final = ("--", "- -", "==", "__", "‐‐", "––", "——", "**", "*-", "~~", "##")
_DECORATED_END: Final = ("--", "‐‐", ":", "：", "##")
_SENTENCE: Final = re.compile(r"[.!?]\s+[^\W\d_]{2,}\s+[^\W\d_]{2,}")


def ascii_digits(text: str) -> str:
    """The text with the digits of other scripts as ASCII ones."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() and not one.isascii() else one for one in text)


def strip_marks(line: str) -> str:
    """A line without the dashes and stars around it."""
    return line.strip(AROUND)


def may_begin(lines: Sequence[str], at: int) -> bool:
    """Whether a quote header or a mail header can begin here at all: the cheap question before the dear ones."""
    line = lines[at]
    if _SIGNAL.search(line):
        return True
    return at + 1 < len(lines) and (
        lines[at + 1].startswith("<") or (len(line) < 90 and bool(_SIGNAL.search(lines[at + 1][:90])))
    )


def attribution(lines: Sequence[str], at: int) -> int:
    """How many lines from `at` on are one quote header ("On …, Anna wrote:"), 0 for none. Lines are stripped."""
    first = lines[at]
    if len(first) > _LINE_CHARS or (len(first) < 5 and not first.endswith("<")):
        return 0
    bare = strip_marks(first).casefold()
    start = _start(bare, lines, at)
    if not start:
        return 0
    joined = ""
    dated = start == "date"
    for count in range(_HEADER_LINES if dated else _NAME_LINES):
        if at + count >= len(lines):
            return 0
        line = lines[at + count]
        if count and not _continues(joined, line, lines, at + count):
            return 0
        joined = f"{joined} {line}".strip()
        if len(joined) > _HEADER_CHARS:
            return 0
        if (dated or line.endswith(_ENDS)) and _complete(joined, start, lines, at + count + 1):
            return count + 1
    return 0


def _start(bare: str, lines: Sequence[str], at: int) -> str:
    """What a line begins like: `date` (with or without intro), `name`, `quoting`, or nothing."""
    if _INTRO.match(bare) or _ARTICLE.match(bare) or _DATE_START.match(bare):
        return "date"
    if _QUOTING.match(bare):
        return "quoting"
    following = lines[at + 1] if at + 1 < len(lines) else ""
    if "@" in bare or "<" in bare or bare.endswith(COLONS) or following.startswith("<") or _has_verb(bare):
        return "name"
    return ""


def _has_verb(text: str) -> bool:
    """Whether a word of it may be the verb of a header."""
    if not _VERB_WORDS.isdisjoint(text.replace(":", " ").split()):
        return True
    return not text.isascii() and any(verb in text for verb in _UNBOUND)


def _continues(joined: str, line: str, lines: Sequence[str], at: int) -> bool:
    """Whether a header that is not complete can go on in this line."""
    opened = joined.count("<") > joined.count(">") or joined.endswith("<")
    if not line:
        following = lines[at + 1] if at + 1 < len(lines) else ""
        return opened or (following.startswith("<") and bool(YEAR.search(joined)))
    if line.startswith(">"):
        return opened
    if _STOPPED.search(joined) or line.partition(" ")[0] == joined.partition(" ")[0]:
        return False
    return not joined.endswith(COLONS) or bool(re.search(r"\d:\Z", joined))


def _complete(joined: str, start: str, lines: Sequence[str], after: int) -> bool:
    text = joined.rstrip(AROUND)
    colon = text.endswith(COLONS)
    decorated = joined.endswith("-") and joined.startswith("-")
    if not colon and not decorated and start != "date":
        return False
    text = ascii_digits(text.casefold())
    text = strip_marks(text.rstrip("".join(COLONS)).rstrip())
    if start == "date" and not colon and not decorated:
        return _complete_without_colon(text, lines, after)
    dated = bool(_DATE.search(text))
    addressed = bool(_ADDRESS.search(text)) or ("<" in text and ">" in text)
    if (
        colon
        and addressed
        and dated
        and _dated_mailbox(text)
        and (_is_tight(text) or _mailbox_first(text) or _quote_follows(lines, after))
    ):
        return True  # in a language that the tables do not know
    if start == "quoting":
        return colon and (addressed or _quote_follows(lines, after))
    if start == "date":
        if not dated and not (addressed and (_ARTICLE.match(text) or any(one.isdigit() for one in text[:24]))):
            return False
        return _verb_ends(text, addressed) or bool(_ADDRESS_AT_END.search(text))
    followed = _quote_follows(lines, after) or (joined.startswith("---") and joined.endswith("---"))
    return _complete_name_first(text, dated=dated, addressed=addressed, followed=followed)


def _dated_mailbox(text: str) -> bool:
    """A whole date, a time and a mailbox: hardly a sentence of a person's."""
    return "<" in text and "@" in text and bool(YEAR.search(text) and TIME.search(text))


def _is_tight(text: str) -> bool:
    """Whether it begins with its date and ends with its mailbox, few words apart."""
    before, _, after = text.rpartition("@")
    return (
        any(one.isdigit() for one in text[:24])
        and len(before.split()) <= 16
        and len(after.split()) <= 5
        and not _SENTENCE.search(before)
    )


def _mailbox_first(text: str) -> bool:
    """Whether it begins with a name and its mailbox, and little follows: a verb and the date."""
    before, _, after = text.partition("@")
    return len(before.split()) <= 6 and len(after.split()) <= 12 and not _SENTENCE.search(after)


def _complete_without_colon(text: str, lines: Sequence[str], after: int) -> bool:
    bare = _BARE.match(text)
    if bare and ("gmt" in text or _ADDRESS_AT_END.search(text)):
        return True
    if text.rpartition(" ")[2] not in _VERB_WORDS and not text.endswith(_UNBOUND):
        return False
    blank = after >= len(lines) or not lines[after]
    return bool(YEAR.search(text) and TIME.search(text)) and (blank or _quote_follows(lines, after))


def _complete_name_first(text: str, *, dated: bool, addressed: bool, followed: bool) -> bool:
    """`Anna <anna@…> wrote:`, `Anna <…> schrieb am …:`, and where a quote follows `Anna wrote:`."""
    if _SENTENCE.search(text) and not addressed:
        return False
    verb = _last(_FINAL, text) or _last(_MEDIAL, text)
    if verb is None:
        return False
    name = text[: verb.start()].split("<")[0].split("@")[0]
    if len(name.split()) > 9 or _SENTENCE.search(name):
        return False
    bracketed = bool(re.search(r"[<(\[][^<>()]{0,120}@", text[: verb.start()])) or text.split(" ")[0].count("@") == 1
    rest = text[verb.end() :].strip(" ,:：")
    if not rest or rest in phrases.AFTER_VERB:
        return bracketed or followed or (dated and len(name.split()) <= 14 and bool(TIME.search(text)))
    return dated and _short(rest, 9) and (bracketed or followed or bool(TIME.search(rest) and YEAR.search(rest)))


def _verb_ends(text: str, addressed: bool) -> bool:
    """Whether the text ends in a verb, or in a verb and a name."""
    verb = _last(_FINAL, text)
    after = text[verb.end() :].strip(" ,:：") if verb is not None else "-"
    if not after or after in phrases.AFTER_VERB:
        return True
    for found in _MEDIAL.finditer(text):
        rest = text[found.end() :].strip(" ,:：")
        if rest and (_ADDRESS_AT_END.search(rest) or (_short(rest, 6) and not _SENTENCE.search(rest))):
            if found[0] in ("de", "von", "from", "from", "от", "від", "heeft", "hat") and not addressed:
                continue
            return True
    return False


def _short(text: str, words: int) -> bool:
    return len(text.split()) <= words


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found: re.Match[str] | None = None
    for match in pattern.finditer(text):
        found = match
    return found


def _quote_follows(lines: Sequence[str], after: int) -> bool:
    for line in lines[after : after + 3]:
        if line:
            return line.startswith((">", "|"))
    return False


def is_framed(line: str) -> bool:
    """Whether dashes stand on both sides of words."""
    return line.startswith("-----") and line.endswith("-----") and len(line) < 120


def begins_inside(lines: Sequence[str], at: int) -> int:
    """Where in a line a quote header begins that a program put behind the text ("Yes. On …, Anna wrote:"); 0 for nowhere."""
    line = lines[at]
    if len(line) > _HEADER_CHARS or not (YEAR.search(line) and TIME.search(line)):
        return 0
    for found in itertools.islice(_INSIDE.finditer(line), _INSIDE_TRIES):
        begun = [line[found.end() :], *lines[at + 1 : at + _NAME_LINES]]
        if attribution(begun, 0):
            return found.end()
    return 0


def marker(line: str) -> str:
    """`original`, `forwarded` or `above` for a line that says what follows; else empty."""
    if len(line) > 160:
        return ""
    if not (line.startswith(_DECORATED) or line.endswith(_DECORATED_END)):
        return "above" if _ABOVE.match(line.casefold()) else ""
    words = " ".join(line.strip(AROUND + ">#|：:<[]()").casefold().split())
    if words in phrases.ORIGINAL:
        return "original"
    if words in phrases.FORWARDED or words.startswith("forwarded by "):
        return "forwarded"
    return "above" if words and _ABOVE.search(words) else ""
