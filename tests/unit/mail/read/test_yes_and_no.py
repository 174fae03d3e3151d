"""Which words are a yes, a no, or the wish to publish."""

from __future__ import annotations

import pytest

from hermes.domain.decisions.going_live import Word
from hermes.domain.request import Intent
from hermes.mail.read import instruction
from hermes.mail.read.instruction import Instruction
from hermes.mail.read.speech import going_live


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Publish it please", Word.PUBLISH),
        ("super, bitte online", Word.PUBLISH),
        ("Freigegeben, bitte online stellen", Word.PUBLISH),
        ("freigeben", Word.PUBLISH),
        ("Looks good, please put it live", Word.PUBLISH),
        ("Oui, en ligne svp", Word.PUBLISH),
        ("Approved", Word.AGREE),
        ("ja", Word.AGREE),
        ("ok, danke", Word.ASSENT),
        ("passt", Word.ASSENT),
        ("👍", Word.AGREE),
        ("no", Word.DECLINE),
        ("No, the price is wrong", Word.DECLINE),
        ("Nein. Der Preis stimmt nicht.", Word.DECLINE),
        ("Non, le prix est faux", Word.DECLINE),
        ("nein, bitte das Logo kleiner", None),
        ("No, please make the logo smaller", None),
        ("Please make the logo smaller", None),
        ("super", None),
        ("undo", Word.UNDO),
    ],
)
def test_what_is_said_in_answer_to_the_question_whether_it_may_go_live(text: str, word: Word | None) -> None:
    asked = instruction.read(text)
    assert asked is not None
    assert going_live.word(asked, asked_for=True) is word


def test_a_no_with_a_reason_is_a_request_elsewhere() -> None:
    asked = instruction.read("No, the price is wrong")
    assert asked is not None
    assert going_live.word(asked, asked_for=False) is None
    assert going_live.could_be_no(asked)


def test_a_reaction_is_a_yes_only_by_its_thumb() -> None:
    assert going_live.is_thumb(Instruction(Intent.REACTION, "👍 Anna reacted via Gmail"))
    assert not going_live.is_thumb(Instruction(Intent.REACTION, "😂 Anna reacted via Gmail"))
    assert not going_live.is_thumb(Instruction(Intent.COURTESY, "Super 👍"))
