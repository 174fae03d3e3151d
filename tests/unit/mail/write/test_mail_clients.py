"""What the HTML of replies asks of mail programs, by the data of caniemail.com."""

from __future__ import annotations

import html.parser
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from hermes.mail.write import templates
from tests.unit.mail.write import known

_DATA = Path(__file__).parents[3] / "programs" / "node_modules" / "caniemail" / "data" / "caniemail.json"
#: What people read mail in; a program that the data knows only in an old version counts by that.
_FAMILIES = (
    "apple-mail",
    "gmail",
    "outlook",
    "yahoo",
    "aol",
    "samsung-email",
    "thunderbird",
    "protonmail",
    "gmx",
    "web-de",
    "orange",
)
#: What some programs leave out, and what is lost then.
_HARMLESS = {
    "css-opacity": "pale words are as dark as the others",
    "css-word-break": "a long address is wider than a small screen",
    "css-word-wrap": "the same; most programs have one of the two",
    "html-meta-color-scheme": "the program chooses light or dark by itself, and nothing here has a colour",
    "html-lang": "a reader of screens guesses the language",
    "html-body": "the program has its own, with its own margin",
}
_TAGS = {
    **dict.fromkeys(("a", "br", "html", "head", "title", "meta")),
    "h1": "html-h1-h6",
    "tr": "html-table",
    "td": "html-table",
}
_ATTRIBUTES = {"align", "cellpadding", "cellspacing", "lang", "width", "valign", "background", "hidden", "srcset"}


class _Features(html.parser.HTMLParser):
    """The features that a page uses, by their names at caniemail.com."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        slug = _TAGS.get(tag, f"html-{tag}")
        self.found |= {slug} if slug else set()
        for name, value in attrs:
            self.found |= {f"html-{name}"} if name in _ATTRIBUTES else set()
            if name == "name" and value == "color-scheme":
                self.found.add("html-meta-color-scheme")
            for declaration in (value or "").split(";") if name == "style" else ():
                prop, _, text = declaration.partition(":")
                self.found.add(f"css-{prop.strip()}")
                self.found |= {"css-unit-percent"} if "%" in text else set()
                self.found |= {"css-unit-px"} if "px" in text else set()


def _features() -> dict[str, Any]:
    if not _DATA.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("caniemail is not installed: make programs")
    return {one["slug"]: one for one in json.loads(_DATA.read_text(encoding="utf-8"))["data"]}


def _by_name(known_features: dict[str, Any], used: str) -> Any | None:
    """The feature, or the one of a whole family of properties (`border-left`: `border`)."""
    while used not in known_features and used.count("-") > 1:
        used = used.rpartition("-")[0]
    return known_features.get(used)


def test_replies_use_nothing_that_a_mail_program_of_today_breaks_on() -> None:
    data, used = _features(), _Features()
    for facts in (*known.everything(), known.SUCCEEDED):
        used.feed(templates.render(facts, details=True, marker="[hermes:abc]").html)
    missing = []
    for name in sorted(used.found - set(_HARMLESS)):
        feature = _by_name(data, name)
        assert feature is not None, f"caniemail.com knows no {name}"
        for family in _FAMILIES:
            for client, versions in feature["stats"].get(family, {}).items():
                newest = list(versions.values())[-1]
                if newest.startswith("n") and client != "mobile-webmail":
                    missing.append(f"{name}: {family} {client}")
    assert missing == []
    assert set(_HARMLESS) <= used.found, "what is no longer used"


def test_a_reply_asks_for_no_style_sheet_no_script_and_no_colour() -> None:
    for facts in (*known.everything(), known.SUCCEEDED):
        page = templates.render(facts, details=True).html
        assert not re.search(
            r"<(?:style|script|link|img(?! src=.cid:)|form|input)|url\(|\bclass=|[; \"](?:background|color)(?:-color)?:",
            page,
        )
