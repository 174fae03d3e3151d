"""Photographs pages before and after: each at a computer's and a phone's width, cut to what is different."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image

from hermes.site import crop, folder, text
from hermes.site.chromium import BrowserFailed, BrowserGone, Chromium, Tab
from hermes.site.folder import SiteFolder
from hermes.site.server import ORIGIN, SiteServer

#: Pairs of pictures in one reply.
PAIRS: Final = 3
#: Of a longer page only the beginning is photographed: 60,000 pixels fit no memory.
HEIGHT: Final = 10_000
#: A page that has not loaded by then is photographed as it is.
_LOAD_SECONDS: Final = 4.0
_SETTLE_SECONDS: Final = 2.0
_PICTURE_SECONDS: Final = 5.0
_TEXT_CHARS: Final = 200_000
_SAYS_CHARS: Final = 120

#: Name, width, height of the window, and whether it is a phone.
VIEWS: Final = (("desktop", 1280, 800, False), ("phone", 390, 844, True))

#: Stops what moves, fetches what would be fetched when scrolled to, and waits for pictures and fonts.
_SETTLE: Final = """(async () => {
  const style = document.createElement('style');
  style.textContent = '*, *::before, *::after { animation-delay: 0s !important; animation-duration: 0s !important; ' +
    'transition: none !important; caret-color: transparent !important; scroll-behavior: auto !important }';
  document.documentElement.append(style);
  const loading = [document.fonts.ready];
  for (const image of document.images) {
    image.loading = 'eager';
    if (!image.complete) loading.push(new Promise(done => { image.onload = image.onerror = done; }));
  }
  const late = new Promise(done => setTimeout(done, 1500));
  await Promise.race([Promise.all(loading), late]);
  await Promise.race([new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))), late]);
  return {
    height: Math.ceil(Math.max(document.documentElement.scrollHeight, document.body ? document.body.scrollHeight : 0)),
    text: document.body ? document.body.innerText.slice(0, TEXT_CHARS) : '',
    title: document.title.slice(0, 200),
  };
})()""".replace("TEXT_CHARS", str(_TEXT_CHARS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """One page in one width, with or without a change."""

    page: str
    """Its address on the site."""
    title: str
    view: str
    after: bool
    picture: Image.Image
    says: str = ""
    """The text that can be seen to be different."""


@dataclass(frozen=True, slots=True)
class _Seen:
    png: bytes
    lines: tuple[str, ...]
    title: str


class Photographer:
    """Photographs pages of two states of a site with one Chromium."""

    def __init__(self, program: str, *, home: Path, deadline: float, pace: float = 1.0) -> None:
        """`deadline` of `time.monotonic`; `pace` stretches the time for each page. Raises `BrowserFailed`."""
        self.server = SiteServer()
        self.lines: dict[str, tuple[list[str], list[str]]] = {}
        """The rendered text of each photographed page, before and after."""
        self._deadline = deadline
        self._browser = Chromium(
            program, home, proxy=f"http://127.0.0.1:{self.server.server_port}", deadline=deadline, pace=pace
        )

    def close(self) -> None:
        """End Chromium and the server."""
        self._browser.close()
        self.server.close()

    def photographs(
        self, before: tuple[SiteFolder, Path], after: tuple[SiteFolder, Path], pages: list[str]
    ) -> Iterator[Photograph]:
        """Pairs of pictures, before and after, at most `PAIRS`. What cannot be photographed is left out."""
        for page, view in _order(pages):
            if time.monotonic() >= self._deadline:
                return
            try:
                pair = self._pair(page, view, before, after)
            except BrowserGone:
                return
            except (BrowserFailed, OSError, ValueError, KeyError):
                continue
            yield from pair

    def _pair(
        self,
        page: str,
        view: tuple[str, int, int, bool],
        before: tuple[SiteFolder, Path],
        after: tuple[SiteFolder, Path],
    ) -> list[Photograph]:
        new = self._seen(page, view, after[1])
        if page in before[0].hashes:
            old = self._seen(page, view, before[1])
        else:  # a new page: before it there was nothing
            old = _Seen(b"", (), "")
        self.lines.setdefault(page, (list(old.lines), list(new.lines)))
        changed = next(text.changes(old.lines, new.lines), None) if old.lines else None
        given = {"page": folder.address(page), "title": new.title or old.title, "view": view[0]}
        if not old.png:
            whole = crop.beginning(new.png)
            return [Photograph(**given, after=True, picture=whole)]
        cut = crop.pair(old.png, new.png)
        if cut is None:
            return []
        says = (changed.before[:_SAYS_CHARS], changed.after[:_SAYS_CHARS]) if changed is not None else ("", "")
        return [
            Photograph(**given, after=False, picture=cut[0], says=says[0]),
            Photograph(**given, after=True, picture=cut[1], says=says[1]),
        ]

    def _seen(self, page: str, view: tuple[str, int, int, bool], root: Path) -> _Seen:
        _name, width, height, phone = view
        self.server.root = root
        tab = Tab(self._browser)
        try:
            tab.call("Page.setBypassCSP", enabled=True)
            tab.call("Network.setCacheDisabled", cacheDisabled=True)
            tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": "reduce"}])
            tab.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
            )
            tab.open(ORIGIN + folder.address(page), seconds=_LOAD_SECONDS)
            found: Any = tab.value(_SETTLE, seconds=_SETTLE_SECONDS)
            if not isinstance(found, dict):
                raise BrowserFailed("the page says nothing of itself")
            tall = max(height, min(HEIGHT, int(found.get("height") or 0)))
            png = tab.picture(width, tall, seconds=_PICTURE_SECONDS)
            lines = tuple(line for line in (" ".join(line.split()) for line in str(found["text"]).splitlines()) if line)
            return _Seen(png, lines, " ".join(str(found["title"]).split()))
        finally:
            tab.close()


def _order(pages: list[str]) -> list[tuple[str, tuple[str, int, int, bool]]]:
    """Which page at which width: the first one both ways, then others as on a computer, for as long as there is room."""
    desktop, phone = VIEWS
    first = [(pages[0], desktop), (pages[0], phone)] if pages else []
    return [*first, *((page, desktop) for page in pages[1:])][:PAIRS]
