"""The visible text of HTML, by one scan over its tags."""

from __future__ import annotations

import html
import re
from typing import Final

from hermes.mail import phrases

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,30})[^>]*>")
_BLOCKS: Final = phrases.words("p|div|br|tr|li|h1|h2|h3|h4|h5|h6|hr|table|ul|ol|blockquote|pre")
_HIDDEN: Final = phrases.words("style|script|head|title|template")


def text_of(markup: str) -> str:
    """The text that a reader sees; a quote becomes lines beginning with `> `."""
    pieces: list[str] = []
    hidden = depth = 0
    position = 0
    for match in _TAG.finditer(markup):
        if not hidden:
            pieces.append(" ".join(html.unescape(markup[position : match.start()]).split(" ")).replace("\n", " "))
        position = match.end()
        name, closing = match[2].lower(), bool(match[1])
        if name in _HIDDEN:
            hidden = max(0, hidden + (-1 if closing else 1))
        elif name == "blockquote":
            depth = max(0, depth + (-1 if closing else 1))
        if name in _BLOCKS and not hidden:
            pieces.append("\n" + "> " * depth)
    if not hidden:
        pieces.append(html.unescape(markup[position:]).replace("\n", " "))
    lines = [line.strip() for line in "".join(pieces).split("\n")]
    return "\n".join(lines).strip()
