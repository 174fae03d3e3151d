"""Converts HTML to its visible lines, each with its role: quote, signature, or earlier mail."""

from __future__ import annotations

import html
import re
from typing import Final

from hermes import limits
from hermes.mail.read import lines, structure, unseen
from hermes.mail.read.words import phrases

#: Open HTML elements that are told apart; deeper ones are read as text of the ones above.
HTML_DEPTH: Final = 400
#: Different start tags whose meaning is remembered while one HTML body is read.
HTML_MEANINGS: Final = 1000

Role = lines.Role
_Element = tuple[str, bool, bool, bool, bool, bool]
_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9:_-]{0,40}")
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
_BLOCKS: Final = phrases.words(
    "address|article|aside|blockquote|body|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure",
    "footer|form|h1|h2|h3|h4|h5|h6|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead",
    "tr|ul|includetail",
)
#: With an empty line before and after them.
_PARAGRAPHS: Final = phrases.words(
    "p|h1|h2|h3|h4|h5|h6|ul|ol|table|blockquote|pre",
)
_VOID: Final = phrases.words(
    "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr",
)
#: Their content is not text; it ends at their own end tag only.
_RAW: Final = phrases.words(
    "script|style|title|textarea|noscript|xml|svg|math|template|iframe|object|noframes",
)
#: An open element of these kinds ends when the next one begins.
_IMPLIED: Final = {
    "p": ("p",),
    "li": ("li",),
    "tr": ("tr", "td", "th"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
}
#: Inline elements looked through for the one that an end tag closes.
_REACH: Final = 64
#: References to characters that do not exist; Python refuses to read numbers of thousands of digits.
_ENDLESS: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{9,};?")


def text_of(markup: str) -> str:
    """The visible text; quotes are marked with `> `."""
    return "\n".join(text for text, _ in lines_of(markup)).strip()


def lines_of(markup: str) -> list[tuple[str, Role]]:
    """The visible lines and their roles. One scan over the tags; never raises."""
    reader = _Reader(markup[: limits.BODY_CHARS])
    reader.run()
    return reader.out


class _Reader:
    """Walks over the tags with a stack of the open elements that matter."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.out: list[tuple[str, Role]] = []
        #: (name, hides, quotes, signs, heads, preformatted) of every open element.
        self.open: list[_Element] = []
        self.counts: dict[str, int] = {}
        self.hidden = self.quoted = self.signed = self.heads = self.preformatted = 0
        self.line: list[str] = []
        self.meanings: dict[tuple[str, str], structure.Meaning] = {}
        self.rules = structure.hiding_classes(self.markup)

    def run(self) -> None:
        markup, size = self.markup, len(self.markup)
        position = 0
        while position < size and len(self.out) < limits.BODY_LINES:
            found = markup.find("<", position)
            if found < 0:
                break
            if found > position:
                self._text(markup[position:found])
            position = self._tag(found)
        if position < size:
            self._text(markup[position:])
        self._break()
        while self.out and not self.out[-1][0]:
            self.out.pop()

    def _tag(self, at: int) -> int:
        """Take the tag at `at`; returns where the text goes on."""
        markup = self.markup
        following = markup[at + 1 : at + 2]
        if following in ("!", "?"):
            return self._declaration(at)
        closing = following == "/"
        name_match = _NAME.match(markup, at + 1 + closing)
        if name_match is None:
            self._text("<")
            return at + 1
        end = self._end_of_tag(name_match.end())
        if end < 0:
            return len(markup)
        name = name_match[0].lower()
        if closing:
            self._close(name)
        else:
            attributes = markup[name_match.end() : end]
            if name in _RAW and not attributes.endswith("/"):
                return self._find_closing(name, end)
            self._start(name, attributes)
        return end + 1

    def _end_of_tag(self, position: int) -> int:
        """The `>` that ends a tag, past those in quoted attributes; -1 if the tag never ends."""
        end = self.markup.find(">", position)
        for _ in range(8):
            if end < 0:
                return -1
            inside = self.markup[position : min(end, position + 4000)]
            if inside.count('"') % 2 == 0 or "=" not in inside:
                return end
            quote = self.markup.find('"', end, end + 2000)
            if quote < 0:
                return end
            after = self.markup.find(">", quote, quote + 2000)
            if after < 0:
                return end
            end = after
        return end

    def _declaration(self, at: int) -> int:
        if self.markup.startswith("<!--", at):
            # What Outlook shows to others than itself stands in `<!--[if !mso]><!-->…<!--<![endif]-->`: comments of their own.
            end = self.markup.find("-->", at + 4)
            return len(self.markup) if end < 0 else end + 3
        end = self.markup.find(">", at)
        return len(self.markup) if end < 0 else end + 1

    def _find_closing(self, name: str, position: int) -> int:
        found = structure.closing(name).search(self.markup, position)
        if found is None:
            return len(self.markup)
        end = self.markup.find(">", found.end())
        return len(self.markup) if end < 0 else end + 1

    def _start(self, name: str, attributes: str) -> None:
        if name == "br":
            self._newline()
            return
        for implied in _IMPLIED.get(name, ()):
            if self.open and self.open[-1][0] == implied:
                self._close(implied)
        meant = self._meaning(name, attributes) if attributes or name == "blockquote" else structure.NOTHING
        if meant.cuts and not self.hidden:
            self._break()
            self.out.append(("", Role.CUT))
        if name in _BLOCKS:
            self._break(paragraph=name in _PARAGRAPHS)
        if name == "li":
            self.line.append("- ")
        elif name == "hr" and not self.hidden:
            self._rule()
        elif name in ("td", "th") and self.line and self.line[-1].strip():
            self.line.append(" ")
        elif name == "img" and not self.hidden:
            self.line.append(structure.picture(attributes))
        if name in _VOID or attributes.endswith("/"):
            return
        if len(self.open) > HTML_DEPTH:
            return
        self.open.append(
            (name, meant.hides, meant.quotes, meant.signs, meant.heads, name == "pre" or meant.preformatted)
        )
        self.counts[name] = self.counts.get(name, 0) + 1
        self._turn(self.open[-1], 1)

    def _meaning(self, name: str, attributes: str) -> structure.Meaning:
        """Mails repeat few attributes very often."""
        key = (name, attributes)
        found = self.meanings.get(key)
        if found is None:
            found = structure.meaning(name, attributes, self.rules)
            if len(self.meanings) < HTML_MEANINGS:
                self.meanings[key] = found
        return found

    def _close(self, name: str) -> None:
        if not self.counts.get(name):
            if name == "p":
                self._break(paragraph=True)
            return
        if name not in _BLOCKS and not self._reaches(name):
            return
        while True:  # it is among the open ones, since it is counted
            element = self.open.pop()
            self.counts[element[0]] -= 1
            if element[0] in _BLOCKS:
                self._break()
            self._turn(element, -1)
            if element[0] in _PARAGRAPHS:
                self._break(paragraph=True)
            if element[0] == name:
                return

    def _reaches(self, name: str) -> bool:
        """Whether an inline element can be closed: no block was begun inside it (browsers leave the block open)."""
        for element in self.open[: -_REACH - 1 : -1]:
            if element[0] == name:
                return True
            if element[0] in _BLOCKS:
                return False
        return False

    def _turn(self, element: _Element, by: int) -> None:
        if any(element[1:]):
            self._break()
            self.hidden += by * element[1]
            self.quoted += by * element[2]
            self.signed += by * element[3]
            self.heads += by * element[4]
            self.preformatted += by * element[5]

    def _text(self, text: str) -> None:
        if self.hidden:
            return
        text = html.unescape(_ENDLESS.sub("\ufffd", text)) if "&" in text else text
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for one in rest:
                self._newline()
                self.line.append(one)
            return
        if "\n" in text or "  " in text or "\t" in text or "\r" in text or "\f" in text:
            text = _SPACE.sub(" ", text)
        if text == " " and not self.line:
            return
        self.line.append(text)

    def _rule(self) -> None:
        self.out.append((("> " if self.quoted else "") + "-" * 8, Role.QUOTE if self.quoted else Role.PLAIN))

    def _newline(self) -> None:
        """End the line, empty or not."""
        if self.hidden:
            self.line.clear()
            return
        text = unseen.strip("".join(self.line))
        if not self.preformatted:
            text = (_SPACE.sub(" ", text) if "  " in text else text).strip()
        self.line.clear()
        if self.quoted:
            self.out.append((("> " * min(self.quoted, 9) + text).rstrip(), Role.QUOTE))
        elif self.heads and text:
            self.out.append((text, Role.HEADER))
        else:
            self.out.append((text, Role.SIGNATURE if self.signed and text else Role.PLAIN))

    def _break(self, *, paragraph: bool = False) -> None:
        """End the line if it has text; a paragraph is set off by an empty line."""
        if any(not piece.isspace() for piece in self.line):
            self._newline()
        else:
            self.line.clear()
        if paragraph and self.out and self.out[-1][0].strip("> ") and not self.hidden:
            self.out.append((">" if self.quoted else "", Role.QUOTE if self.quoted else Role.PLAIN))
