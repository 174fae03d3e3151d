"""The meaning of HTML elements in mail: marks of quotes, signatures and earlier mail, and hidden text."""

from __future__ import annotations

import functools
import html
import re
from dataclasses import dataclass
from typing import Final

from hermes.mail.read import unseen
from hermes.mail.read.words import phrases

_ATTRIBUTE: Final = re.compile(
    r"([a-zA-Z][a-zA-Z0-9_:-]{0,40})\s{0,9}(?:=\s{0,9}(?:\"([^\"]{0,4000})\"?|'([^']{0,4000})'?|([^\s>\"']{1,2000})))?"
)
_HIDING: Final = re.compile(
    r"display\s?:\s?none|visibility\s?:\s?(?:hidden|collapse)|(?<![-\w])font-size\s?:\s?0(?:\.0{1,9})?(?:px|pt|em|%)?\s?(?:;|!|\Z)"
    r"|(?<![-\w])opacity\s?:\s?0(?:\.0{1,9})?\s?(?:;|!|\Z)|mso-hide\s?:\s?all|(?<![-\w])max-height\s?:\s?0(?:px|pt)?\s?(?:;|!|\Z)"
    r"|(?<![-\w])color\s?:\s?transparent|text-indent\s?:\s?-\d{4}|(?<![-\w])(?:left|top)\s?:\s?-\d{4}"
    r"|(?<![-\w])font-size\s?:\s?[01](?:\.\d{1,9})?(?:px|pt)\b|clip\s?:\s?rect\(0"
)
_ZERO_BOX: Final = re.compile(r"(?<![-\w])(?:height|width)\s?:\s?[01](?:px|pt)?\s?(?:;|!|\Z)")
_COLOUR: Final = re.compile(r"(?<![-\w])color\s?:\s?([^;!]{1,30})")
_GROUND: Final = re.compile(r"(?<![-\w])background(?:-color)?\s?:\s?([^;!]{1,30})")
_OUTLOOK_RULE: Final = re.compile(
    r"border(?:-top)?\s?:\s?(?:none\s?;\s?border-top\s?:\s?)?solid #(?:b5c4df|e1e1e1|c7c7c7)", re.IGNORECASE
)
_SELECTOR: Final = re.compile(r"([.#])([a-zA-Z0-9_-]{1,60})\s*\Z")

