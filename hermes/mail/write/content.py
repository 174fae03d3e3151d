"""What a reply says before its layout, and who it is written for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fact beside its label."""

    label: str
    value: str
    link: bool = False
    more: tuple[str, ...] = ()
    """Further lines under the value."""


@dataclass(frozen=True, kw_only=True)
class Readership:
    """Who a reply is written for."""

    details: bool = False
    """They want the technical facts too."""
    offset: int | None = None
    """What their clock is ahead of UTC, minutes; None where that is not known."""


ANYBODY = Readership()


@dataclass(frozen=True, kw_only=True)
class ShownPicture:
    """A picture in a reply."""

    label: str
    alt: str
    """What is seen, for people who do not see it."""
    name: str
    """The name of the file."""
    cid: str
    """Its Content-ID, without angle brackets."""
    width: int
    """In pixels, as wide as a mail has room for."""


@dataclass(frozen=True, kw_only=True)
class PicturePair:
    """One page on one device, before and after; of a new page only after."""

    title: str
    pictures: tuple[ShownPicture, ...]


@dataclass(frozen=True, kw_only=True)
class ReplyContent:
    """A reply's content in reading order."""

    code: str
    title: str
    """What it is, for a list of pages or a reader of screens."""
    answer: str = ""
    """The answer to a question, in its own lines: then it comes first, and no headline is shown."""
    headline: str
    asked: str = ""
    body: tuple[str, ...] = ()
    says: str = ""
    """Who speaks in `quoted`."""
    quoted: str = ""
    """Somebody else's words, in their own lines."""
    rows: tuple[Row, ...] = ()
    pictures_label: str = ""
    pictures: tuple[PicturePair, ...] = ()
    remarks: tuple[str, ...] = ()
    """What else happened, after what was done and where it can be seen."""
    then: str = ""
    details: tuple[Row, ...] = ()
    """Technical facts, for those who want them: one small paragraph."""
    footer: str = ""
    marker: str = ""
    """The signed marker by which an answer finds its session."""
