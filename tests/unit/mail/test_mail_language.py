"""The language of a text: told by its small words, and not told where they do not tell."""

from __future__ import annotations

import pytest

from hermes.mail.read import language
from hermes.mail.write import templates


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Please update the homepage title", "en"),
        ("Add a contact form to the page", "en"),
        ("Could you make it a bit larger? Thanks!", "en"),
        ("Bitte ändere den Titel der Startseite", "de"),
        ("Die Überschrift soll größer werden, danke", "de"),
        ("Mach das bitte rückgängig", "de"),
        ("Das war es nicht. Kannst du es noch einmal versuchen?", "de"),
        ("stop", None),
        ("status", None),
        ("", None),
        ("42", None),
        ("Merci de changer le titre de la page", "fr"),
        ("Por favor cambia el título de la página", "es"),
        ("Bonjour, pouvez-vous mettre le menu en bleu ?", "fr"),
        ("Où est-ce que je peux le voir ?", "fr"),
        ("Arrêtez tout, je me suis trompée", "fr"),
        ("Hola, ¿puede poner el menú en azul?", "es"),
        ("¿Dónde puedo verlo?", "es"),
        ("Pare, me he equivocado de página", "es"),
        ("Por favor, mude o título da página para azul", None),
        ("Per favore cambia il titolo della pagina", None),
        ("Wijzig het woord op de pagina, dank je", None),
        ("題名を変えてください", None),
        ("Bitte " * 100_000, "de"),
    ],
)
def test_small_words_tell_the_language(text: str, wanted: str | None) -> None:
    assert language.detect(text) == wanted


def test_every_language_that_we_write_is_told() -> None:
    samples = {"en": "This is the page that you asked for", "de": "Das ist die Seite, um die es geht"}
    samples |= {
        "fr": "C’est la page dont nous avons parlé avec vous",
        "es": "Esta es la página de la que hablamos con usted",
    }

    assert {language.detect(text) for text in samples.values()} == set(templates.LANGUAGES)
