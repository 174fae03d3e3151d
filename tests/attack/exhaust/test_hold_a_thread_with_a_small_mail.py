"""A mail of 1 MB from an owner's stolen mailbox is read in a thread, which nobody can kill: no form of it costs seconds."""

from __future__ import annotations

import functools
import time

import pytest

from hermes.mail.parse import content
from hermes.mail.read import reading
from tests.attack.table import Figures

_BYTES = 1_000_000
#: The worst of some 280 forms cost half a second; a form that grows with the square of its size costs minutes.
_MOST_SECONDS = 10.0
#: The same in the small run, of a tenth of the size: a tenth of half a second, and a hundredth of minutes.
_FEWER_BYTES, _FEWER_SECONDS = 100_000, 1.0
_HEAD = (
    b"From: anna@example.org\r\nTo: site@agent.example.com\r\nSubject: x\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\n"
)

_TEXTS = {
    "lines": b"\n",
    "quotes": b"> > ",
    "On": b"On \n",
    "On wrote": b"On x wrote:\n",
    "ecrit": "Le x a écrit :\n".encode(),
    "fields": b"Sent: x\nTo: y\nSubject: z\nFrom: q\n",
    "From": b"From: a@b\n",
    "spaces": b" ",
    "brackets": b"[",
    "addresses": b"a@b.c ",
    "unseen": "\u202e".encode(),
    "signature": b"-- \n",
    "returns": b"\r",
}
_MARKUP = {
    "less": b"<",
    "tags": b"<b>",
    "formats": b"<b><i><u><a>",
    "divs": b"<div>",
    "empty divs": b"<div></div>",
    "quotes": b"<blockquote>",
    "cells": b"<table><tr><td>",
    "ends": b"</x>",
    "entities": b"&aaaaaaaaaaaaaaaa",
    "comments": b"<!--",
    "sections": b"<![CDATA[",
    "quote": b'<a x="',
    "style": b"<p style='color:red;display:none'>x</p>",
    "rules": b"<style>.a{display:none}",
}
_CHARSETS = (
    "utf-7",
    "utf-16",
    "iso-2022-jp",
    "iso-2022-kr",
    "hz",
    "gb18030",
    "punycode",
    "idna",
    "unicode_escape",
    "bz2",
)


def _of(unit: bytes, form: bytes, more: bytes = b"", *, size: int = _FEWER_BYTES) -> bytes:
    body = (unit * (size // len(unit) + 1))[:size]
    return _HEAD + more + b"Content-Type: " + form + b"\r\n\r\n" + body


def _mails(size: int) -> dict[str, bytes]:
    of = functools.partial(_of, size=size)
    return {
        **{f"text: {name}": of(unit, b"text/plain; charset=utf-8") for name, unit in _TEXTS.items()},
        **{f"markup: {name}": of(unit, b"text/html; charset=utf-8") for name, unit in _MARKUP.items()},
        **{f"charset: {name}": of(b"a-+AAA-\x1b$B", b"text/plain; charset=" + name.encode()) for name in _CHARSETS},
        "parts": of(b"--x\r\n\r\n\r\n", b"multipart/mixed; boundary=x"),
        "nested": of(b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", b"multipart/mixed; boundary=x"),
        "alternatives": of(b"--x\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n", b"multipart/alternative; boundary=x"),
        "addresses": of(b"x", b"text/plain", b"Cc: " + b"(" * 200_000 + b"\r\n"),
        "words": of(b"x", b"text/plain", b"References: " + b"<" * 200_000 + b"\r\n"),
        "parameters": of(b"x", b"text/plain" + b"; a*0*=utf-8''b" * 13_000),
    }


def test_by_any_form(large: bool, figures: Figures) -> None:
    worst, name = 0.0, ""
    for form, raw in _mails(_BYTES if large else _FEWER_BYTES).items():
        began = time.process_time()
        found = reading.read(raw, envelope_sender="anna@example.org")
        content.digest(found.mail, raw)
        reading.again(found, [_of(b"On x a@b.c wrote:\n> ", b"text/plain")])
        worst, name = max((worst, name), (time.process_time() - began, form))

    figures.add("cpu_seconds", worst)
    assert worst < (_MOST_SECONDS if large else _FEWER_SECONDS), name


@pytest.mark.parametrize("words", [b"On x wrote:\n", b"a b c d\n", b"a\n"])
def test_by_quoting_a_long_mail_of_ours_again_and_again(words: bytes, large: bool, figures: Figures) -> None:
    raw = _of(words, b"text/plain; charset=utf-8", size=_BYTES if large else _FEWER_BYTES)
    found = reading.read(raw, envelope_sender="anna@example.org")
    began = time.process_time()

    reading.again(found, [raw])

    cost = time.process_time() - began
    figures.add("cpu_seconds", cost)
    assert cost < (_MOST_SECONDS if large else _FEWER_SECONDS)
