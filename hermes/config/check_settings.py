"""The settings of checks: what has to hold for a change before it is pushed."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

#: One check, if its own limit is not set.
CHECK_SECONDS: Final = 300.0
#: A page above this is slow on a phone, if the project says nothing else; without what it refers to.
PAGE_MB: Final = 5.0
#: Characters of a command by which it is named where it has no name.
_NAME_CHARS: Final = 40

SITE = "site"
"""The name of the built-in check."""


class CheckCommand(BaseModel):
    """One check: a line for the shell; exit status 0 means that it passed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str = Field(min_length=1)
    name: str = Field("", max_length=60)
    """What people are told that it is called; the beginning of the command if not given."""
    seconds: float = Field(CHECK_SECONDS, gt=0, le=7200)

    @model_validator(mode="after")
    def _named(self) -> CheckCommand:
        given = " ".join((self.name or self.run).split())
        name = given if self.name or len(given) <= _NAME_CHARS else f"{given[: _NAME_CHARS - 1]}…"
        # Frozen for everybody else.
        object.__setattr__(self, "name", name)
        return self


class CheckSettings(BaseModel):
    """A project's checks; written as a table in the configuration and handed to the worker as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commands: tuple[CheckCommand, ...] = Field((), max_length=20)
    """Run one after the other in the worktree; a plain text is a command with the usual limit."""
    site: bool = False
    """The built-in check of the site's pages: links and images that no longer resolve, HTML that no longer parses, too large pages."""
    page_mb: float = Field(PAGE_MB, gt=0)
    """The largest page that the built-in check lets through, in MB."""
    allow_failing: bool = False
    """A change may be published although a check fails."""

    @field_validator("commands", mode="before")
    @classmethod
    def _lines_too(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [{"run": one} if isinstance(one, str) else one for one in value]

    @model_validator(mode="after")
    def _told_apart(self) -> CheckSettings:
        names = [one.name for one in self.commands] + [SITE] * self.site
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two checks are called {name!r}; give one of them another `name`")
        if not names:
            raise ValueError("there is nothing to check; set `commands`, or `site = true`")
        return self
