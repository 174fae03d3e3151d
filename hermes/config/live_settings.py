"""The settings of going live: which branch a project's people see, and whose yes brings a change to it."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hermes.config.publish_settings import OWN_PREFIXES
from hermes.domain import idn
from hermes.domain.decisions.going_live import ANOTHER, Needs
from hermes.domain.request import LiveMode

#: The most approvers whom a request is mailed to: one transaction writes two rows for each of them.
APPROVERS: Final = 10

_BRANCH: Final = re.compile(r"(?!-)(?!.*(?:\.\.|//|@\{|\.lock\Z))[^\s~^:?*\[\\\x00-\x1f\x7f]+(?<![/.])\Z")
_DAY_SECONDS: Final = 86400.0


def _branch(value: str) -> str:
    if not _BRANCH.match(value):
        raise ValueError(f"{value!r} cannot be a branch")
    return value


def _address(value: str) -> str:
    try:
        valid = idn.validated(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no mail address: {error}") from error
    return f"{idn.ascii_lower(valid.local)}@{valid.domain}"


def _prefix(value: str) -> str:
    parts = value.strip("/").split("/")
    if value.startswith("/") or any(part in ("", ".", "..") for part in parts) or "{" in value:
        raise ValueError(f'{value!r} is no prefix of a bucket; write it like "site/", without placeholders')
    return "/".join(parts) + "/"


class LiveSettings(BaseModel):
    """How a project's changes go live."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    branch: Annotated[str, AfterValidator(_branch)] | None = None
    """The branch that is live; the project's default branch if not given."""
    mode: LiveMode = LiveMode.MERGE
    approvers: tuple[Annotated[str, AfterValidator(_address)], ...] = Field((), max_length=APPROVERS)
    """The addresses of those who say yes, beside the owners with that role; each is an owner."""
    needs: Annotated[int, Field(ge=1, le=APPROVERS)] | Literal["another"] = 1
    """How many approvers have to say yes; "another": one who did not ask for it."""
    fresh: bool = True
    """Each request that changes something begins with the newest live branch."""
    remind_days: float = Field(2, gt=0, le=60)
    """An approver who has not answered is reminded once after this."""
    end_days: float = Field(30, gt=0, le=80)
    """A request that nobody has answered by then ends."""
    keep_days: float = Field(14, ge=0, le=3650)
    """The branch of a thread is deleted this long after its work went live; 0: never."""
    url: str | None = Field(None, pattern=r"^https?://\S+$")
    """Where the live pages are seen; replies link to it."""
    prefix: Annotated[str, AfterValidator(_prefix)] | None = None
    """Where the built pages of the live branch are put, in the bucket of `publish`; without it, whatever follows the branch does that."""

    @model_validator(mode="after")
    def _reminds_before_it_ends(self) -> Self:
        if self.remind_days >= self.end_days:
            raise ValueError("remind_days has to be less than end_days")
        if self.prefix is not None and self.prefix.split("/", 1)[0] in OWN_PREFIXES:
            raise ValueError(f"prefix {self.prefix!r} could meet what Hermes keeps there; begin with another word")
        return self

    @property
    def needed(self) -> Needs:
        """Whose yes it takes."""
        return ANOTHER if self.needs == "another" else self.needs

    @property
    def remind_seconds(self) -> float:
        """Seconds until an approver is reminded."""
        return self.remind_days * _DAY_SECONDS

    @property
    def end_seconds(self) -> float:
        """Seconds until a request ends."""
        return self.end_days * _DAY_SECONDS
