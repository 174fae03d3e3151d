"""Inspects a site: links and images that lead nowhere, HTML that does not parse, pages that are too large.

Where it is known how the site was before, only what is new is told: a site that has had a dead link for years is no worse for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import tinyhtml5.parser

from hermes.site import links
from hermes.site.folder import SiteFolder

#: Problems that are told: with more of them something is wrong with the check, or with everything.
PROBLEMS: Final = 200
#: Pages that are parsed; those that changed come first.
_PARSED: Final = 300
_ADDRESS_CHARS: Final = 200

#: What browsers read as it is meant: no document type, `<br/>`, an unknown entity.
_HARMLESS: Final = (
    "doctype",
    "trailing-solidus",
    "named-entity",
    "semicolon",
    "invalid-codepoint",
    "quirks",
    "eof-in-text",
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a file."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}" if self.line else f"{self.file}: {self.what}"


def problems(before: SiteFolder | None, after: SiteFolder, *, page_mb: float) -> Iterator[Problem]:
    """What is wrong, and was not wrong before."""
    found = [*_large(before, after, page_mb), *_dead_links(before, after), *_unparsed(before, after)]
    yield from found[:PROBLEMS]


def _large(before: SiteFolder | None, after: SiteFolder, page_mb: float) -> Iterator[Problem]:
    most = page_mb * 1024 * 1024
    for page in after.pages:
        size = after.size(page)
        if size > most and (before is None or page not in before.hashes or before.size(page) <= most):
            yield Problem(page, 0, f"the page has {size / 1024 / 1024:.1f} MB, and may have {page_mb:g} MB")


def _dead_links(before: SiteFolder | None, after: SiteFolder) -> Iterator[Problem]:
    known = {(name, address) for name, _, address in _dead(before)} if before is not None else set()
    for name, line, address in _dead(after):
        if (name, address) not in known:
            yield Problem(name, line, f"{address[:_ADDRESS_CHARS]} leads nowhere")


def _dead(site: SiteFolder) -> Iterator[tuple[str, int, str]]:
    """Each link or image of the site's own that leads to no file of it: file, line, address."""
    for name in site.hashes:
        if name.lower().endswith((".html", ".htm")):
            found, base = links.of_html(site.read(name))
        elif name.lower().endswith(".css"):
            found, base = list(links.of_css(site.read(name))), ""
        else:
            continue
        for link in found:
            path = links.path(link.address, page=name, base=base)
            if path is not None and not links.is_file(path, site.hashes):
                yield name, link.line, link.address


def _unparsed(before: SiteFolder | None, after: SiteFolder) -> Iterator[Problem]:
    changed = [page for page in after.pages if before is None or before.hashes.get(page) != after.hashes[page]]
    for page in changed[:_PARSED]:
        wrong = _errors(after.read(page))
        if wrong and before is not None and page in before.hashes:
            old = [what for _, what in _errors(before.read(page))]
            for what in old:  # each that was there before accounts for one that is there now
                at = next((number for number, one in enumerate(wrong) if one[1] == what), None)
                if at is not None:
                    del wrong[at]
        yield from (Problem(page, line, what) for line, what in wrong[:3])


def _errors(html: str) -> list[tuple[int, str]]:
    """The errors of a page that browsers have to guess about: line and words."""
    parser = tinyhtml5.parser.HTMLParser()
    parser.parse(html)
    found = []
    for (line, _column), code, values in parser.errors:
        if any(word in code for word in _HARMLESS):
            continue
        about = f" (<{values['name']}>)" if values.get("name") else ""
        found.append((line, f"HTML that does not parse: {code.replace('-', ' ')}{about}"))
    return found
