"""What operators hold back: pauses, under which nothing starts, and blocked senders."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hermes.domain import idn

#: The subject of a pause of everything.
EVERYTHING = "everything"


class Hold(BaseModel):
    """One pause or one block."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: str
    """Of a pause: `everything`, `client acme`, `project acme/site`, `person anna@acme.example`. Of a block: an address, or `@domain`."""
    by: str
    """The operator's name."""
    reason: str = ""
    at: float
    """Epoch seconds."""

    def covers(self, project: str, person: str) -> bool:
        """Whether, as a pause, it holds back commands of this person in this project (`client/project`)."""
        return self.subject in (
            EVERYTHING,
            f"client {project.partition('/')[0]}",
            f"project {project}",
            f"person {idn.ascii_lower(person)}",
        )

    @property
    def said(self) -> str:
        """The subject for the log, without an address."""
        return "a person" if self.subject.startswith("person ") else self.subject

    def bars(self, address: str) -> bool:
        """Whether, as a block, it is about this address."""
        found = idn.ascii_lower(address)
        return found.endswith(self.subject) if self.subject.startswith("@") else found == self.subject


class Holds(BaseModel):
    """Everything that is held back now."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pauses: tuple[Hold, ...] = ()
    """Oldest first."""
    blocks: tuple[Hold, ...] = ()
    """Oldest first."""

    def paused(self, project: str, person: str) -> Hold | None:
        """The pause that holds back this person's commands in this project; None: they start."""
        return next((one for one in self.pauses if one.covers(project, person)), None)

    def blocked(self, address: str) -> Hold | None:
        """The block of an address; None: there is none."""
        return next((one for one in self.blocks if one.bars(address)), None)
