"""About checks and pictures, in English."""

from __future__ import annotations

from hermes.domain.wire import PictureView
from hermes.mail.write.shown.words import ShownWords

WORDS = ShownWords(
    checks_failed="The change is saved, but not everything is in order with it yet. "
    "What does not pass the checks of this project: {names}.",
    checks_then="You can reply with what should be done about it, or with “undo” to take the change back.",
    blocked="It wanted to reach {hosts}; that is not allowed for this project.",
    label_check="Check",
    label_text="Text",
    text_added="new: {after}",
    text_removed="gone: {before}",
    label_pictures="How it looks",
    views={PictureView.DESKTOP: "{page} on a computer", PictureView.PHONE: "{page} on a phone"},
    before="Before",
    after="After",
    picture_alt="{side}: {view}.",
    picture_says="{side}: {view}, with the text {text}.",
    diff_attached="The change line by line is attached as {name}.",
)
