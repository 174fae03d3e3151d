"""The content of replies about going live: the question to an approver, the answers to words about it, and what a result adds."""

from __future__ import annotations

from hermes.domain.reply_facts import Done, GoingLive, ReplyKind
from hermes.mail.write import draft as drafts
from hermes.mail.write.draft import ReplyDraft
from hermes.mail.write.translation import Translation


def say(facts: GoingLive, words: Translation, draft: ReplyDraft) -> None:
    """What it is about, who wants it, and whose answer is waited for."""
    asks = facts.kind in (ReplyKind.APPROVAL_ASKED, ReplyKind.APPROVAL_REMINDED)
    whose, by = drafts.line(facts.whose), drafts.line(facts.by)
    if asks and whose:
        draft.say((words.live.wanted_back if facts.takes_back else words.live.wanted).format(name=whose))
    if by:
        draft.body.insert(0, words.live.declined_by.format(name=by))
    draft.say(_waits_for(facts, words))
    title = drafts.line(facts.title)
    draft.row(words.label_request, words.quote(title) if title else "")
    draft.row(words.label_whose, "" if asks else whose)
    drafts.seen(facts.report, words, draft)


def done(facts: Done, words: Translation, draft: ReplyDraft) -> str:
    """What a result adds: what went live and by whose yes, or how it can; returns what to do next where that has words of its own."""
    title = drafts.line(facts.title)
    draft.row(words.label_request, words.quote(title) if title else "")
    names = [name for name in map(drafts.line, facts.approved_by) if name]
    draft.row(words.live.label_approved, ", ".join(names))
    draft.say(words.live.brought_together if facts.report.brought_together else "")
    if facts.asked_before:
        return words.live.needs_again
    return words.live.can_go_live if facts.can_go_live else ""


def _waits_for(facts: GoingLive, words: Translation) -> str:
    names = [name for name in map(drafts.line, facts.approvers) if name]
    if len(names) > 1:
        names[-2:] = [f"{names[-2]}{words.conjunction}{names[-1]}"]
    return words.live.waits_for.format(names=", ".join(names)) if names else ""
