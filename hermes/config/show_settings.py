"""What a reply shows of a site's change: which of the project's settings a worker needs for it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ShowSettings(BaseModel):
    """Handed to the worker as JSON; made from settings of the project."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str
    """The folder of the site: what a build fills, or what a static site consists of."""
    pages: tuple[str, ...] = ()
    """Which pages are shown if a change is seen on many, the first one first."""
    pictures: bool = True
    """Pictures before and after, where Chromium is installed."""
    texts: bool = False
    """What reads differently."""
    diff: bool = False
    """The change line by line."""
