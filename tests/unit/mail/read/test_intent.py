"""What a mail is meant to say: whole phrases of every language, and never because of what stands around them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes.domain.decisions.following import Following, Situation, follows
from hermes.domain.request import Intent
from hermes.mail.read import intent, newest
from hermes.mail.read.speech import clauses, languages
from tests.unit.mail import notice_samples, phone_lines

_FIELDS = tuple(one for one in Intent if hasattr(languages.LANGUAGES[0], one.value))
_PHRASES = {
    one: sorted({phrase for speech in languages.LANGUAGES for phrase in str(getattr(speech, one.value)).split("|")})
    for one in _FIELDS
}
#: Words of one language that say another thing in a mail of that language's own: a phrase may lead to another intent only by these.
_BOTH = {("ok", Intent.APPROVE), ("okay", Intent.APPROVE)}

SAID = (
    ("Thanks!", Intent.COURTESY),
    ("Danke dir, super!", Intent.COURTESY),
    ("👍", Intent.COURTESY),
    ("🎉🎉", Intent.COURTESY),
    (":-)", Intent.COURTESY),
    ("Great job, thank you so much for your quick help!", Intent.COURTESY),
    ("Merci beaucoup, c'est parfait.", Intent.COURTESY),
    ("Muchas gracias, ha quedado genial", Intent.COURTESY),
    ("¡Muchas gracias! Me encanta.", Intent.COURTESY),
    ("Grazie mille, perfetto!", Intent.COURTESY),
    ("Muito obrigada, ficou ótimo!", Intent.COURTESY),
    ("Hartelijk dank, ziet er goed uit!", Intent.COURTESY),
    ("Dziękuję bardzo, super!", Intent.COURTESY),
    ("How far are you?", Intent.STATUS),
    ("Wie weit bist du?", Intent.STATUS),
    ("Où en êtes-vous ?", Intent.STATUS),
    ("¿Cómo va?", Intent.STATUS),
    ("A che punto sei?", Intent.STATUS),
    ("Já está pronto?", Intent.STATUS),
    ("Hoe ver ben je?", Intent.STATUS),
    ("Jak ci idzie?", Intent.STATUS),
    ("Stopp bitte, ich habe mich vertan", Intent.STOP),
    ("never mind", Intent.STOP),
    ("wait, hold on", Intent.STOP),
    ("STOP!!", Intent.STOP),
    ("Stop. That was a mistake, sorry!", Intent.STOP),
    ("Arrêtez tout, s'il vous plaît", Intent.STOP),
    ("Para, por favor", Intent.STOP),
    ("Fermati, ho sbagliato", Intent.STOP),
    ("Pare, por favor. Foi engano.", Intent.STOP),
    ("Stop maar, laat maar zitten", Intent.STOP),
    ("Proszę zatrzymać", Intent.STOP),
    ("停止", Intent.STOP),
    ("Annulez la dernière modification", Intent.UNDO),
    ("can you undo the last change?", Intent.UNDO),
    ("Cancel the last change please", Intent.UNDO),
    ("Mach die letzte Änderung bitte rückgängig", Intent.UNDO),
    ("Kannst du das bitte wieder rückgängig machen?", Intent.UNDO),
    ("Stop, undo that", Intent.UNDO),
    ("Deshaz el último cambio", Intent.UNDO),
    ("Annulla l'ultima modifica", Intent.UNDO),
    ("Desfaça a última alteração", Intent.UNDO),
    ("Maak de laatste wijziging ongedaan", Intent.UNDO),
    ("Cofnij ostatnią zmianę", Intent.UNDO),
    ("Yes", Intent.APPROVE),
    ("Freigegeben!", Intent.APPROVE),
    ("No, thank you", Intent.DECLINE),
    ("Yes, publish it", Intent.PUBLISH),
    ("Bitte veröffentlichen", Intent.PUBLISH),
    ("Help", Intent.HELP),
    ("Was kann ich schreiben?", Intent.HELP),
    ("Please build", Intent.BUILD),
    ("Zeig mir bitte die Vorschau", Intent.PREVIEW),
    ("Why is the title red?", Intent.QUESTION),
    ("Where can I see it?", Intent.QUESTION),
    ("Did you change the footer? Thanks!", Intent.QUESTION),
    ("Can you tell me where the logo comes from?", Intent.QUESTION),
    ("The title of the start page, why is it red?", Intent.QUESTION),
    ("The title of the start page goes in red, ok?", Intent.REQUEST),
    ("Wo kann ich das sehen?", Intent.QUESTION),
    ("Hast du das Logo geändert?", Intent.QUESTION),
    ("Pourquoi le titre est-il rouge ?", Intent.QUESTION),
    ("¿Dónde puedo verlo?", Intent.QUESTION),
    ("Perché il titolo è rosso?", Intent.QUESTION),
    ("Onde posso ver isso?", Intent.QUESTION),
    ("Waarom is de titel rood?", Intent.QUESTION),
    ("Dlaczego tytuł jest czerwony?", Intent.QUESTION),
    ("Can you change the title?", Intent.REQUEST),
    ("Could you please make it blue?", Intent.REQUEST),
    ("How about a larger logo?", Intent.REQUEST),
    ("Kannst du den Titel ändern?", Intent.REQUEST),
    ("Pouvez-vous changer le titre ?", Intent.REQUEST),
    ("¿Puedes cambiar el título?", Intent.REQUEST),
    ("Why is it red? Please fix it.", Intent.REQUEST),
    ("Thanks! Now make the logo larger.", Intent.REQUEST),
    ("Stop the music on the start page", Intent.REQUEST),
    ("Cancel button is too small", Intent.REQUEST),
    ("stop\n\nand then start with the footer", Intent.REQUEST),
    ("don't stop", Intent.REQUEST),
    ("build a page", Intent.REQUEST),
    ("undo\nand then build the shop page", Intent.REQUEST),
    ("👍 please go on with the second page", Intent.REQUEST),
    ("42", Intent.REQUEST),
    ("Blue", Intent.REQUEST),
    ("Hello", Intent.UNCLEAR),
    ("Hallo,", Intent.UNCLEAR),
    ("???", Intent.UNCLEAR),
    ("", Intent.UNCLEAR),
)


@pytest.mark.parametrize(("text", "wanted"), SAID)
def test_a_text_that_says_one_thing_alone_has_that_intent(text: str, wanted: Intent) -> None:
    assert intent.of(text, author="Anna Miller").intent is wanted


@pytest.mark.parametrize("speech", languages.LANGUAGES, ids=lambda one: one.code)
def test_every_phrase_of_every_language_says_what_its_table_says(speech: object) -> None:
    wrong = []
    for one in _FIELDS:
        for phrase in str(getattr(speech, one.value)).split("|"):
            found = clauses.read(phrase.casefold())
            if found is None or (found.intent is not one and (phrase, one) not in _BOTH):
                wrong.append((phrase, one.value, found))
    assert wrong == []


def test_a_courtesy_never_interrupts_in_any_language_and_standing() -> None:
    for phrase in (*_PHRASES[Intent.COURTESY], *languages.FURTHER["courtesy"].split("|")):
        said = intent.of(phrase)
        for standing in (Situation.IDLE, Situation.OPEN):
            assert follows(said.intent, standing, agrees=said.agrees) is Following.RECORD, phrase


_GREETINGS = ("", "Hello,\n\n", "Hallo Hermes,\n", "Bonjour,\n\n", "Hi\n\n", "Liebes Team,\n\n")
_CLOSINGS = (
    "",
    "\n\nAnna",
    "\n\nThanks\nAnna",
    "\n\nViele Grüße\nAnna Miller",
    "\n\nBest regards,\n\nAnna Miller | Client Ltd | +44 1234 567890",
    "\n\nA.",
    "\n\n-- \nAnna Miller\nHead of Sales",
    "\n\nAnna Miller\nHead of Sales\nClient Ltd\nTel. +44 1234 567890",
)
_QUOTES = ("", "\n\nOn Mon, Mar 4, 2024 at 9:15 AM Hermes <a@b.c> wrote:\n> Done. Please look at it.")


@settings(max_examples=400, deadline=None)
@given(
    said=st.sampled_from([(text, wanted) for text, wanted in SAID if text and not text.startswith(("Hello", "Hallo"))]),
    above=st.sampled_from(("", *notice_samples.BANNERS)),
    greeting=st.sampled_from(_GREETINGS),
    closing=st.sampled_from(_CLOSINGS),
    phone=st.sampled_from(("", *phone_lines.ADDED)),
    below=st.sampled_from(("", *notice_samples.FOOTERS)),
    quote=st.sampled_from(_QUOTES),
)
def test_what_stands_around_a_text_never_changes_its_intent(
    said: tuple[str, Intent], above: str, greeting: str, closing: str, phone: str, below: str, quote: str
) -> None:
    text, wanted = said
    parts = [f"{above}\n\n" if above else "", greeting, text, closing]
    parts += [f"\n\n{one}" if one else "" for one in (phone, below)]
    body = "".join(parts) + quote
    assert intent.of(newest.cut(body).text, author="Anna Miller").intent is wanted, body


@settings(max_examples=300, deadline=None)
@given(
    said=st.sampled_from([(phrase, one) for one in _FIELDS for phrase in _PHRASES[one]]),
    mark=st.sampled_from(("", "!", "!!", ".", "?", " …", " :-)", " 🙂")),
    shout=st.booleans(),
)
def test_case_and_punctuation_never_change_an_intent(said: tuple[str, Intent], mark: str, shout: bool) -> None:
    phrase, wanted = said
    found = intent.of((phrase.upper() if shout else phrase) + mark)
    assert found.intent is wanted or (phrase, wanted) in _BOTH or (shout and "ß" in phrase)


@pytest.mark.parametrize(
    "text",
    ["please " * 150_000, "stop\n" * 200_000, "?" * 1_000_000, "thanks, " * 120_000, "a" * 1_000_000, "what " * 200_000, "\n" * 1_000_000,
     "can you tell me " * 60_000, "[EXT] " * 150_000, ("x" * 70 + "\n") * 14_000, "Best regards\n" * 70_000, "👍" * 300_000],
    ids=lambda text: text[:12].strip(),
)  # fmt: skip
def test_a_megabyte_is_read_in_no_time(text: str) -> None:
    begun = time.process_time()
    intent.of(text, author="Anna Miller")
    assert time.process_time() - begun < 1.0


BLAMED = [
    ("Undo this please, the client hates it", Intent.UNDO),
    ("Hi,\n\nUndo this please. The client hates it!\n\nThanks\nAnna", Intent.UNDO),
    ("Please revert that - our customer doesn't like it at all.", Intent.UNDO),
    ("Undo it, the new title looks awful on the phone", Intent.UNDO),
    ("Stop, my boss changed his mind", Intent.STOP),
    ("Bitte rückgängig machen, dem Kunden gefällt es gar nicht.", Intent.UNDO),
    ("Stopp bitte, die Chefin hat es sich anders überlegt", Intent.STOP),
    ("Annulez la dernière modification, l'équipe déteste ça", Intent.UNDO),
    ("Arrêtez, le client n'aime vraiment pas", Intent.STOP),
    ("Deshaz eso por favor, al cliente no le gusta", Intent.UNDO),
    ("Annulla l'ultima modifica, al cliente non piace per niente", Intent.UNDO),
    ("Desfaz isso, o cliente não gostou nada", Intent.UNDO),
    ("Maak het ongedaan, de klant vindt het echt lelijk", Intent.UNDO),
    ("Cofnij to, klientowi się to nie podoba", Intent.UNDO),
    ("The client hates it. Please undo!", Intent.UNDO),
    ("Undo this please, the client hates it. Thank you!", Intent.UNDO),
    # A wish among the reasons, and a reason for anything else, are requests.
    ("Undo this please, the title should be blue", Intent.REQUEST),
    ("Undo that, it looks awful, make it green", Intent.REQUEST),
    ("Undo this, the client hates the blue but wants it green", Intent.REQUEST),
    ("Mach das rückgängig, der Titel soll nicht so hässlich sein", Intent.REQUEST),
    ("Publish it, the client hates the old one", Intent.REQUEST),
    ("The client hates it", Intent.REQUEST),
    ("Thanks, but the client hates it", Intent.REQUEST),
]


@pytest.mark.parametrize(("text", "wanted"), BLAMED)
def test_what_is_wrong_is_a_reason_to_undo_and_no_request(text: str, wanted: Intent) -> None:
    assert intent.of(text, author="Anna Example").intent is wanted


@pytest.mark.parametrize("text", ["Again", "And more", "Work", "Please", "And now"])
def test_words_that_only_the_thread_explains_are_a_request(text: str) -> None:
    assert intent.of(text).intent is Intent.REQUEST


@pytest.mark.parametrize("text", ["I made a mistake", "Das war ein Versehen.", "Good morning"])
def test_an_excuse_or_a_greeting_alone_is_asked_about(text: str) -> None:
    assert intent.of(text).intent is Intent.UNCLEAR


@pytest.mark.parametrize(
    "text", ["Anna", "Hello,\n\nAnna", "Good morning! Anna", "Sorry. I made a mistake. Anna", "Sorry, my mistake"]
)
def test_names_and_apologies_around_them_say_no_more(text: str) -> None:
    assert intent.of(text, author="Anna Miller").intent is Intent.UNCLEAR


@pytest.mark.parametrize("text", ["Again, Anna", "Stop. Publish.", "okay halt"])
def test_two_things_at_once_or_in_two_languages_are_left_to_the_agent(text: str) -> None:
    assert intent.of(text, author="Anna Miller").intent is Intent.REQUEST


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("thanks stop it", Intent.STOP),
        ("thank you please publish it", Intent.PUBLISH),
        ("yes publish it", Intent.PUBLISH),
        ("sure stop it", Intent.STOP),
    ],
)
def test_a_courtesy_or_a_yes_in_the_same_breath_only_leads_to_the_thing(text: str, wanted: Intent) -> None:
    assert intent.of(text).intent is wanted


@pytest.mark.parametrize(
    "text",
    [
        "Make it blue.\n\nBest regards\nplease put this line under the text as well.",
        "undo\n\nAnna Miller\nNever mind",
        "Make this the title:\n\nSpring Sale Starts Today",
    ],
)
def test_what_stands_where_a_name_would_is_kept_if_it_says_something(text: str) -> None:
    assert intent.without_frame(text) == text


@pytest.mark.parametrize(
    ("below", "kept"),
    [
        ("Anna", ""),
        ("Ola Nordmann\nClient Ltd", ""),
        ("the second one", "\n\nthe second one"),
    ],
)
def test_names_below_a_text_are_no_part_of_it(below: str, kept: str) -> None:
    assert intent.without_frame(f"Make it blue.\n\n{below}", author="Anna Miller") == f"Make it blue.{kept}"


def test_a_clause_of_many_words_says_more_than_one_thing() -> None:
    assert clauses.read("please " * 25 + "stop") is None


@pytest.mark.parametrize(
    "text",
    ["Sorry", "Sorry!", "Hi Hermes,\n\nsorry about that.\n\nAnna", "Oops, sorry!", "Entschuldigung!", "Tut mir leid.", "Désolée !",
     "Pardon",
     "Lo siento", "Perdón.", "Scusa", "Desculpe", "Het spijt me", "Przepraszam!"],
)  # fmt: skip
def test_an_apology_alone_needs_no_answer(text: str) -> None:
    assert intent.of(text, author="Anna").intent is Intent.COURTESY, text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sorry?", Intent.UNCLEAR),
        ("Pardon ?", Intent.UNCLEAR),
        ("Sorry, stop", Intent.STOP),
        ("Sorry, wrong thread", Intent.UNCLEAR),
        ("Sorry, make it blue", Intent.REQUEST),
        ("Entschuldigung, mach es rückgängig", Intent.UNDO),
        ("Again", Intent.REQUEST),
    ],
)
def test_an_apology_changes_nothing_of_what_stands_beside_it(text: str, wanted: Intent) -> None:
    assert intent.of(text).intent is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Stop, because the menu is not final", Intent.STOP),
        ("Bitte rückgängig machen, weil der Kunde es nicht mag", Intent.UNDO),
        ("Arrêtez parce que le texte n'est pas prêt", Intent.STOP),
        ("Make it blue because red is ugly", Intent.REQUEST),
        ("Thanks, because of you the page is fine", Intent.REQUEST),
    ],
)
def test_a_reason_behind_a_stop_or_an_undo_is_no_request(text: str, wanted: Intent) -> None:
    assert intent.of(text).intent is wanted
