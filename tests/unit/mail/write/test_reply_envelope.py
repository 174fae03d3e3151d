"""Addresses on their way into MAIL and RCPT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.mail.write import envelope


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "<>"),
        ("anna@people.test", "<anna@people.test>"),
        ("anna@straße.test", "<anna@xn--strae-oqa.test>"),
        ("anna@bücher.test.", "<anna@xn--bcher-kva.test>"),
        ("anna@people.test.", "<anna@people.test>"),
        ("anna@例え.test", "<anna@xn--r8jz45g.test>"),
        ("jürgen@straße.test", "<jürgen@xn--strae-oqa.test>"),
        ("anna@[192.0.2.1]", "<anna@[192.0.2.1]>"),
        ('"anna b"@people.test', '<"anna b"@people.test>'),
        ('"a@b"@people.test', '<"a@b"@people.test>'),
        ('"a<b>c"@people.test', '<"a<b>c"@people.test>'),
        (r'"a\"b\\c"@people.test', r'<"a\"b\\c"@people.test>'),
        ('"anna b"@straße.test', '<"anna b"@xn--strae-oqa.test>'),
        ("a..b@people.test", "<a..b@people.test>"),
        ("o'neill+x=y@people.test", "<o'neill+x=y@people.test>"),
    ],
)  # fmt: skip
def test_an_address_is_said_as_servers_take_it(address: str, said: str) -> None:
    assert envelope.path(envelope.plain(address)).decode() == said


@pytest.mark.parametrize(
    "address",
    [
        "a b@people.test",
        "a>@people.test",
        "a@people.test>\r\nDATA",
        "a@people.test\nRCPT TO:<c@d.test>",
        '"a\r\nRCPT TO:<b@c.test>"@people.test',
        '"a"b"@people.test',
        '"a\\"@people.test',
        'a"b@people.test',
        '"anna@people.test',
        "anna",
        "@people.test",
        "anna@",
        "anna@people.test ORCPT=x",
        "ann\udce4@people.test",
        "ann\u2028a@people.test",
    ],
)
def test_what_would_end_the_command_is_not_said(address: str) -> None:
    with pytest.raises(ValueError, match="no mail server takes"):
        envelope.plain(address)


@given(st.text(max_size=40))
def test_whatever_the_address_is_the_command_stays_one_line(address: str) -> None:
    try:
        said = envelope.path(envelope.plain(address)).decode()
    except ValueError:
        return
    assert not any(character in said for character in "\r\n\0")
    assert said.startswith("<")
    assert said.endswith(">")
