"""The tables of what mails say, of all languages together: none contradicts another, and no quote, banner or disclaimer changes them."""

from __future__ import annotations

import collections
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes.domain.decisions.following import Following, Situation, follows
from hermes.domain.request import Intent
from hermes.mail.read import intent, newest
from hermes.mail.read.speech import clauses, languages
from hermes.mail.read.speech.speech import Speech
from tests.unit.mail import notice_samples, phone_lines, quote_headers

_FIELDS = tuple(one for one in Intent if hasattr(languages.LANGUAGES[0], one.value))
#: Words that are polite in one language and a yes in another: either is recorded where nothing was asked, and a yes where it was.
_BOTH = frozenset({Intent.COURTESY, Intent.APPROVE})
_SILENT = (Intent.COURTESY, Intent.REACTION, Intent.CALENDAR, Intent.RECALL)


def _phrases(speech: Speech, field: str) -> tuple[str, ...]:
    return tuple(" ".join(clauses.words_of(phrase.casefold())) for phrase in str(getattr(speech, field)).split("|"))


def test_no_two_languages_contradict_each_other() -> None:
    said: dict[str, dict[Intent, set[str]]] = collections.defaultdict(lambda: collections.defaultdict(set))
    for speech, field in itertools.product(languages.LANGUAGES, _FIELDS):
        for phrase in _phrases(speech, field.value):
            said[phrase][field].add(speech.code)
    wrong = {
        phrase: {one.value: sorted(codes) for one, codes in intents.items()}
        for phrase, intents in said.items()
        if len(intents) > 1 and not set(intents) <= _BOTH
    }
    assert wrong == {}


def test_no_apology_or_excuse_of_a_language_is_a_control_word_of_another() -> None:
    controls = {
        phrase
        for speech, field in itertools.product(languages.LANGUAGES, _FIELDS)
        if field not in _BOTH
        for phrase in _phrases(speech, field.value)
    }
    for speech in languages.LANGUAGES:
        for field in ("apologies", "excuses"):
            assert controls & set(_phrases(speech, field)) == set(), (speech.code, field)


@pytest.mark.parametrize("situation", list(Situation))
def test_what_asks_for_nothing_never_interrupts_whatever_the_thread_does(situation: Situation) -> None:
    for said in _SILENT:
        assert follows(said, situation) is Following.RECORD
    texts = [phrase for speech in languages.LANGUAGES for phrase in str(speech.courtesy).split("|")]
    texts += [phrase for speech in languages.LANGUAGES for phrase in str(speech.apologies).split("|")]
    for text in (*texts, *languages.FURTHER["courtesy"].split("|"), "👍", "🎉 🎉", ":-)", "<3"):
        for shown in (text, f"{text}!", text.capitalize()):
            found = intent.of(shown)
            follow = follows(found.intent, situation, agrees=found.agrees)
            if situation is Situation.ASKED and found.agrees:
                assert follow in (Following.RECORD, Following.COMMAND), shown  # "ok" is an answer to what was asked
            else:
                assert follow in (Following.RECORD, Following.NOTHING_WAITS), shown


_SAID = sorted(
    {
        (phrase, found.intent)
        for speech, field in itertools.product(languages.LANGUAGES, _FIELDS)
        for phrase in str(getattr(speech, field.value)).split("|")
        for found in (intent.of(phrase),)
    }
    | {("Make the title blue", Intent.REQUEST), ("Why is the title red?", Intent.QUESTION), ("👍", Intent.COURTESY)}
)


@settings(max_examples=500, deadline=None)
@given(
    said=st.sampled_from(_SAID),
    above=st.sampled_from(("", *notice_samples.BANNERS)),
    below=st.sampled_from(("", *notice_samples.FOOTERS)),
    phone=st.sampled_from(("", *phone_lines.ADDED)),
    header=st.sampled_from(("", *(header for _, header in quote_headers.ATTRIBUTIONS))),
    marked=st.booleans(),
)
def test_no_banner_disclaimer_phone_line_or_quote_of_any_table_changes_an_intent(
    said: tuple[str, Intent], above: str, below: str, phone: str, header: str, marked: bool
) -> None:
    text, wanted = said
    mark = "> " if marked or not header else ""
    quote = f"\n\n{header}\n{mark}Done. Please stop if you do not like it.\n{mark}\n{mark}Hermes" if header else ""
    body = "\n\n".join(part for part in (above, text, phone, below) if part) + quote
    assert intent.of(newest.cut(body).text, author="Anna Miller").intent is wanted, body
