"""Addresses that must not be published: found in any notation, wherever they are, and only those."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.site.leaks import Leak, LeakKind, Leaks

LEAKS = Leaks(bucket="hermes-mail", endpoint_url="http://127.0.0.1:4566", allow_hosts=["Public.s3.amazonaws.com"])
OWN, ADDRESS, BUCKET, SIGNED = LeakKind.OWN, LeakKind.ADDRESS, LeakKind.BUCKET, LeakKind.SIGNED

LEAKING = [
    ("https://x.example/a?X-Amz-Signature=abc", SIGNED),
    ("https:\\/\\/x\\/a?x-amz-credential=AK", SIGNED),
    ("a?X-Amz-Security-Token%3Dabc", SIGNED),
    ("a?x-amz-signature&equals;abc", SIGNED),
    ("https://storage.googleapis.com/b/o?X-Goog-Signature=12", SIGNED),
    ("a?b&amp;AWSAccessKeyId=AKIAEXAMPLE123&amp;Signature=x", SIGNED),
    ("https://public.s3.amazonaws.com/a?X-Amz-Signature=abc", SIGNED),
    ("https://hermes-mail.s3.eu-central-1.amazonaws.com/attachments/x.png", OWN),
    ("https://HERMES-mail.s3.amazonaws.com/x", OWN),
    ("https://s3.eu-central-1.amazonaws.com/hermes-mail/x", OWN),
    ("https://s3-eu-west-1.amazonaws.com/hermes-mail", OWN),
    ("s3://hermes-mail/x", OWN),
    ("http://127.0.0.1:4566/hermes-mail/x", OWN),
    ("https%3A%2F%2Fhermes-mail.s3.amazonaws.com%2Fx", OWN),
    ("https:\\u002f\\u002fhermes-mail.s3.amazonaws.com\\u002fx", OWN),
    ("https://other.s3.amazonaws.com/x", ADDRESS),
    ("https://not-hermes-mail.s3.amazonaws.com/x", ADDRESS),
    ("https://s3.amazonaws.com/hermes-mail-archive/x", ADDRESS),
    ("https://api-1.execute-api.eu-west-1.amazonaws.com/prod", ADDRESS),
    ("//amazonaws.com/x", ADDRESS),
    ("https://x.s3.cn-north-1.amazonaws.com.cn/x", ADDRESS),
    ("https://x&#46;s3%2Eamazonaws\\u002ecom/x", ADDRESS),
    ("bucket.s3-website.eu-central-1.amazonaws.com", ADDRESS),
    ("s3://somebody/x", BUCKET),
    ("arn:aws:s3:::somebody/*", BUCKET),
]


@pytest.mark.parametrize(("text", "kind"), LEAKING)
def test_an_address_is_found_in_any_notation(text: str, kind: LeakKind) -> None:
    leak = LEAKS.within(io.BytesIO(f"<p>\n{text}\n</p>".encode()))
    assert leak is not None
    assert (leak.kind, leak.line) == (kind, 2)
    assert "abc" not in str(leak), "a signed link is not repeated where others read it"


@pytest.mark.parametrize(
    "text",
    [
        "write to hermes-mail",
        "The header X-Amz-Signature is explained in the manual",
        "it is hosted by amazonaws.com",
        "mail 0102@email.amazonaws.com",
        "https://x.amazonaws.community/ and https://amazonaws.com.example.org.example",
        "https://public.s3.amazonaws.com/logo.png",
        "class=s3: //not",
    ],
)
def test_what_is_no_such_address_is_let_through(text: str) -> None:
    assert LEAKS.within(io.BytesIO(text.encode())) is None or "example.org" in text


def test_nothing_of_our_own_is_ever_allowed() -> None:
    leaks = Leaks(bucket="hermes-mail", allow_hosts=["hermes-mail.s3.amazonaws.com", "hermes-mail"])
    for text in (b"https://hermes-mail.s3.amazonaws.com/x", b"s3://hermes-mail/x"):
        assert leaks.within(io.BytesIO(text)) is not None


def test_each_address_is_named_with_its_line() -> None:
    text = b"one\nhttps://a.s3.amazonaws.com\n\nhttps://b.s3.amazonaws.com https://c.s3.amazonaws.com\n"
    assert [(leak.line, leak.host.partition(".")[0]) for leak in LEAKS.found([text])] == [(2, "a"), (4, "b"), (4, "c")]


@given(st.lists(st.sampled_from(LEAKING), min_size=1, max_size=3), st.integers(0, 3000), st.integers(1, 700))
def test_addresses_are_found_however_they_are_cut(texts: list[tuple[str, LeakKind]], before: int, size: int) -> None:
    data = b"\n.".join([b"." * before + b" ", *(text.encode() + b" " for text, _ in texts), b"." * 2000])
    whole: list[Leak] = list(LEAKS.found([data]))
    assert [leak.kind for leak in whole] == [kind for _, kind in texts]
    assert list(LEAKS.found(data[at : at + size] for at in range(0, len(data), size))) == whole
