"""Tells what a clause says alone, from the phrases of all languages: its words must all be known, in any order.

Word by word and without patterns, so that the cost is linear in the clause; a clause has few words, or it says more than one thing.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from hermes.domain.request import Intent
from hermes.mail.read.speech import languages
from hermes.mail.read.speech.speech import Speech

#: Words of a clause that can be one thing alone.
_CLAUSE_WORDS: Final = 24
#: Words of a clause that tells what is wrong; a longer one may ask for something.
_BLAME_WORDS: Final = 12
_WORD: Final = re.compile(r"[^\W_](?:[\w'’.-]*[\w])?")
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
#: Labels that are no intent.
_FILLER: Final = "filler"
_BACK: Final = "back"
_NEUTRAL: Final = frozenset({_FILLER, _BACK})
_INTENTS: Final = (
    Intent.STOP,
    Intent.STATUS,
    Intent.UNDO,
    Intent.COURTESY,
    Intent.APPROVE,
    Intent.DECLINE,
    Intent.PUBLISH,
    Intent.HELP,
    Intent.BUILD,
    Intent.COMMIT,
    Intent.PUSH,
    Intent.PREVIEW,
)
#: How the verbs begin that take back what was done as well as stop what is done, in all languages of the tables.
_CANCELS: Final = ("cancel", "annul", "anul", "storn", "scrap", "odwoł")


#: Verbs of doing: they belong to many a phrase, but alone they ask for work ("please do this").
_DOES: Final = frozenset(
    [
        "do",
        "doing",
        "make",
        "show",
        "send",
        "give",
        "mach",
        "mache",
        "machen",
        "zeig",
        "zeige",
        "zeigen",
        "schick",
        "schicke",
        "schicken",
        "stell",
        "stelle",
        "nimm",
        "setz",
        "setze",
        "fais",
        "faites",
        "faire",
        "montre",
        "montrez",
        "envoie",
        "envoyez",
        "remets",
        "remettez",
        "haz",
        "haga",
        "hacer",
        "fai",
        "fare",
        "faccia",
        "faz",
        "faça",
        "fazer",
        "doe",
        "doen",
        "maak",
        "draai",
        "zet",
        "haal",
        "neem",
        "stuur",
        "zrób",
        "zróbcie",
        "robić",
    ]
)


#: Words of courtesy that are also a yes to a question.
_AGREES: Final = frozenset(
    (
        "ok",
        "okay",
        "okej",
        "oké",
        "k",
        "alright",
        "fine",
        "good",
        "gut",
        "passt",
        "vale",
        "bon",
        "bien",
        "dobra",
        "dobrze",
    )
)


class Clause(NamedTuple):
    """What a clause says: an intent, or None where it only is polite, greets or excuses itself; and whether it also agrees ("ok")."""

    intent: Intent | None
    agrees: bool = False


class _Index:
    """The phrases of one language by their first word."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._by_first: dict[str, dict[tuple[str, ...], set[str]]] = {}
        self.whole: dict[str, set[str]] = {}
        for label, phrases in fields.items():
            for phrase in phrases.split("|"):
                words = tuple(words_of(phrase.casefold()))
                self.whole.setdefault("".join(words), set()).add(label)
                self._by_first.setdefault(words[0], {}).setdefault(words, set()).add(label)

    def labels(self, words: list[str]) -> list[tuple[tuple[str, ...], set[str]]] | None:
        """The phrases that the words are made of, longest first; None where a word belongs to none."""
        found: list[tuple[tuple[str, ...], set[str]]] = []
        position = 0
        while position < len(words):
            phrases = self._by_first.get(words[position], {})
            fitting = [one for one in phrases if tuple(words[position : position + len(one)]) == one]
            if not fitting:
                return None
            longest = max(fitting, key=len)
            found.append((longest, phrases[longest]))
            position += len(longest)
        return found


def words_of(text: str) -> list[str]:
    """The words of a casefolded text, with one form of apostrophe."""
    return _WORD.findall(text.replace("’", "'").replace("‘", "'"))


def _fields(speech: Speech) -> dict[str, str]:
    fields = {intent.value: str(getattr(speech, intent.value)) for intent in _INTENTS}
    return {**fields, _FILLER: f"{speech.fillers}|{speech.greetings}|hermes", _BACK: speech.taken_back}


