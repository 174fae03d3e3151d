"""Renders every reply in every language: a table of languages, and a table from refusal to template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hermes.domain.decisions.shares import Measure
from hermes.domain.interrupts import InterruptReason
from hermes.errors import Refusal
from hermes.mail.write import layout, reply_content
from hermes.mail.write.translation import ReplyKind, Translation
from hermes.mail.write.translation_de import GERMAN
from hermes.mail.write.translation_en import ENGLISH

__all__ = ["LANGUAGES", "REFUSALS", "Rendered", "ReplyKind", "language_of", "reason_words", "render"]

#: A further language is a module like `words_en` and a row here.
LANGUAGES: Final[Mapping[str, Translation]] = {words.code: words for words in (ENGLISH, GERMAN)}

#: What answers a refusal; None is never answered: whoever wrote it may not be who they say, or wrote to nobody.
REFUSALS: Final[Mapping[Refusal, ReplyKind | None]] = {
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
    Refusal.OPEN_LIMIT: ReplyKind.OPEN_LIMIT,
    Refusal.RATE_LIMIT: ReplyKind.RATE_LIMIT,
    Refusal.COST_LIMIT: ReplyKind.COST_LIMIT,
    Refusal.UNSURE: ReplyKind.UNSURE,
}


#: Which limit of a share is met -> the refusal.
SHARES: Final[Mapping[Measure, Refusal]] = {
    Measure.OPEN: Refusal.OPEN_LIMIT,
    Measure.HOURLY: Refusal.RATE_LIMIT,
    Measure.DAILY: Refusal.COST_LIMIT,
}
#: The news that a share is used up: too many of them are dropped, not held, for whoever writes so much would be written to for days.
LIMITS: Final = frozenset(REFUSALS[refusal] for refusal in SHARES.values())
#: The refusals of which a sender gets one a day: those of people who own nothing here. An owner waits for each answer, and gets it.
REJECTIONS: Final = frozenset({REFUSALS[Refusal.NOT_AN_OWNER]})


@dataclass(frozen=True)
class Rendered:
    """One reply in both its forms."""

    text: str
    html: str


def render(kind: str | ReplyKind, facts: reply_content.Facts, *, language: str = "en") -> Rendered:
    """The reply of this kind. Facts (all optional; others are ignored):

    - the request: `instruction` (its first line is shown), `policy`, `policy_kept` (set for the thread with it) and `policy_usual` (no
      longer set), `superseded` (what was stopped for it: a mapping of
      `instruction`, `branch`, `commit`, `pushed`, `never_started`, `aside` (it is of another thread and goes on), or several);
    - the result: `summary` (the agent's words), `files_changed`, `diffstat`, `commit` (short), `branch`, `pushed`, `preview_url`,
      `duration` (seconds), `cost` (US dollars), `restarts` or `attempt`, `error`, `hint`, `log_url`, `question`;
    - the stop: `reason` (an `InterruptReason`), `stopped_by` (first line of the newer mail), `elsewhere` (that one is of another thread),
      `never_started`, `put_aside` (it waited for one of another thread), `limit_passed` (a `Limit`, under `resource_limit`);
    - the status: `state`, `waits_elsewhere`, `thread_policy`, `since` (seconds, or a moment in epoch seconds), `step`, `branch`,
      `last_commit`, `waiting` (first lines);
    - a refusal: `name` (of the attachment), `limit` (in words);
    - a share that is used up: `measure`, `whose`, `most`, `until` (epoch seconds);
    - `marker`: the signed marker of the footer.
    """
    written = reply_content.write(ReplyKind(kind), facts, LANGUAGES[language_of(language)])
    return Rendered(text=layout.text(written), html=layout.html(written))


def reason_words(reason: InterruptReason, *, language: str = "en") -> str:
    """Why a command was stopped, as a sentence."""
    return LANGUAGES[language_of(language)].reasons[reason]


def language_of(tag: str | None) -> str:
    """The language to answer in for a tag as mails carry it (`de-AT`, `DE`, none)."""
    code = (tag or "").replace("_", "-").split("-")[0].strip().lower()
    return code if code in LANGUAGES else ENGLISH.code
