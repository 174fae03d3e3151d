"""The mails to approvers: whether something may go live, and the reminder of it; each in the thread of whoever asked."""

from __future__ import annotations

from typing import Final

from hermes.aws.objects import Objects
from hermes.config.loading import Project
from hermes.domain.commands import Command
from hermes.domain.publishing.approvals import Approval
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import GoingLive, GoingLiveKind, ReplyKind, Report
from hermes.gateway.replies import shown_files
from hermes.gateway.replies.replies import ReplyWriter

#: What the ids of these mails end with, and a number.
_ASKED: Final = "asked-"
_REMINDED: Final = "reminded-"


def seen_in(reply_id: str | None) -> tuple[str | None, bool]:
    """Of the mail that somebody answers: the command whose result it showed, or the approval that it asked for (then True)."""
    if reply_id is None:
        return None, False
    named, _, kind = reply_id.partition("#")
    if kind.startswith((_ASKED, _REMINDED)):
        return named, True
    return (named, False) if kind == "final" else (None, False)


class ApprovalMails:
    """Writes them; whoever writes the approval writes the rows with it."""

    def __init__(self, *, writer: ReplyWriter, objects: Objects) -> None:
        """`objects` has the pictures of the work."""
        self._writer = writer
        self._objects = objects

    async def asking(
        self, approval: Approval, project: Project, made_by: Command | None, *, session_id: str, words: str = ""
    ) -> tuple[Reply, ...]:
        """The question, to each approver who is asked; `made_by` is the command whose work it is about."""
        return await self._written(ReplyKind.APPROVAL_ASKED, _ASKED, approval, project, made_by, session_id, words)

    async def reminding(
        self, approval: Approval, project: Project, made_by: Command | None, *, session_id: str
    ) -> tuple[Reply, ...]:
        """The reminder, to each approver who has not said yes."""
        return await self._written(ReplyKind.APPROVAL_REMINDED, _REMINDED, approval, project, made_by, session_id, "")

    async def _written(
        self,
        kind: GoingLiveKind,
        which: str,
        approval: Approval,
        project: Project,
        made_by: Command | None,
        session_id: str,
        words: str,
    ) -> tuple[Reply, ...]:
        people = self._writer.people
        said = {one.person for one in approval.consents}
        to = [one for one in approval.asked if people.person(one) not in said and project.owns(one)]
        result = made_by.result if made_by is not None else None
        report = Report()
        if result is not None:
            report = Report.of(result, files=await shown_files.of_result(self._objects, session_id, result))
        facts = GoingLive(
            kind=kind,
            title=approval.title,
            whose=approval.requested.name,
            words=words,
            takes_back=approval.takes_back,
            report=report,
        )
        mails: list[Reply] = []
        for number, address in enumerate(to):
            origin = approval.requested.model_copy(
                update={"author": address, "author_name": "", "offset": None, "details": project.details}
            )
            mails += self._writer.write(
                reply_id=f"{approval.approval_id}#{which}{number}",
                facts=facts,
                origin=origin,
                scope=project.name,
                session_id=session_id,
            )
        return tuple(mails)
