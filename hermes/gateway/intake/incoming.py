"""One mail on its way to an outcome: what is known of it before any record is read."""

from __future__ import annotations

import dataclasses

from hermes.config.loading import Project
from hermes.domain.commands import Origin
from hermes.domain.decisions.people import Participant
from hermes.domain.pointer import Pointer
from hermes.mail.read import reading


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An admitted mail: authenticated, from an owner, with a request in it."""

    pointer: Pointer
    order: float
    """Place in ingress order, epoch seconds."""
    mail_id: str
    content: str
    """The id of its content (`hermes.mail.parse.content`)."""
    marks: tuple[str, ...] = ()
    """The ids of the signatures that prove it (`hermes.mail.authenticate.trust`)."""
    project: Project
    reading: reading.Reading
    origin: Origin
    author: Participant
    token: str
    """The token of this attempt at handling it."""

    @property
    def said_with_it(self) -> str:
        """The newest text, where it says more than one word."""
        text = self.reading.newest.text.strip() if self.reading.newest is not None else ""
        return text if len(text.split()) > 1 else ""

    @property
    def brought(self) -> tuple[str, ...]:
        """The names of what came with it."""
        return tuple(one.name for one in self.reading.mail.attachments) if self.reading.mail else ()
