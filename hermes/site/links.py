"""The links of a page or a style sheet, and the file of the site that each leads to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

_CSS_URL = re.compile(
    r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\"'\s]*))\s*\)|@import\s+(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE
)
_SRCSET = re.compile(r"\s*([^\s,][^\s]*[^\s,])[^,]*,?")
_REFRESH = re.compile(r"[^;,]*[;,]\s*url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
#: Attributes that hold an address, by their element.
_ATTRIBUTES: Final = {
    "a": ("href",),
    "area": ("href",),
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
#: Links that are there for browsers and search engines, and lead to no file.
_NO_FILE: Final = frozenset(
    {"canonical", "alternate", "preconnect", "dns-prefetch", "shortlink", "pingback", "me", "author"}
)
#: The host of the site, for resolving: no address of the web has it.
_HERE: Final = "http://site.invalid/"


@dataclass(frozen=True, slots=True)
class Link:
    """One address in a file, as it is written there."""

    line: int
    """Counted from 1."""
    address: str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Link] = []
        self.base = ""
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value is not None}
        line = self.getpos()[0]
        self._style = tag == "style"
        if tag == "base" and not self.base:
            self.base = given.get("href", "")
        refresh = tag == "meta" and given.get("http-equiv", "").lower() == "refresh"
        if refresh and (found := _REFRESH.match(given.get("content", ""))):
            self._add(line, found[1])
        if tag == "link" and _NO_FILE & set(given.get("rel", "").lower().split()):
            return
        for name in _ATTRIBUTES.get(tag, ()):
            value = given.get(name, "")
            for address in _SRCSET.findall(value) if name == "srcset" else [value]:
                self._add(line, address)
        for address in _css(given.get("style", "")):
            self._add(line, address)

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        if self._style:
            for link in of_css(data, line=self.getpos()[0]):
                self.found.append(link)

    def _add(self, line: int, address: str) -> None:
        if address := address.strip():
            self.found.append(Link(line, address))


def of_html(text: str) -> tuple[list[Link], str]:
    """The links of a page, and its `<base href>`, empty if it has none."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.found, reader.base


def of_css(text: str, *, line: int = 1) -> Iterator[Link]:
    """The addresses of a style sheet whose first line has this number."""
    at = 0
    for found in _CSS_URL.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        if address := next((part for part in found.groups() if part), "").strip():
            yield Link(line, address)


def _css(text: str) -> list[str]:
    return [link.address for link in of_css(text)]


def path(address: str, *, page: str, base: str = "") -> str | None:
    """The path on the site, without query and fragment, that a link of this page leads to; None if it leads elsewhere."""
    try:
        there = urlsplit(urljoin(urljoin(f"{_HERE}{page}", base), address))
    except ValueError:
        return None
    if there.scheme not in ("http", "https") or there.netloc != "site.invalid":
        return None
    return unquote(there.path).lstrip("/")


def choices(path: str) -> tuple[str, ...]:
    """The files that a web server may send for a path, the first that is there: a page is found with or without its ending."""
    if path == "" or path.endswith("/"):
        return f"{path}index.html", f"{path}index.htm"
    return path, f"{path}.html", f"{path}/index.html"


def file(path: str, files: Collection[str]) -> str | None:
    """The file that a web server sends for a path; None if there is none."""
    return next((choice for choice in choices(path) if choice in files), None)


def is_file(path: str, files: Collection[str]) -> bool:
    """Whether a path leads to something: a file, or a folder with files, as servers list them."""
    return file(path, files) is not None or path in ("", "/")
