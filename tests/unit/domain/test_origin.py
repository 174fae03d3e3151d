"""What a reply takes from its mail, and what from the thread."""

from __future__ import annotations

from hermes.domain.commands import Origin


def _origin(spoken: str = "", offset: int | None = None) -> Origin:
    return Origin(author="a@example.org", address="s@example.org", language="en", spoken=spoken, offset=offset)


def test_a_mail_that_tells_no_language_is_answered_in_that_of_its_thread() -> None:
    assert _origin().in_thread("fr", None).language == "fr"
    assert _origin("es").in_thread("fr", None).language == "es"
    assert _origin().in_thread("", None).language == "en"


def test_a_mail_that_tells_no_clock_has_that_of_its_thread() -> None:
    assert _origin().in_thread("", 60).offset == 60
    assert _origin(offset=-300).in_thread("", 60).offset == -300
    assert _origin().in_thread("", None).offset is None
