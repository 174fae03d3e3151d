"""What a list is to show: the words of a search, as the page, the API and the command line take them.

    homepage title                     words of the subject, all of them
    project:acme/site project:acme     one project, or all of a client's
    person:anna@acme.example           a person; person:@acme.example: everybody of a domain
    state:running state:failed         a state
    since:7d  until:2026-11-20         a span (m, h, d, w) before now, a date, or a date with a time
    -state:succeeded -draft            not

Several values of one name are alternatives; everything else must hold together.
"""

from __future__ import annotations

import dataclasses
import datetime
import re
import shlex
from collections.abc import Callable, Iterable
from typing import Final

from hermes import errors
from hermes.domain import idn

_SPAN: Final = re.compile(r"(\d{1,6})([smhdw])\Z")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_NAMES: Final = ("project", "person", "state")
#: A search is a line that somebody typed.
_MOST_CHARS: Final = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one attribute must be one of, and must not be."""

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    def hold(self, fits: Callable[[str], bool]) -> bool:
        """Whether they hold; `fits` tells whether a value is the row's."""
        return (not self.any_of or any(map(fits, self.any_of))) and not any(map(fits, self.none_of))

    def admit(self, value: str) -> bool:
        """Whether they hold for a row that has exactly this value."""
        return self.hold(value.__eq__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A search. Empty: everything."""

    project: Terms = Terms()
    person: Terms = Terms()
    state: Terms = Terms()
    words: tuple[str, ...] = ()
    no_words: tuple[str, ...] = ()
    since: float | None = None
    """Epoch seconds."""
    until: float | None = None

    def admits(
        self, *, project: str | None, person: str | None, subject: str, state: str | None = None, at: float
    ) -> bool:
        """Whether a row with these facts is wanted; `state` None: it is not known yet and not looked at."""
        return (
            self.project.hold(lambda value: _is_project(value, project or ""))
            and self.person.hold(lambda value: is_person(value, person))
            and (state is None or self.state.admit(state))
            and (self.since is None or at >= self.since)
            and (self.until is None or at <= self.until)
            and _worded(subject, self.words, self.no_words)
        )


EVERYTHING: Final = Wanted()


def _is_project(wanted: str, project: str) -> bool:
    return wanted in (project, project.partition("/")[0])


def is_person(wanted: str, address: str | None) -> bool:
    """Whether the address is the wanted one, or in the wanted domain (`@acme.example`)."""
    sought, found = idn.ascii_lower(wanted), idn.ascii_lower(address or "")
    return found.endswith(sought) if sought.startswith("@") else found == sought


def _worded(subject: str, words: Iterable[str], no_words: Iterable[str]) -> bool:
    text = subject.casefold()
    return all(word in text for word in words) and not any(word in text for word in no_words)


def parse(text: str, *, now: float, states: Iterable[str] = ()) -> Wanted:
    """Read a search. Raises `errors.BadQuery` with what is wrong; `states` are those that the list knows."""
    if len(text) > _MOST_CHARS:
        raise errors.BadQuery(f"a search has at most {_MOST_CHARS} characters")
    try:
        parts = shlex.split(text, posix=True)
    except ValueError:
        parts = text.replace('"', " ").replace("'", " ").split()  # an apostrophe is mostly one
    terms: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in _NAMES}
    words: tuple[list[str], list[str]] = ([], [])
    bounds: dict[str, float] = {}
    for part in parts:
        negative = part.startswith("-") and len(part) > 1
        name, colon, value = part.removeprefix("-" if negative else "").partition(":")
        if colon and value and name in terms:
            if name == "state" and states and value not in set(states):
                raise errors.BadQuery(f"no such state: {value!r}; states are {', '.join(states)}")
            terms[name][negative].append(value)
        elif colon and value and name in ("since", "until"):
            if negative:
                raise errors.BadQuery(f"-{name} means nothing; use {'until' if name == 'since' else 'since'}")
            bounds[name] = moment(value, now=now)
        else:
            words[negative].append(part.removeprefix("-" if negative else "").casefold())
    made = {name: Terms(any_of=tuple(yes), none_of=tuple(no)) for name, (yes, no) in terms.items()}
    return Wanted(
        project=made["project"],
        person=made["person"],
        state=made["state"],
        words=tuple(words[0]),
        no_words=tuple(words[1]),
        since=bounds.get("since"),
        until=bounds.get("until"),
    )


def moment(text: str, *, now: float) -> float:
    """A span before now (`90m`, `7d`), or a date, with a time perhaps; without a zone it is this machine's. Raises `errors.BadQuery`."""
    if found := _SPAN.match(text):
        return now - int(found.group(1)) * _SECONDS[found.group(2)]
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise errors.BadQuery(f"{text!r} is no time; write 90m, 12h, 7d, 2026-11-20 or 2026-11-20T14:30") from error
