"""The words of one language by which a short mail says one thing alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Speech:
    """One language. Each field holds words and phrases, lower-case, with `|` between them; a clause that is made of `fillers` and of the
    phrases of one intent has that intent, in any order."""

    code: str
    stop: str
    status: str
    undo: str
    courtesy: str
    approve: str
    decline: str
    publish: str
    help: str
    build: str
    commit: str
    push: str
    preview: str
    fillers: str
    """Politeness, pronouns, adverbs, and the names of the work itself: they change no intent."""
    taken_back: str
    """With a word of `stop` they make it an undo: "cancel the last change"."""
    excuses: str
    """Whole clauses that explain and ask for nothing: "I made a mistake"."""
    subjects: str
    """First words of a statement about something or somebody: "the client", "it"."""
    blames: str
    """What such a statement says where it is the reason to stop or to undo: "hates", "looks awful". Other words may stand between."""
    wishes: str
    """Words by which it is a wish for something else after all: "should", "rather"."""
    apologies: str
    """Whole clauses that apologise: alone they need no answer."""
    greetings: str
    """How a mail begins: "hello", "dear"."""
    questions: str
    """First words of a question: "why", "did you"."""
    requests: str
    """First words of a request in the form of a question: "can you", "how about"."""
    telling: str
    """First words of such a request that asks for an answer alone: "can you tell me"."""
