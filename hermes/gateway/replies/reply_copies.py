"""Who else gets a reply: the owners who take part in its thread. Nobody else ever does, whatever a mail says of To, Cc or Reply-To."""

from __future__ import annotations

from collections.abc import Iterable

from hermes.config.current import ConfigSource
from hermes.config.loading import Config, Project
from hermes.domain.decisions import participation
from hermes.domain.decisions.participation import Audience
from hermes.domain.decisions.people import People
from hermes.domain.reply_facts import ReplyKind
from hermes.domain.sessions import Session
from hermes.mail.authenticate import token
from hermes.mail.parse import address
from hermes.mail.write import rate_limit


def may_read(config: Config, project: Project, named: str) -> bool:
    """Whether an address gets the replies of a project's thread: an owner's, read by a person, and none of Hermes' own."""
    ours = config.project_of(token.read(named)[0]) is not None
    return address.is_owner(named, project.owners) and not ours and not rate_limit.is_machine(named)


class ReplyCopies:
    """Chooses them anew for each reply: an owner who is none any more gets no further one."""

    def __init__(self, *, config: ConfigSource) -> None:
        self._config = config

    @property
    def people(self) -> People:
        """Which addresses are one person."""
        return self._config.current.persons

    def of(self, session: Session | None, kind: ReplyKind, *, to: str, also: Iterable[str] = ()) -> tuple[str, ...]:
        """The addresses besides `to`. `also` get it whoever else does: they stopped the command, or it does their request too."""
        config = self._config.current
        project = config.project_named(session.client, session.project) if session is not None else None
        if session is None or project is None or kind not in participation.FOR_THE_THREAD:
            return ()
        thread = session.participants if project.answer is Audience.THREAD else ()
        return participation.copies(to, (*also, *thread), lambda one: may_read(config, project, one), config.persons)
