"""Domain names of all scripts: one ASCII form, and nothing that passes for another."""

from __future__ import annotations

import pytest

from hermes.domain import idn


@pytest.mark.parametrize(
    ("domain", "ascii_form"),
    [
        ("Example.ORG.", "example.org"),
        (" example.org ", "example.org"),
        ("straße.example", "xn--strae-oqa.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a" * 253, "a" * 253),
    ],
)
def test_a_domain_has_one_ascii_form(domain: str, ascii_form: str) -> None:
    assert idn.ascii_domain(domain) == ascii_form


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ("a" * 254, "at most 253 characters"),
        ("ü" * 64 + ".example", "is no domain name: Label too long"),
        ("-ü.example", "is no domain name"),
        ("\u212a.example", "U\\+212A looks like another one"),
        ("ｅxample.org", "U\\+FF45"),
        ("exa\u00admple.org", "U\\+00AD"),
        ("İ.example", "U\\+0130"),
    ],
)
def test_a_domain_without_an_honest_ascii_form_is_refused_in_words(domain: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        idn.ascii_domain(domain)


def test_people_see_a_domain_in_their_script() -> None:
    assert idn.unicode_domain("xn--bcher-kva.example") == "bücher.example"
    with pytest.raises(ValueError, match=r"'xn--ü\.example' is no domain name"):
        idn.unicode_domain("xn--ü.example")
    with pytest.raises(ValueError, match="is no domain name"):
        idn.unicode_domain("xn--a.example")


def test_an_address_keeps_its_local_part_and_has_its_domain_in_both_forms() -> None:
    assert idn.validated(" Anna@Bücher.example ") == idn.Mailbox("Anna", "bücher.example", "xn--bcher-kva.example")
    assert idn.validated("root@localhost").domain == "localhost"
    with pytest.raises(ValueError, match="U\\+212A"):
        idn.validated("\u212a@example.org")


def test_two_spellings_of_an_address_are_one_mailbox() -> None:
    assert (
        idn.mailbox("ANNA@Bücher.example")
        == idn.mailbox(" anna@xn--bcher-kva.example.")
        == ("anna@xn--bcher-kva.example")
    )
    assert idn.mailbox("Ünna@x.example") != idn.mailbox("ünna@x.example"), "letters outside ASCII are the server's"
    with pytest.raises(ValueError, match="U\\+212A"):
        idn.mailbox("\u212a@example.org")


@pytest.mark.parametrize(
    ("text", "found"),
    [("plain", None), ("bücher 日本", None), ("a\u0080b", None), ("pay\u212a", "\u212a"), ("a\u200bb\u212a", "\u200b")],
)
def test_the_first_character_that_passes_for_another_is_named(text: str, found: str | None) -> None:
    assert idn.look_alike(text) == found