_FURTHER: Final = {_FILLER if label == "fillers" else label: phrases for label, phrases in languages.FURTHER.items()}
_INDEXES: Final = (*(_Index(_fields(one)) for one in languages.LANGUAGES), _Index(_FURTHER))
_EXCUSES: Final = frozenset(
    " ".join(words_of(phrase.casefold())) for one in languages.LANGUAGES for phrase in one.excuses.split("|")
)
_APOLOGIES: Final = frozenset(
    " ".join(words_of(phrase.casefold())) for one in languages.LANGUAGES for phrase in one.apologies.split("|")
)
_EXPLAINS: Final = _EXCUSES | _APOLOGIES


def read(clause: str, names: frozenset[str] = frozenset()) -> Clause | None:
    """What a casefolded clause says alone; None where it says anything else. `names` may stand in it."""
    words = words_of(clause)
    if not words or len(words) > _CLAUSE_WORDS:
        return None if words else Clause(None)
    if " ".join(words) in _EXPLAINS:
        return Clause(None)
    kept = [word for word in words if word not in names]
    if not kept:
        return Clause(None)
    verdicts = [one for index in _INDEXES if (one := _in(index, kept)) is not None]
    said = {one.intent for one in verdicts if one.intent is not None}
    if len(said) > 1:
        return None
    if said:
        return Clause(said.pop(), any(one.agrees for one in verdicts))
    return Clause(None) if verdicts else None


def is_excuse(clause: str) -> bool:
    """Whether a casefolded clause only explains ("I made a mistake")."""
    return " ".join(words_of(clause)) in _EXCUSES


def blames(clause: str) -> bool:
    """Whether a casefolded clause tells what is wrong with something ("the client hates it"), and wishes for nothing else."""
    words = words_of(clause)
    return 1 < len(words) <= _BLAME_WORDS and any(one.blames(words) for one in _JUDGEMENTS)


class _Judgements:
    """How one language tells what is wrong."""

    def __init__(self, speech: Speech) -> None:
        self._subjects = frozenset(word for one in speech.subjects.split("|") for word in words_of(one.casefold()))
        self._blames, self._wishes = (
            [words_of(phrase.casefold()) for phrase in field.split("|")] for field in (speech.blames, speech.wishes)
        )

    def blames(self, words: list[str]) -> bool:
        """Whether the words begin with a subject and have in their order those of a judgement."""
        # "L'équipe déteste": an article that is written together with its noun.
        if self._subjects.isdisjoint((words[0], words[0].partition("'")[0])):
            return False
        if any(_stands_in(words, one) for one in self._wishes):
            return False
        return any(_stands_in(words[1:], one) for one in self._blames)


def _stands_in(words: list[str], phrase: list[str]) -> bool:
    left = iter(words)
    return all(one in left for one in phrase)


_JUDGEMENTS: Final = tuple(_Judgements(one) for one in languages.LANGUAGES)


def is_apology(clause: str) -> bool:
    """Whether a casefolded clause only apologises ("Sorry")."""
    return " ".join(words_of(clause)) in _APOLOGIES


def _in(index: _Index, words: list[str]) -> Clause | None:
    joined = "".join(words)
    if _UNSPACED.search(joined) and joined in index.whole:
        return _verdict([((joined,), index.whole[joined])])
    found = index.labels(words)
    return _verdict(found) if found is not None else None


def _verdict(found: list[tuple[tuple[str, ...], set[str]]]) -> Clause | None:
    agrees = any(Intent.APPROVE.value in labels or words[0] in _AGREES for words, labels in found)
    sure = {label for _, labels in found if not labels & _NEUTRAL for label in labels}
    sure = sure or {label for _, labels in found for label in labels} - _NEUTRAL
    back = any(labels == {_BACK} for _, labels in found)
    if back and sure == {Intent.STOP.value} and any(words[0].startswith(_CANCELS) for words, _ in found):
        return Clause(Intent.UNDO)
    if len(sure) > 1:
        sure -= {Intent.COURTESY.value}
    if len(sure) > 1:
        sure -= {Intent.APPROVE.value}
    if sure <= {Intent.APPROVE.value} and any(words[0] in _DOES for words, labels in found if _FILLER in labels):
        return None
    if not sure:
        return None if back else Clause(None)
    return Clause(Intent(sure.pop()), agrees) if len(sure) == 1 else None
