"""Pictures of a mail stand where its HTML names them; nothing else is put in."""

from __future__ import annotations

import base64
import email.message

import pytest

from hermes.mail.parse import inline_pictures

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40


def a_mail(*parts: tuple[str, str, bytes]) -> email.message.EmailMessage:
    made = email.message.EmailMessage()
    made.set_content("<p>", subtype="html")
    for name, kind, data in parts:
        made.add_related(data, *kind.split("/"), cid=f"<{name}>")
    return made


def test_a_picture_stands_where_the_html_names_it() -> None:
    mail = a_mail(("one@h.test", "image/png", PNG), ("two@h.test", "image/jpeg", b"jpeg"))

    html = inline_pictures.shown("<img src=\"cid:one@h.test\"><img src='CID:two%40h.test'>", mail)

    png = base64.b64encode(PNG).decode()
    assert html == f"<img src=\"data:image/png;base64,{png}\"><img src='data:image/jpeg;base64,anBlZw=='>"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("image/svg+xml", b"<svg onload='x()'/>"),
        ("text/html", b"<script>"),
        ("image/png", b""),
        ("image/png", b"x" * (1024 * 1024 + 1)),
    ],
)
def test_what_may_act_or_is_too_large_is_left_out(kind: str, data: bytes) -> None:
    html = '<img src="cid:one@h.test">'
    assert inline_pictures.shown(html, a_mail(("one@h.test", kind, data))) == html


def test_all_of_a_mail_have_a_limit() -> None:
    mail = a_mail(*((f"{number}@h.test", "image/png", b"x" * 1024 * 1024) for number in range(9)))
    html = inline_pictures.shown("".join(f'<img src="cid:{number}@h.test">' for number in range(9)), mail)
    assert html.count("data:") == 8
    assert '"cid:8@h.test"' in html


def test_a_mail_without_pictures_is_as_it_was() -> None:
    html = '<img src="cid:none@h.test"> cid: '
    assert inline_pictures.shown(html, a_mail()) == html
    assert inline_pictures.shown(html, a_mail(("one@h.test", "image/png", PNG))) == html
