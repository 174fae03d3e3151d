"""The draft of a reply: what its parts say so far, and how values become words in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hermes import limits
from hermes.domain.reply_facts import Report
from hermes.mail.write import folding
from hermes.mail.write.content import Readership, Row
from hermes.mail.write.translation import Translation

#: The agent's own words in a reply.
REPLY_SUMMARY_CHARS: Final = 6000
#: Changed files named in a reply; the rest is counted.
REPLY_FILES_NAMED: Final = 8

_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x20\x7f-\U0010ffff]+\Z")


@dataclass(kw_only=True)
class ReplyDraft:
    """What a reply says, part by part."""

    reader: Readership
    body: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    details: list[Row] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """A sentence, once."""
        if sentence and sentence not in self.body:
            self.body.append(sentence)

    def row(self, label: str, value: str, *, more: Sequence[str] = ()) -> None:
        """A labelled value, where there is one."""
        if value:
            self.rows.append(Row(label=label, value=value, more=tuple(more)))

    def link(self, label: str, value: str) -> None:
        """A row that a person may click: only an address of the web, and only where Hermes puts one."""
        text = value.strip()
        if _LINK.match(text):
            self.rows.append(Row(label=label, value=text, link=True))

    def detail(self, label: str, value: str, *, link: bool = False) -> None:
        """A technical fact."""
        if self.reader.details and value and (not link or _LINK.match(value)):
            self.details.append(Row(label=label, value=value, link=link))


def seen(report: Report, words: Translation, draft: ReplyDraft) -> None:
    """Where the work can be seen, and which files it changed."""
    draft.link(words.label_preview, report.preview_url)
    list_row(words.label_files, [name for name in map(line, report.files_changed) if name], words, draft)


def named(names: Sequence[str], sentence: str, words: Translation, draft: ReplyDraft) -> None:
    """A sentence that names some files, the first few of them."""
    found = [name for name in map(line, names) if name]
    shown = [words.quote(name) for name in found[:REPLY_FILES_NAMED]]
    if len(found) > len(shown):
        shown.append(words.files_more.format(count=len(found) - len(shown)))
    elif len(shown) > 1:
        last = shown.pop()
        shown[-1] += f"{words.conjunction}{last}"
    if shown:
        draft.say(sentence.format(names=", ".join(shown)))


def list_row(label: str, values: Sequence[str], words: Translation, draft: ReplyDraft) -> None:
    """The first few below one another, the rest counted."""
    shown = list(values[:REPLY_FILES_NAMED])
    if len(values) > len(shown):
        shown.append(words.files_more.format(count=len(values) - len(shown)))
    if shown:
        draft.row(label, shown[0], more=shown[1:])


def line(value: str) -> str:
    """The first line with words in it, cleaned and cut."""
    text = next((line for line in value.splitlines() if line.strip()), "")
    whole = folding.clean(text, limits.PHRASE_CHARS + 1)
    return whole if len(whole) <= limits.PHRASE_CHARS else f"{whole[: limits.PHRASE_CHARS - 1].rstrip()}…"


def prose(value: str) -> str:
    """Several lines, each cleaned; blank lines part paragraphs."""
    lines = [line.expandtabs(2).rstrip() for line in value[:REPLY_SUMMARY_CHARS].splitlines()]
    kept = [folding.clean(line, REPLY_SUMMARY_CHARS) for line in lines]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    return f"{joined} …" if len(value) > REPLY_SUMMARY_CHARS else joined
