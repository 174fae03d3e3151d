"""Tokens: they lead home, say so only for their own session and recipient, and survive what servers do to addresses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors, ids
from hermes.mail.authenticate import token

_KEY = b"k" * 32
_SESSION = "acme-site-abcd2345"
_ANNA = "anna@example.org"


def test_a_token_is_verified_for_its_session_and_recipient_alone() -> None:
    minted = token.mint(_KEY, _SESSION, _ANNA)
    assert token.verify(_KEY, minted, _SESSION, _ANNA)
    assert token.verify(_KEY, minted.upper(), _SESSION, " Anna@Example.org ")
    assert not token.verify(_KEY, minted, _SESSION, "eve@example.org")
    assert not token.verify(_KEY, minted, "acme-other-abcd2345", _ANNA)
    assert not token.verify(b"x" * 32, minted, _SESSION, _ANNA)
    assert not token.verify(_KEY, minted[:-1] + ("a" if minted[-1] != "a" else "b"), _SESSION, _ANNA)
    assert not token.verify(_KEY, "", _SESSION, _ANNA)
    assert not token.verify(_KEY, "é", _SESSION, _ANNA)


def test_a_token_says_where_to_look() -> None:
    assert token.thread_of(token.mint(_KEY, _SESSION, _ANNA)) == "abcd2345"


def test_no_two_joined_facts_make_one_token() -> None:
    assert token.mint(_KEY, "a-b-abcd2345", "x@y")[8:] != token.mint(_KEY, "a-b-abcd2345x", "@y")[9:]


def test_a_short_key_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(errors.ConfigError):
        token.mint(b"short", _SESSION, _ANNA)


@pytest.mark.parametrize("style", ["plus", "subdomain"])
@pytest.mark.parametrize("salt", [0, 1])
def test_an_address_with_a_token_is_read_back_in_either_style(style: token.Style, salt: int) -> None:
    minted = token.mint(_KEY, ids.session_id("acme", "site", ids.thread_id("mail", salt)), _ANNA)
    written = token.address("site@agent.example", minted, style)
    assert token.read(written) == ("site@agent.example", minted)
    assert token.read(written.upper()) == ("site@agent.example", minted)
    assert all(len(part) <= 64 for part in [*written.split("@"), *written.split("@")[1].split(".")])


@pytest.mark.parametrize(
    ("recipient", "project"),
    [
        ("site@agent.example", "site@agent.example"),
        ("Site+holiday@Agent.example", "site@agent.example"),
        ("site+@agent.example", "site@agent.example"),
        ("a+b+c@agent.example", "a@agent.example"),
        ("nonsense", "@nonsense"),
        ("", "@"),
    ],
)
def test_any_other_address_has_no_token(recipient: str, project: str) -> None:
    assert token.read(recipient) == (project, None)


def test_the_marker_is_found_in_quoted_text_however_often_it_is_quoted() -> None:
    marker = token.marker(_KEY, _SESSION, _ANNA)
    found = token.markers(f"> — \n> Hermes\n> {marker}\n>> {marker.upper()}\n[hermes:short] [hermes:{'a' * 99}]")
    assert len(found) == 1
    assert token.verify(_KEY, found[0], _SESSION, _ANNA)
    assert found[0] != token.mint(_KEY, _SESSION, _ANNA)


@given(st.text(max_size=200))
def test_no_address_and_no_text_makes_reading_fail(text: str) -> None:
    token.read(text)
    token.markers(text)
    assert token.read_return_path(_KEY, text) is None
    assert not token.verify(_KEY, text, _SESSION, _ANNA)


#: As the version before wrote them, with eight characters of proof.
OLDER = {
    "a" * 26 + "#final": "site+b-aaaaaaaaaaaaaaaaaaaaaaaaaa-final-MAC@agent.example",
    "a" * 26 + "#still_starting": "site+b-aaaaaaaaaaaaaaaaaaaaaaaaaa-still_starting-MAC@agent.example",
}


@pytest.mark.parametrize("kind", ["final", "answer", "starting", "working", "control", "refused", "failed", "aside-3"])
def test_the_proof_of_a_return_path_has_eighty_bits(kind: str) -> None:
    path = token.return_path(_KEY, "site@agent.example", f"{ids.command_id('mail')}#{kind}")
    assert len(path.split("@")[0]) <= 64
    proof = path.split("@")[0][-16:]
    assert re.fullmatch("[a-z2-7]{16}", proof)
    for at in range(16):
        other = "a" if proof[at] != "a" else "b"
        assert token.read_return_path(_KEY, path.replace(proof, proof[:at] + other + proof[at + 1 :])) is None


@pytest.mark.parametrize("reply_id", list(OLDER))
def test_a_bounce_of_a_reply_that_an_older_version_sent_is_read(reply_id: str) -> None:
    path = OLDER[reply_id].replace("MAC", token._mac(_KEY, "bounce", reply_id)[:8])
    assert token.read_return_path(_KEY, path) == reply_id
    assert token.read(path) == ("site@agent.example", None)
    assert token.read_return_path(b"x" * 32, path) is None


@pytest.mark.parametrize("reply_id", [f"{ids.command_id('mail')}#final", f"{ids.command_id('mail')}#aside-12"])
def test_a_bounce_names_the_reply_that_it_answers(reply_id: str) -> None:
    path = token.return_path(_KEY, "site@agent.example", reply_id)
    assert len(path.split("@")[0]) <= 64
    assert token.read_return_path(_KEY, path) == reply_id
    assert token.read_return_path(_KEY, path.upper()) == reply_id
    assert token.read_return_path(b"x" * 32, path) is None
    assert token.read(path) == ("site@agent.example", None)


def test_a_return_path_that_would_be_too_long_is_the_projects_address() -> None:
    assert token.return_path(_KEY, "site@agent.example", f"{'a' * 32}#{'b' * 20}") == "site@agent.example"
    assert token.return_path(_KEY, "site@agent.example", "odd id") == "site@agent.example"


def test_where_the_plus_is_refused_the_return_path_is_a_subdomain_too() -> None:
    reply_id = "a" * 26 + "#final"
    named = token.return_path(_KEY, "site@agent.example", reply_id, "subdomain")

    assert named.startswith("site@b-")
    assert token.read_return_path(_KEY, named.upper()) == reply_id
    assert token.read(named) == ("site@agent.example", None)
    assert token.return_path(_KEY, "site@agent.example", "a" * 26 + "#not_a_host", "subdomain") == "site@agent.example"
