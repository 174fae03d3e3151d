"""The hash of a body is dkimpy's, for every body and however it is cut into pieces."""

from __future__ import annotations

import hashlib
import pathlib

import dkim
import pytest
from dkim.canonicalization import CanonicalizationPolicy
from hypothesis import given
from hypothesis import strategies as st

from hermes.mail.authenticate import body_hash
from hermes.mail.parse import head

_CORPORA = pathlib.Path(__file__).parents[5] / "shared" / "corpora"
_FORMS: tuple[body_hash.Canonical, ...] = ("simple", "relaxed")
_BYTES = st.lists(st.sampled_from([b" ", b"\t", b"\r", b"\n", b"\r\n", b"a", b"\x00", b"  ", b"\n\n"]), max_size=30)


def _by_dkimpy(raw: bytes, form: str) -> bytes:
    policy = CanonicalizationPolicy.from_c_value(b"relaxed/" + form.encode())
    return hashlib.sha256(policy.canonicalize_body(dkim.DKIM(raw).body)).digest()


@given(tokens=_BYTES, cuts=st.lists(st.integers(1, 5), min_size=1, max_size=8), form=st.sampled_from(_FORMS))
def test_every_body_in_any_pieces_has_the_hash_that_dkimpy_gives_it(
    tokens: list[bytes], cuts: list[int], form: body_hash.Canonical
) -> None:
    body, at = b"".join(tokens), 0
    pieces: list[bytes] = []
    while at < len(body):
        size = cuts[len(pieces) % len(cuts)]
        pieces.append(body[at : at + size])
        at += size

    assert body_hash.of(pieces, form) == _by_dkimpy(b"a: b\n\n" + body, form)


@pytest.mark.parametrize("form", _FORMS)
def test_a_line_end_that_two_pieces_share_is_one(form: body_hash.Canonical) -> None:
    assert body_hash.of([b"a\r", b"\nb\r", b"\n"], form) == _by_dkimpy(b"a: b\n\na\r\nb\r\n", form)


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("body", [b"", b"\r\n", b"\n" * 9000, b" \t" * 9, b"\n" * 300_000 + b"x"])
def test_a_body_of_little_but_white_space_has_the_hash_that_dkimpy_gives_it(
    body: bytes, form: body_hash.Canonical
) -> None:
    raw = b"a: b\r\n\r\n" + body
    assert body_hash.of(body_hash.pieces(raw, head.end(raw)), form) == _by_dkimpy(raw, form)


def test_a_run_of_spaces_longer_than_a_piece_is_one_space() -> None:
    long, short = b" " * 700_000, b" "
    for end in (b"x", b"\nx", b"\r\n", b""):
        assert body_hash.of(body_hash.pieces(b"x" + long + end, 0), "relaxed") == body_hash.of(
            [b"x" + short + end], "relaxed"
        )


@pytest.mark.skipif(not _CORPORA.is_dir(), reason="the corpora are not beside this clone")
def test_every_mail_of_the_corpora_has_the_hash_that_dkimpy_gives_it() -> None:
    compared = 0
    for path in sorted(_CORPORA.rglob("*.eml")):
        raw = path.read_bytes()
        try:
            block = dkim.DKIM(raw).headers
        except (dkim.DKIMException, IndexError):
            continue
        if not block or len(raw) > 1_000_000:
            continue
        for form in _FORMS:
            assert body_hash.of(body_hash.pieces(raw, head.end(raw)), form) == _by_dkimpy(raw, form), path
        compared += 1
    assert compared > 500
