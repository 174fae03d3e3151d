"""Recognises what others put around a person's text: a mail server's warning above; disclaimers, scanners' and company lines below.

The tables of `phrases` hold the products' own sentences. For one that a company made itself, a rule decides by the concepts that come
together in it (`notice_phrases`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from hermes.mail.read import concepts
from hermes.mail.read.words import notice_phrases as words
from hermes.mail.read.words import phrases

#: A warning or a disclaimer is no longer.
_BANNER_CHARS: Final = 600
_FOOTER_CHARS: Final = 4000
#: A line shorter than this is hardly wrapped.
_LONG: Final = 55
_DECORATION: Final = " \t*_[](){}<>-–—!|#=~⚠\ufe0f【】「」《》‼❗🛑"
#: Between these two, Proofpoint's warning stands in a text part.
_PROOFPOINT: Final = ("zjqcmqryfpfptbannerstart", "zjqcmqryfpfptbannerend")
#: A tag that a server puts before the text in the same line.
TAG: Final = re.compile(
    r"\s{0,4}[\[【(<*]{1,3}\s?(?:ext|(?:from )?external|extern\w{0,3}|outside|externo|esterno|ekstern\w?|zewn\w{0,9}|"
    r"внешн\w{0,4}|dış\w{0,4}|外部|社外)"
    r"(?:[ :\-]{1,3}(?:e-?mail|mail|sender|message|source|user))?\s?[\]】)>*]{1,3}:?\s{0,4}"
    r"|\s{0,4}(?:external|extern\w?|ext)\s?:\s{1,4}",
    re.IGNORECASE,
)


_SELF: Final = re.compile("|".join(words.SELF))
_ASKING: Final = re.compile(words.ASKING)
_NEVER_OPEN: Final = re.compile(
    r"\b(?:do not|don't|never|unless|nicht|niemals|ne (?:cliquez|pas)|no (?:abra|haga)|non (?:aprire|cliccare|fare)|não (?:abra|clique)|"
    r"niet|ikke|inte|nie (?:klikaj|otwieraj)|neotvírejte|neklikejte)\b|не (?:откры|перех|відкр|отвар)|しないで|请勿|請勿|勿|"
    r"마십시오|لا تفتح|אל תלח"
)
_KNOWN: Final = tuple(phrases.WARNINGS)
_FOOTERS: Final = tuple(phrases.FOOTERS)
_LEGAL: Final = ("secret", "for", "destroy", "forbidden", "scanned", "paper")
#: Without any of these nothing is a notice, but for the tables' own sentences.
_NOTICE_CONCEPTS: Final = frozenset({*_LEGAL, "company"})
#: As many different concepts of the law in one paragraph are no person's.
_SURE: Final = 3
#: A line of so few words is a label, not a sentence.
_FEW: Final = 4
_LABEL_WORDS: Final = 2
#: The second word of such a label begins before this character.
_NEAR: Final = 16
#: What a scanner did.
_CHECKED: Final = re.compile(
    r"scann|checked|geprüft|untersucht|vérifi|analys|analiza|verifica|escanea|scansion|controllat|gecontroleerd|kontroll|tarkist|sprawdz|"
    r"zkontrol|skontrol|ellenőr|verificat|pregleda|provjer|провер|перевір|сканир|ελέγχ|taran|検査|スキャン|検出|扫描|掃描|검사|فحص|נסרק|quét"
)
_LINK_LINE: Final = re.compile(r"[<(\[]?(?:https?://|www\.)\S{1,400}\Z")
_HEADING: Final = phrases.words(
    "disclaimer|legal notice|legal disclaimer|confidentiality|confidentiality notice|confidentiality note|notice|haftungsausschluss",
    "rechtlicher hinweis|hinweis|vertraulichkeitshinweis|avis de confidentialité|avis légal|aviso legal|avvertenza",
    "avviso di riservatezza|aviso de confidencialidade|clausola di riservatezza|klauzula poufności|免責事項",
)


def without_tag(text: str) -> str:
    """The text without the server's tag before its first words (`[EXT] stop`)."""
    found = TAG.match(text) if text[:1] in "[【(<*eE" or text[:1].isspace() else None
    return text[found.end() :] if found is not None else text


def banner_end(bare: Sequence[str], start: int, end: int) -> int:
    """Where the warnings end that a server put above the text in the lines from `start` to `end`; `start` where there are none."""
    found, number = start, start
    while number < end:
        line = bare[number]
        if not line:
            number += 1
            continue
        if _PROOFPOINT[0] in line.lower():
            closing = next((n for n in range(number, min(end, number + 30)) if _PROOFPOINT[1] in bare[n].lower()), -1)
            if closing < 0:
                return found
            number = found = closing + 1
            continue
        if not is_banner(line) and not (found == number and found > start and _goes_on(bare[number - 1], line)):
            return found
        number = found = number + 1
    return found


def _is_label(text: str) -> bool:
    """Whether it is two words and no more, perhaps in two languages."""
    return all(len(part.split()) <= _LABEL_WORDS for part in re.split(r"[/|–—]|\s-\s", text))


def _goes_on(above: str, line: str) -> bool:
    """Whether a line is the rest of a warning's sentence, or another one of it, right below."""
    if len(above) > _LONG and not above.endswith((".", "!", "]", "*", "。", "】", ">")):
        return True
    folded = line.casefold()[:_BANNER_CHARS]
    return bool(_NEVER_OPEN.search(folded)) and "links" in concepts.places(folded)


