"""Tells a question from a request in the form of a question: by its first words and its mark, in all languages of the tables."""

from __future__ import annotations

import re
from typing import Final

from hermes.mail.read.speech import clauses, languages
from hermes.mail.read.words import phrases

#: What a mail can be that is questions alone.
QUESTION_CHARS: Final = 1200
_SENTENCE: Final = re.compile(r"[^.!?…。！？\n]+[.!?…。！？]*")
_MARKS: Final = ("?", "？", "؟", "\u037e")
#: Words in front of the first one that tells.
_LEAD: Final = 3
_MOST_WORDS: Final = 6


def _starts(field: str) -> frozenset[tuple[str, ...]]:
    return frozenset(
        tuple(clauses.words_of(phrase.casefold()))
        for one in languages.LANGUAGES
        for phrase in str(getattr(one, field)).split("|")
    )


_QUESTIONS, _REQUESTS, _TELLING = _starts("questions"), _starts("requests"), _starts("telling")
_GREETINGS: Final = _starts("greetings")
#: Words that lead a question in: "and why …", "so, when …".
_LEADING: Final = phrases.words(
    "and|but|so|then|now|also|just|well|sorry|one|quick|question|und|aber|nur|noch|eine|frage|kurze|also|et|mais|alors|une|y|pero|"
    "entonces|una|pregunta|e|ma|allora",
    "domanda|mas|então|uma|pergunta|en|maar|dus|een|vraag|a|ale|więc|i|pytanie|kurz|oh|ok|okay|great|thanks|danke|merci|gracias|"
    "grazie|obrigado|bedankt|dzięki|hermes",
)
#: A question mark at the end tells; without one these must begin the sentence.
_SURE: Final = frozenset(
    one
    for one in _QUESTIONS
    if one
    and one[0]
    in phrases.words(
        "who|what|where|when|why|which|how|wer|was|wo|wann|warum|wieso|weshalb|welche|welcher|welches|wie|qui|où|quand|pourquoi|"
        "comment|combien|qu'est-ce|quién|qué|dónde|cuándo",
        "cómo|cuánto|chi|cosa|dove|quando|perché|come|quanto|quem|onde|como|wie|wat|waar|wanneer|waarom|hoe|kto|co|gdzie|kiedy|"
        "dlaczego|ile",
    )
)


def of(text: str) -> list[str]:
    """The sentences of a text, with their marks."""
    return [one.strip() for one in _SENTENCE.findall(text) if one.strip()]


def is_question(sentence: str) -> bool:
    """Whether a sentence asks for an answer alone."""
    words = clauses.words_of(sentence.casefold())
    marked = sentence.rstrip("\"'”»)* ").endswith(_MARKS)
    words = _without_lead(words)
    if not words or _begins(words, _TELLING):
        return bool(words)
    if _begins(words, _REQUESTS):
        return False
    if marked:
        return _begins(words, _QUESTIONS) or len(words) <= _MOST_WORDS or _inner(words)
    return _begins(words, _SURE) and len(words) > 2


def asks_for_work(sentence: str) -> bool:
    """Whether a question is a request by its form ("Can you …?")."""
    words = _without_lead(clauses.words_of(sentence.casefold()))
    return _begins(words, _REQUESTS) and not _begins(words, _TELLING)


def greets(line: str) -> bool:
    """Whether a line is how a mail begins, and no more: a greeting and perhaps a name."""
    if len(line) > 60 or line.rstrip().endswith(("?", "？")):
        return False
    words = clauses.words_of(line.casefold())
    longest = max((len(one) for one in _GREETINGS if one and tuple(words[: len(one)]) == one), default=0)
    return bool(longest) and len(words) - longest <= (
        _LEAD if line.rstrip().endswith((",", "!", ":", ".", "，")) else 2
    )


def _without_lead(words: list[str]) -> list[str]:
    for _ in range(_LEAD):
        if len(words) > 1 and words[0] in _LEADING and not _begins(words, _TELLING):
            words = words[1:]
    return words


def _begins(words: list[str], starts: frozenset[tuple[str, ...]]) -> bool:
    return any(tuple(words[:size]) in starts for size in range(1, _MOST_WORDS + 1))


def _inner(words: list[str]) -> bool:
    """Whether the word that asks stands behind a comma or two: "The title, why is it red?"."""
    return any((word,) in _SURE for word in words[:8])
