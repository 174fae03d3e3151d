"""Replies in Chromium, as a telephone and as a desk show them, light and dark: everybody can read them, and nothing is loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hermes.mail.write import templates
from hermes.mail.write.templates import LANGUAGES
from tests.browser import axe
from tests.browser.chromium import Chromium
from tests.unit.mail.write import known

#: What a mail program puts where the HTML names a part of the mail.
_CID, _PIXEL = (
    re.compile(r"cid:[^\"]+"),
    "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7",
)
_LONG = "a-name-without-any-space-that-never-ends-and-is-wider-than-a-telephone.css"


#: Of a page, not of a mail, which is shown within one; and what axe cannot know of a canvas that the browser makes dark.
_OF_PAGES = ("landmark-one-main", "region", "page-has-heading-one")
_KINDS = ("succeeded", "answered", "failed", "needs_input", "acknowledged", "status", "only_files", "open_limit")


def _replies() -> dict[str, str]:
    """One reply of each form, with all that may be known of it, the languages in turn."""
    found, codes = {}, sorted(LANGUAGES)
    facts_of = {facts.kind.value: facts for facts in known.everything(_LONG)} | {"succeeded": known.SUCCEEDED}
    for number, kind in enumerate(_KINDS):
        language = codes[number % len(codes)]
        rendered = templates.render(facts_of[kind], language=language, details=True, marker="[hermes:abcdefgh234567]")
        found[kind] = _CID.sub(_PIXEL, rendered.html)
    return found


@pytest.mark.parametrize(
    ("width", "dark"),
    [(320, False), (320, True), (600, True), (1200, False)],
    ids=["telephone", "dark", "half", "desk"],
)
async def test_every_reply_is_readable_at_every_width_light_and_dark(
    chromium: Chromium, pictures: Path, tmp_path: Path, width: int, dark: bool
) -> None:
    wrong = []
    async with chromium.tab(width=width, dark=dark) as tab:
        await tab.resize(width, dark=dark)
        for name, html in _replies().items():
            page = tmp_path / f"{name}.html"
            page.write_text(html, encoding="utf-8")
            await tab.go(page.as_uri())
            if await tab.run("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wrong.append(f"{name}: it is wider than {width} px")
            if name == "succeeded":
                await tab.picture(pictures / f"reply-{width}-{'dark' if dark else 'light'}.png")
            unknown = (*_OF_PAGES, "color-contrast") if dark else _OF_PAGES
            wrong += [f"{name}: {one}" for one in await axe.violations(tab) if not one.startswith(unknown)]
        assert tab.complaints == []
    assert wrong == []
