"""What every language says about checks and about how a change looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hermes.domain.wire import PictureView


@dataclass(frozen=True, kw_only=True)
class ShownWords:
    """Phrases are `str.format` templates; what is put into them is quoted already."""

    checks_failed: str
    """`{names}`: the checks that do not pass."""
    checks_then: str
    """What the person may do about them."""
    blocked: str
    """`{hosts}`: what the work wanted to reach and must not."""
    label_check: str
    label_text: str
    """Before the words that are different on the pages."""
    text_added: str
    """`{after}`: words that are new."""
    text_removed: str
    """`{before}`: words that are gone."""
    label_pictures: str
    views: Mapping[PictureView, str]
    """`{page}` on a device."""
    before: str
    after: str
    picture_alt: str
    """`{side}` and `{view}`, for people who do not see the picture."""
    picture_says: str
    """The same where it is known what changed: `{text}`."""
    diff_attached: str
    """`{name}`: the file that has the change line by line."""
