"""What servers, scanners and companies put around a text is no part of it; what a person writes of such things is."""

from __future__ import annotations

import pytest

from hermes.mail.read import newest
from tests.unit.mail import notice_samples as samples

TEXT = "Please change the title to Spring."


@pytest.mark.parametrize("banner", samples.BANNERS)
@pytest.mark.parametrize("text", [TEXT, "stop"])
def test_a_warning_above_a_text_is_not_read(banner: str, text: str) -> None:
    assert newest.cut(f"{banner}\n\n{text}").text == text


@pytest.mark.parametrize("footer", samples.FOOTERS)
@pytest.mark.parametrize("text", [TEXT, "stop"])
def test_a_notice_below_a_text_is_not_read(footer: str, text: str) -> None:
    assert newest.cut(f"{text}\n\n{footer}").text == text
    assert (
        newest.cut(f"{text}\n\nOn Mon, Mar 4, 2024 at 9:15 AM Hermes <a@b.c> wrote:\n> Done.\n\n{footer}").text == text
    )


@pytest.mark.parametrize("prose", samples.WRITTEN)
def test_what_a_person_writes_of_such_things_is_kept(prose: str) -> None:
    for body in (prose, f"Hello,\n\n{prose}\n\nAnna", f"{prose}\n\n{TEXT}", f"{TEXT}\n\n{prose}"):
        assert newest.cut(body).text == body
