"""What a reply says of checks, of the network, and of how a change looks."""

from __future__ import annotations

import re
from typing import Final

from hermes import ids
from hermes.domain import wire
from hermes.domain.reply_facts import Report, ShownFile
from hermes.mail.write import folding
from hermes.mail.write.content import PicturePair, Row, ShownPicture
from hermes.mail.write.translation import Translation

#: Failed checks that a reply shows; the rest is counted.
REPLY_CHECKS: Final = 5
#: A line of a check's output.
REPLY_CHECK_CHARS: Final = 240
#: Hosts that a reply names, and the length of a name: an agent chooses them.
REPLY_HOSTS: Final = 3
REPLY_HOST_CHARS: Final = 60
#: Changed texts in a reply.
REPLY_TEXTS: Final = 10
#: The width of a mail's column.
PICTURE_WIDTH: Final = 568

_UNFIT_IN_NAME = re.compile(r"[^A-Za-z0-9]+")


def blocked(report: Report, words: Translation) -> str:
    """The sentence about what the work wanted to reach and must not; "" where there was nothing."""
    hosts = [words.quote(name) for one in report.blocked if (name := folding.clean(one, REPLY_HOST_CHARS))]
    if len(hosts) > REPLY_HOSTS:
        hosts[REPLY_HOSTS:] = [words.files_more.format(count=len(hosts) - REPLY_HOSTS)]
    return words.shown.blocked.format(hosts=", ".join(hosts)) if hosts else ""


def failed_checks(report: Report, words: Translation) -> tuple[str, list[Row]]:
    """The sentence about checks that do not pass, and what each of them says; "" and none where all is well."""
    found = [(name, one.lines) for one in report.failed_checks if (name := folding.clean(one.name, REPLY_CHECK_CHARS))]
    if not found:
        return "", []
    names = [words.quote(name) for name, _ in found[:REPLY_CHECKS]]
    if len(found) > len(names):
        names.append(words.files_more.format(count=len(found) - len(names)))
    rows = []
    for name, lines in found[:REPLY_CHECKS]:
        said = [line for line in (folding.clean(line, REPLY_CHECK_CHARS) for line in lines) if line]
        rows.append(Row(label=words.shown.label_check, value=words.quote(name), more=tuple(said)))
    return words.shown.checks_failed.format(names=", ".join(names)), rows


def text_changes(report: Report, words: Translation) -> list[Row]:
    """What reads differently, below one another."""
    said = []
    for one in report.text_changes[:REPLY_TEXTS]:
        before, after = (folding.clean(text, REPLY_CHECK_CHARS) for text in (one.before, one.after))
        if before and after:
            said.append(f"{words.quote(before)} → {words.quote(after)}")
        elif after:
            said.append(words.shown.text_added.format(after=words.quote(after)))
        elif before:
            said.append(words.shown.text_removed.format(before=words.quote(before)))
    return [Row(label=words.shown.label_text, value=said[0], more=tuple(said[1:]))] if said else []


def picture_pairs(report: Report, words: Translation) -> tuple[PicturePair, ...]:
    """The pictures of a report, those of one page on one device together."""
    pairs: dict[str, list[ShownPicture]] = {}
    for file in report.files:
        if file.picture is not None:
            page = folding.clean(file.picture.title or file.picture.page, REPLY_CHECK_CHARS)
            view = words.shown.views[file.picture.view].format(page=words.quote(page))
            pairs.setdefault(view, []).append(_picture(file, file.picture, view, words))
    return tuple(PicturePair(title=view, pictures=tuple(pictures)) for view, pictures in pairs.items())


def _picture(file: ShownFile, picture: wire.Picture, view: str, words: Translation) -> ShownPicture:
    side = words.shown.after if picture.after else words.shown.before
    says = folding.clean(picture.says, REPLY_CHECK_CHARS)
    template = words.shown.picture_says if says else words.shown.picture_alt
    return ShownPicture(
        label=side,
        alt=template.format(side=side, view=view, text=words.quote(says)),
        name=name_of(file),
        cid=cid_of(file),
        width=max(1, min(picture.width, PICTURE_WIDTH)),
    )


def attached(report: Report, words: Translation) -> str:
    """The sentence about the change line by line, where it is attached."""
    names = [name_of(file) for file in report.files if file.picture is None]
    return words.shown.diff_attached.format(name=words.quote(names[0])) if names else ""


def name_of(file: ShownFile) -> str:
    """The name of a file of a reply: what is on it, in ASCII."""
    if file.picture is None:
        return "change.diff"
    page = _UNFIT_IN_NAME.sub("-", file.picture.page).strip("-")[:40] or "home"
    return f"{page}-{file.picture.view.value}-{'after' if file.picture.after else 'before'}.png"


def cid_of(file: ShownFile) -> str:
    """The Content-ID of a file of a reply."""
    return f"{ids.digest('cid', file.key, chars=24)}@shown.hermes.invalid"
