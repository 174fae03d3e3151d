"""The charset ladder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.mail.parse import charset


@pytest.mark.parametrize(
    ("raw", "declared", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
        (b"a \x93quote\x94 \x80", "iso-8859-1", "a “quote” €"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode("cp1252"), None, "Grüße"),
        ("页面镕".encode("gb18030"), "gb2312", "页面镕"),
        ("ページ①".encode("cp932"), "shift_jis", "ページ①"),
        ("ページ".encode("iso2022_jp"), "ISO-2022-JP", "ページ"),
        ("페이지".encode("cp949"), "ks_c_5601-1987", "페이지"),
        ("頁面".encode("cp950"), "big5", "頁面"),
        ("Страница".encode("koi8-r"), "KOI8-R", "Страница"),
        ("Страница".encode("cp1251"), "windows-1251", "Страница"),
        ("İş".encode("cp1254"), "iso-8859-9", "İş"),
        ("\ufeffBOM".encode(), "utf-8", "BOM"),
        (b"\x81\x8d", "windows-1252", "\x81\x8d"),
        (b"plain", "no-such-charset", "plain"),
    ],
)
def test_text_is_read_as_it_was_meant(raw: bytes, declared: str | None, text: str) -> None:
    assert charset.decode(raw, declared).text == text


@pytest.mark.parametrize(
    "name", ["utf-7", "unicode_escape", "idna", "punycode", "zlib", "hex", "rot13", "undefined", "mbcs", ""]
)
def test_codecs_that_are_no_charsets_of_mail_are_never_run(name: str) -> None:
    assert charset.codec_for(name) is None


def test_utf_7_is_left_as_it_stands_and_noted() -> None:
    found = charset.decode(b"+ADw-script+AD4-", "utf-7")
    assert found.text == "+ADw-script+AD4-"
    assert "utf-7" in found.defect


def test_a_wrong_declaration_is_a_defect() -> None:
    assert charset.decode("Grüße".encode("latin-1"), "utf-8") == (
        "Grüße",
        "cp1252",
        "not utf-8 as declared, read as cp1252",
    )


@given(
    st.binary(max_size=200),
    st.one_of(st.none(), st.text(max_size=30), st.sampled_from(["iso-2022-jp", "utf-16", "hz", "big5", "euc-jp"])),
)
def test_nothing_raises(raw: bytes, declared: str | None) -> None:
    assert isinstance(charset.decode(raw, declared).text, str)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"\x1b$B\x2d\x21\x25\x5a\x1b(B page", "①ペ page"),
        (b"\x1b$@\x2d\x6a\x1b(J Sato", "㈱ Sato"),
        (b"\x1b(I\x36\x37\x1b(B \x1b$B\x2d\x22\x1b(B", "ｶｷ ②"),
        (b"\x1b$B\x79\x21\x1b(B", "纊"),
        (b"\x1b$B\x24\x22\x2d\x23\x1b(B", "あ③"),
    ],
)
def test_the_characters_that_windows_adds_to_japanese_are_read(raw: bytes, text: str) -> None:
    assert charset.decode(raw, "iso-2022-jp").text == text


@pytest.mark.parametrize("text", ["Grüße \x1b(B", "été \x1b(0"])
def test_an_escape_in_text_that_is_not_7_bit_leads_nothing_in(text: str) -> None:
    assert charset.decode(text.encode(), "utf-8").text == text


def test_half_a_japanese_character_is_left_as_it_stands() -> None:
    found = charset.decode(b"\x1b$B\x2d\x1b(B page", "iso-2022-jp")
    assert found.text.endswith(" page")
    assert found.defect


def test_bytes_of_no_charset_are_marked_where_they_stand() -> None:
    assert charset.decode(b"a\x81b", "utf-8") == ("a\ufffdb", "utf-8", "undecodable bytes in utf-8")
