"""Renders every reply in every language: a table of languages, and a table from refusal to template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hermes.domain.decisions.shares import Measure
from hermes.domain.reply_facts import Done, GoingLive, RefusalKind, ReplyFacts, ReplyKind
from hermes.errors import Refusal
from hermes.mail.read.reading import Instead
from hermes.mail.write import compose, layout, reply_content
from hermes.mail.write.content import Readership
from hermes.mail.write.shown import content as shown
from hermes.mail.write.translation import Translation
from hermes.mail.write.translation_de import GERMAN
from hermes.mail.write.translation_en import ENGLISH
from hermes.mail.write.translation_es import SPANISH
from hermes.mail.write.translation_fr import FRENCH

#: A further language is a module like `translation_en` and a row here.
LANGUAGES: Final[Mapping[str, Translation]] = {words.code: words for words in (ENGLISH, GERMAN, FRENCH, SPANISH)}

#: The answer to a refusal; None: never answered, since the author is not proven or wrote to no project.
REFUSALS: Final[Mapping[Refusal, RefusalKind | None]] = {
    Refusal.NO_PROJECT: None,
    Refusal.NOT_AUTHENTICATED: None,
    Refusal.FROM_UNUSABLE: None,
    Refusal.NOT_AN_OWNER: ReplyKind.NOT_AN_OWNER,
    Refusal.NOT_ADDRESSED: ReplyKind.NOT_ADDRESSED,
    Refusal.HEADER_TWICE: ReplyKind.HEADER_TWICE,
    Refusal.NOT_SIGNED: ReplyKind.NOT_SIGNED,
    Refusal.NOT_RECENT: ReplyKind.NOT_RECENT,
    Refusal.NO_TEXT: ReplyKind.NO_TEXT,
    Refusal.TOO_LARGE: ReplyKind.TOO_LARGE,
    Refusal.HEADERS_TOO_LARGE: ReplyKind.HEADERS_TOO_LARGE,
    Refusal.TOO_MANY_PARTS: ReplyKind.TOO_MANY_PARTS,
    Refusal.TOO_DEEP: ReplyKind.TOO_DEEP,
    Refusal.TOO_MANY_RECIPIENTS: ReplyKind.TOO_MANY_RECIPIENTS,
    Refusal.TOO_MANY_ATTACHMENTS: ReplyKind.TOO_MANY_ATTACHMENTS,
    Refusal.ATTACHMENT_NOT_ALLOWED: ReplyKind.ATTACHMENT_NOT_ALLOWED,
    Refusal.UNREADABLE: ReplyKind.UNREADABLE,
    Refusal.BUSY: ReplyKind.BUSY,
    Refusal.UNSURE: ReplyKind.UNSURE,
}


#: What answers a mail without text, by what it has instead.
WITHOUT_TEXT: Final[Mapping[Instead, RefusalKind]] = {
    Instead.NOTHING: ReplyKind.NO_TEXT,
    Instead.FILES: ReplyKind.ONLY_FILES,
    Instead.ENCRYPTED: ReplyKind.ENCRYPTED,
}

#: The answer to a mail that meets this limit of a share.
SHARES: Final[Mapping[Measure, RefusalKind]] = {
    Measure.OPEN: ReplyKind.OPEN_LIMIT,
    Measure.HOURLY: ReplyKind.RATE_LIMIT,
    Measure.DAILY: ReplyKind.COST_LIMIT,
}
#: Replies that a share is used up: too many of them are dropped, not held, or a busy writer would get them for days.
LIMITS: Final = frozenset(SHARES.values())
#: The refusals of which a sender gets one a day: those of people who own nothing here. An owner waits for each answer, and gets it.
REJECTIONS: Final = frozenset({REFUSALS[Refusal.NOT_AN_OWNER]})


@dataclass(frozen=True)
class Rendered:
    """One reply in both its forms."""

    text: str
    html: str
    files: tuple[compose.MailFile, ...] = ()
    """What is shown in it or attached to it."""


def render(
    facts: ReplyFacts,
    *,
    language: str = "en",
    marker: str = "",
    project: str = "",
    details: bool = False,
    offset: int | None = None,
) -> Rendered:
    """The reply about these facts; `marker` is the signed marker of its footer, `project` the one to name.

    `details` adds the technical paragraph; `offset` is what the person's clock is ahead of UTC, minutes.
    """
    reader = Readership(details=details, offset=offset)
    written = reply_content.write(
        facts, LANGUAGES[language_of(language)], marker=marker, project=project, reader=reader
    )
    report = facts.report if isinstance(facts, Done | GoingLive) else None
    found = [file for file in report.files if file.picture is not None or details] if report is not None else []
    files = (
        compose.MailFile(
            name=shown.name_of(file),
            content_type="image/png" if file.picture is not None else "text/x-diff",
            data=file.data,
            cid=shown.cid_of(file) if file.picture is not None else "",
            key=file.key,
        )
        for file in found
    )
    return Rendered(text=layout.text(written), html=layout.html(written), files=tuple(files))


def language_of(tag: str | None) -> str:
    """The language to answer in for a tag as mails carry it (`de-AT`, `DE`, none)."""
    code = (tag or "").replace("_", "-").split("-")[0].strip().lower()
    return code if code in LANGUAGES else ENGLISH.code