#: Parts of class names and ids (lower-case) behind which everything is an earlier mail.
_CUTS: Final = phrases.words(
    "divrplyfwdmsg|appendonsend|olk_src_body_section|outlookmessageheader|mail-editor-reference-message-container|"
    "zwchr|ms-outlook-mobile-reference-message|outlook-mobile-reference-message",
    "moz-forward-container|zmail_extra_hr|replyforwardmessage|oriframe|originalmessagecontainer|isforwardcontent|-x-evo-fwd",
)
#: … that hold a quote.
_QUOTES: Final = phrases.words(
    "yahoo_quoted|ymail_android_quoted|qtdseparatebr|protonmail_quote|tutanota_quote|zmail_extra|freshdesk_quote|front-blockquote",
    "missive_quote|mailru-blockquote|isreplycontent|clean_bq|history_container|helpscout_quote|moz-email-headers-table|hm_quote",
    "ntes_quote|qqmail_quote|hs_reply|lotus_quoted|gmx_quote|plaintext_quote|qmbox_quote|reply_quote|quoted-text|quotedtext",
)
#: … that hold the line above a quote ("On … wrote:").
_HEADS: Final = phrases.words(
    "gmail_attr|moz-cite-prefix|mailru-blockquote-attr|airmail_on|bloop_original_html|protonmail_quote_header"
)
_SIGNATURES: Final = phrases.words(
    "gmail_signature|moz-signature|ms-outlook-mobile-signature|ms-outlook-signature|applemailsignature|applemail_signature",
    "protonmail_signature_block|tutanota_signature|front-signature|yahoo-signature|ymail_signature|composer_signature|signature_block",
    "mobile-signature|zimbra_signature|mail-signature|mailsignature|k9mail-signature|email_signature|spark_signature",
    "mail_android_signature|linebreakatbeginningofsignature|signatureblock|lineBreakAtBeginningOfSignature",
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The effect of an element on its text, and whether it ends the newest text."""

    hides: bool = False
    quotes: bool = False
    signs: bool = False
    heads: bool = False
    cuts: bool = False
    preformatted: bool = False


NOTHING: Final = Meaning()


def meaning(name: str, attributes: str, hiding: frozenset[str]) -> Meaning:
    """The meaning of an element. `hiding` are the selectors that style sheets hide (`.preheader`)."""
    if name == "head":
        return NOTHING
    found = _attributes(attributes)
    names = f" {found.get('class', '')} {found.get('id', '')} ".lower()
    style = " ".join(found.get("style", "").lower().split())
    hides = "hidden" in found or bool(style and _hides(style)) or bool(hiding and _is_hidden(found, hiding))
    hides = hides or (name == "font" and found.get("size", "") == "0")
    if name == "blockquote":
        return Meaning(hides=hides, quotes=True)
    cuts = quotes = signs = heads = False
    if names.strip():
        cuts = any(mark in names for mark in _CUTS)
        quotes = any(mark in names for mark in _QUOTES)
        heads = any(mark in names for mark in _HEADS)
        signs = any(mark in names for mark in _SIGNATURES) or " signature " in names
    marker = found.get("data-marker", "").lower()
    cuts = (
        cuts
        or marker in ("__quoted_text__", "__divider__")
        or found.get("name", "").lower() in ("quote", "messagereplysection")
    )
    cuts = cuts or bool("border" in style and name == "div" and _OUTLOOK_RULE.search(style) and "padding" in style)
    signs = (
        signs
        or "data-signatureblock" in found
        or marker == "__sig_pre__"
        or found.get("data-smartmail", "") == "gmail_signature"
    )
    preformatted = "white-space:pre" in style.replace(" ", "") and "pre-line" not in style
    if not (hides or cuts or quotes or signs or heads or preformatted):
        return NOTHING
    return Meaning(
        hides=hides, quotes=quotes, signs=signs and not cuts, heads=heads, cuts=cuts, preformatted=preformatted
    )


def picture(attributes: str) -> str:
    """What stands for a picture in the text: an emoji's own character, else nothing."""
    alternative = unseen.strip(html.unescape(_attributes(attributes).get("alt", "")))
    return alternative if 0 < len(alternative) <= 4 and not alternative.isascii() else ""


def hiding_classes(markup: str) -> frozenset[str]:
    """The selectors (`.class`, `#id`) that the style sheets in the HTML hide; media queries are not looked into."""
    found: set[str] = set()
    position = 0
    for _ in range(40):
        start = _STYLE.search(markup, position)
        if start is None:
            break
        body = markup.find(">", start.end())
        end = closing("style").search(markup, body) if body >= 0 else None
        if end is None:
            break
        sheet = markup[body + 1 : min(end.start(), body + 60_000)]
        depth_free = "" if "@media" in sheet else sheet
        for rule in depth_free.split("}"):
            selectors, brace, declarations = rule.partition("{")
            if brace and _hides(" ".join(declarations.lower().split())):
                matches = (_SELECTOR.search(selector.strip()) for selector in selectors.split(","))
                found.update(match[1] + match[2].lower() for match in matches if match)
        position = end.end()
    return frozenset(found)


_STYLE: Final = re.compile(r"<style\b", re.IGNORECASE)


@functools.lru_cache(maxsize=64)
def closing(name: str) -> re.Pattern[str]:
    """The end tag of an element."""
    return re.compile(rf"</{re.escape(name)}\b", re.IGNORECASE)


def _is_hidden(found: dict[str, str], hiding: frozenset[str]) -> bool:
    classes = found.get("class", "").lower().split()[:40]
    return any(f".{one}" in hiding for one in classes) or f"#{found.get('id', '').lower()}" in hiding


def _hides(style: str) -> bool:
    if _HIDING.search(style) or ("overflow:hidden" in style.replace(" ", "") and _ZERO_BOX.search(style)):
        return True
    colour, ground = _COLOUR.search(style), _GROUND.search(style)
    return bool(colour and ground and _same_colour(colour[1], ground[1]))


def _same_colour(one: str, other: str) -> bool:
    return _WHITES.get(one.strip(), one.strip()) == _WHITES.get(other.strip(), other.strip())


_WHITES: Final = {
    "#fff": "white",
    "#ffffff": "white",
    "rgb(255,255,255)": "white",
    "rgb(255, 255, 255)": "white",
    "#000": "black",
    "#000000": "black",
}


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text[:20_000]):
        found.setdefault(match[1].lower(), html.unescape(match[2] or match[3] or match[4] or ""))
    return found
