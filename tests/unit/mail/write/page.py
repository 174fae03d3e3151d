"""What a person sees of a page: its words, its links and its elements."""

from __future__ import annotations

import html.parser


class Reader(html.parser.HTMLParser):
    """What a reader sees of a page, and what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"br", "img", "meta"}:
            self.open.append(tag)
        self.loads += [
            value or "" for name, value in attrs if name in {"src", "background"} or (name == "href" and tag != "a")
        ]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "title" not in self.open:
            self.text.append(data)


def seen(page: str) -> tuple[str, Reader]:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return " ".join(" ".join(reader.text).split()), reader


def words(text: str) -> str:
    return " ".join(text.split())
