"""Hostile mails: each a function from a size to bytes. They cost other parsers minutes, gigabytes or an exception."""

from __future__ import annotations

from collections.abc import Callable

_HEAD = b"From: Ida <ida@example.org>\r\nTo: me@example.org\r\nSubject: x\r\n"


def _body(text: bytes, kind: bytes = b"text/plain") -> bytes:
    return _HEAD + b"Content-Type: " + kind + b"; charset=utf-8\r\n\r\n" + text


def empty_parts(size: int) -> bytes:
    """Parts without content."""
    return _HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\n" * size + b"--b--\r\n"


def nesting(size: int) -> bytes:
    """Multiparts in multiparts."""
    pieces = [_HEAD]
    for number in range(size):
        pieces.append(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number))
    return b"".join(pieces) + b"\r\nhi\r\n"


def parentheses(size: int) -> bytes:
    """A From of nothing but comments in comments."""
    return b"From: " + b"(" * size + b"\r\nSubject: x\r\n\r\nhi\r\n"


def recipients(size: int) -> bytes:
    """Very many addresses."""
    return _HEAD + b"Cc: " + b",\r\n ".join(b"u%d@example.org" % n for n in range(size)) + b"\r\n\r\nhi\r\n"


HOSTILE: dict[str, tuple[Callable[[int], bytes], int]] = {
    "empty parts": (empty_parts, 100_000),
    "nesting": (nesting, 2000),
    "parentheses": (parentheses, 20_000),
    "recipients": (recipients, 5000),
    "lines of On": (lambda n: _body(b"On \n" * n), 10_000),
    "lines of On with a date": (lambda n: _body(b"On Mon, 1 Jan 2024 at 10:00, Ida\n" * n), 5_000),
    "beginnings of headers in lines": (lambda n: _body((b"x 2024 10:00 " + b"On 1 " * 70 + b":\n") * n), 1_000),
    "headers crammed in lines": (lambda n: _body((b"From: Date: " * 33 + b":\n") * n), 1_000),
    "very many lines": (lambda n: _body(b"a\n" * n), 500_000),
    "very many breaks": (lambda n: _body(b"<br>" * n, b"text/html"), 200_000),
    "spaces": (lambda n: _body(b" " * n), 100_000),
    "spaces and a letter": (lambda n: _body(b"a" + b" " * n + b"b"), 100_000),
    "one long line": (lambda n: _body(b"On " * n), 100_000),
    "quote marks": (lambda n: _body(b">" * n), 100_000),
    "lines of quotes": (lambda n: _body(b"> a\nb\n" * n), 20_000),
    "headers in the body": (lambda n: _body(b"From: a@b.c\n" * n), 10_000),
    "header blocks": (lambda n: _body(b"From: a@b.c\nTo: d\nSubject: e\n\n" * n), 4_000),
    "dashes": (lambda n: _body(b"-----\n" * n), 20_000),
    "dashes and words": (lambda n: _body(b"text\n--\nname\n" * n), 8_000),
    "fences": (lambda n: _body(b"```\na\n" * n), 20_000),
    "empty lines": (lambda n: _body(b"\n" * n), 100_000),
    "angle brackets": (lambda n: _body(b"<" * n, b"text/html"), 200_000),
    "open tags": (lambda n: _body(b"<a " * n, b"text/html"), 100_000),
    "open elements": (lambda n: _body(b"<div>" * n, b"text/html"), 50_000),
    "elements that close others": (lambda n: _body(b"<b>" * 300 + b"<i></b>" * n, b"text/html"), 30_000),
    "open comments": (lambda n: _body(b"<!-- " * n, b"text/html"), 100_000),
    "quoted attributes": (lambda n: _body(b'<a b=">' * n, b"text/html"), 30_000),
    "entities": (lambda n: _body(b"&#" + b"9" * n + b";", b"text/html"), 100_000),
    "ampersands": (lambda n: _body(b"&" * n, b"text/html"), 100_000),
    "styles": (lambda n: _body(b"<style>" + b".a{display:none}" * n + b"</style>x", b"text/html"), 3_000),
    "open styles": (lambda n: _body(b"<style>" * n, b"text/html"), 50_000),
    "encoded words": (lambda n: _HEAD + b"Subject: " + b"=?utf-8?q?" * n + b"\r\n\r\nhi\r\n", 10_000),
    "references": (lambda n: _HEAD + b"References: " + b"<a@b>\r\n " * n + b"\r\n\r\nhi\r\n", 10_000),
    "open ids": (lambda n: _HEAD + b"References: " + b"<" * n + b"\r\n\r\nhi\r\n", 100_000),
    "parameters": (lambda n: _HEAD + b"Content-Type: text/plain" + b"; a=b" * n + b"\r\n\r\nhi\r\n", 20_000),
    "header lines": (lambda n: _HEAD + b"X-A: b\r\n" * n + b"\r\nhi\r\n", 15_000),
    "boundaries": (
        lambda n: _HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--bx\r\n" * n + b"--b\r\n\r\nhi",
        9_000,
    ),
    "bounce text": (
        lambda n: b"From: MAILER-DAEMON@example.org\r\nSubject: Undelivered\r\n\r\n"
        + b"The following addresses had\n" + b"a@" * n + b"\n" + b" a@b c@d\n" * n,
        10_000,
    ),
    "Message-ID in brackets": (lambda n: b"From: a@b.org\r\nMessage-ID: <[x@y]>\r\n\r\nhi" + b"\n" * n, 10),
}  # fmt: skip