def is_banner(line: str) -> bool:
    """Whether a line begins what a mail server puts above a mail that came from outside."""
    if len(line) > _BANNER_CHARS:
        return False
    text = " ".join(line.casefold().strip(_DECORATION).split())
    if not text:
        return False
    if text in phrases.BANNERS or text.startswith(_KNOWN):
        return True
    rest = without_tag(line).strip()
    if (
        rest != line.strip()
        and 0 < len(rest.split()) < _FEW
        and not {"mail", "care"} & concepts.places(rest.casefold()).keys()
    ):
        return False  # `[EXT] stop`: the server's tag, and the person's word
    found = concepts.places(text)
    outside, mail = found.get("outside"), found.get("mail")
    if (outside is None and "links" not in found) or _ASKING.match(text):
        return False
    care = found.get("care") == 0
    set_off = line.lstrip()[:1] in "[【(*<⚠#-=|!" or line.partition(":")[0].isupper()
    if outside is not None and mail is not None:
        if care or set_off or "origin" in found:
            return True
        # "External Email - Use Caution": it begins with the two, and is hardly a sentence.
        begins = min(outside, mail) == 0 and max(outside, mail) < _NEAR
        return begins and ("care" in found or bool(_NEVER_OPEN.search(text)) or _is_label(text))
    if outside == 0 and "care" in found and "links" in found:
        return True
    if outside is not None and (care or set_off) and len(text.split()) <= _FEW - 1:
        return True
    return (
        "links" in found and (care or set_off or mail is not None) and len(text) > 40 and bool(_NEVER_OPEN.search(text))
    )


def footers(bare: Sequence[str], start: int, end: int) -> Iterator[int]:
    """The numbers of the lines, from `end` upwards, that others put under the text between `start` and `end`."""
    bottom = end
    while bottom > start:
        while bottom > start and not bare[bottom - 1]:
            bottom -= 1
        end = bottom
        if _LINK_LINE.match(bare[bottom - 1]) and (bottom - 1 == start or not bare[bottom - 2]):
            # A link that stands alone is a notice's where it stands under one; else a person may have put it there.
            bottom -= 1
            while bottom > start and not bare[bottom - 1]:
                bottom -= 1
        top = bottom
        while top > start and bare[top - 1]:
            top -= 1
        if top == bottom:
            return
        found = _footer_start(bare, top, bottom)
        if found == bottom:
            return
        yield from range(found, end)
        if found > top:
            return
        bottom = top


def _footer_start(bare: Sequence[str], top: int, bottom: int) -> int:
    """The first line of the paragraph from which on it is a notice; `bottom` where it is none."""
    whole = " ".join(bare[top:bottom])
    if is_notice(whole) and not is_signed(bare[top]):
        return top
    if bottom - top < 2 or not _NOTICE_CONCEPTS & concepts.places(whole[:_FOOTER_CHARS].casefold()).keys():
        return bottom
    # Without an empty line between: the notice is the paragraph's end, and begins on a new line.
    for number in range(max(top + 1, bottom - 6), bottom):
        if is_notice(" ".join(bare[number:bottom])) and not bare[number][:1].islower():
            return number
    return bottom


def asks(line: str) -> bool:
    """Whether a line begins as people ask for something."""
    return bool(_ASKING.match(line.casefold()))


def is_signed(line: str) -> bool:
    """Whether a line is short and says nothing: what stands above a notice in one paragraph with it."""
    return len(line.split()) <= 3 and not line.endswith((".", ":", "。")) and not is_notice(line)


def is_notice(paragraph: str) -> bool:
    """Whether a paragraph is a disclaimer, a scanner's or a company's line, or the heading of one."""
    paragraph = paragraph[:_FOOTER_CHARS]
    text = " ".join(paragraph.casefold().strip(_DECORATION).split())
    if text.rstrip(":") in _HEADING or text.startswith(_FOOTERS):
        return True
    if _ASKING.match(text) or _LINK_LINE.match(text):
        return False
    found = concepts.places(text)
    if found.get("scanned") is not None and "mail" in found and _CHECKED.search(text):
        return True
    legal = sum(one in found for one in _LEGAL)
    if "mail" in found and legal:
        if legal >= _SURE and len(text) > _LONG:
            return True
        if _SELF.search(text[:200]) and (legal > 1 or _is_statement(text, found["mail"])):
            return True
    return _is_company(paragraph, text, found)


def _is_statement(text: str, mail: int) -> bool:
    """Whether a demonstrative and the mail stand together at the beginning, or behind a heading: "This e-mail is …"."""
    for found in _SELF.finditer(text[:160]):
        close = found.start() - 4 <= mail <= found.end() + 40
        before = text[: found.start()].rstrip()
        if close and (not before or before.endswith((":", "-", "–", "—", ".", "!")) or len(found[0]) > 8):
            return True
    return False


def _is_company(paragraph: str, text: str, found: dict[str, int]) -> bool:
    """Whether it is what the law makes a company write: its names for that, a number or separators, and no sentence to anybody."""
    if "company" not in found or len(text) > 700 or text.endswith("?"):
        return False
    listed = (
        "|" in paragraph
        or "•" in paragraph
        or "·" in paragraph
        or paragraph.count(",") + paragraph.count(":") >= _SURE - 1
    )
    return listed and any(one.isdigit() for one in text)
