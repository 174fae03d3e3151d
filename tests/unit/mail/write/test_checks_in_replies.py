"""Checks that do not pass, as a reply tells of them."""

from __future__ import annotations

import pytest

from hermes.domain import wire
from hermes.domain.reply_facts import Done, ReplyKind, Report
from hermes.mail.write import templates
from tests.unit.mail.write import page

FAILED = wire.FailedCheck(name="links", lines=("index.html: /gone.html leads nowhere", "<b>2</b> more"))


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_a_check_is_named_with_its_lines_and_what_to_do(language: str) -> None:
    words = templates.LANGUAGES[language]
    facts = Done(kind=ReplyKind.SUCCEEDED, report=Report(failed_checks=(FAILED,), files_changed=("index.html",)))
    written = templates.render(facts, language=language)
    for said in (page.words(written.text), page.words(page.seen(written.html)[0])):
        assert page.words(words.shown.checks_failed.format(names=words.quote("links"))) in said
        assert "index.html: /gone.html leads nowhere" in said
        assert page.words(words.shown.checks_then) in said
    assert "<b>2" not in written.html


def test_many_checks_are_counted_and_nameless_ones_left_out() -> None:
    many = tuple(wire.FailedCheck(name=f"check {number}") for number in range(8))
    text = templates.render(Done(kind=ReplyKind.SUCCEEDED, report=Report(failed_checks=many))).text
    assert "and 3 more" in text
    assert "check 7" not in text
    nameless = Report(failed_checks=(wire.FailedCheck(name="\x00"),))
    assert "not everything is in order" not in templates.render(Done(kind=ReplyKind.SUCCEEDED, report=nameless)).text
