"""The form of a body: what it confirms of the headers that tell how to read it."""

from __future__ import annotations

import pytest

from hermes.mail.parse import parse
from hermes.mail.parse.form import Form

BOTH, KIND, ENCODING, NEITHER = Form(True, True), Form(True, False), Form(False, True), Form()
MIXED = 'Content-Type: multipart/mixed; boundary="b"'
QP, BASE64 = "Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: base64"
PART = "--b\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    ("headers", "body", "form"),
    [
        ([], "Please do it.\r\n", BOTH),
        ([], "", BOTH),
        ([], "-- \r\nAnna\r\n", BOTH),
        (["Content-Type: text/plain; charset=utf-8"], "Größe: 2 < 3\r\n", BOTH),
        (["Content-Type: text/plain; charset=iso-8859-1"], "Do it\r\n", ENCODING),
        (["Content-Type: text/plain; charset=iso-8859-1"], "Gr\udcf6\udcdfe", ENCODING),
        (["Content-Type: text/plain"], "<div>Do it</div>", ENCODING),
        (["Content-Type: text/plain"], "Do it<br>now", ENCODING),
        (["Content-Type: text/plain"], "<br", ENCODING),
        (["Content-Type: text/html"], "<p>Do it</p>\r\n", BOTH),
        (["Content-Type: text/html"], "> Do it <b>now</b>", ENCODING),
        (["Content-Type: application/pdf"], "x", NEITHER),
        (["Content-Transfer-Encoding: 8bit"], "Do it =\r\nnow", KIND),
        ([QP], "Do it =\r\nnow =3D", BOTH),
        ([QP], "Do it=0Anow", KIND),
        ([QP], "Do it=e2=80=a8now", KIND),
        ([QP], "Größe", KIND),
        ([BASE64], "RG8gaXQK\r\n", BOTH),
        ([BASE64], "RG8gaXQK\r\nRG8\r\n", BOTH),
        ([BASE64], "RG8\r\nRG8gaXQK\r\nRG8gaXQK\r\n", NEITHER),
        ([BASE64], "RG8g aXQK", KIND),
        ([BASE64], "RG8K\r\n" * 20_001, KIND),
        (["Content-Transfer-Encoding: uuencode"], "x", NEITHER),
        (["Content-Transfer-Encoding: rot13"], "x", NEITHER),
        ([MIXED], f"{PART}--b--\r\n", BOTH),
        ([MIXED], f"\r\n{PART}--b--\r\n\r\n", BOTH),
        ([MIXED], f"This is a multi-part message in MIME format.\r\n{PART}--b--", BOTH),
        ([MIXED], f"Some words.\r\n{PART}--b--\r\n", ENCODING),
        ([MIXED], f"{PART}--b--\r\nSome words.\r\n", ENCODING),
        ([MIXED], PART, ENCODING),
        (['Content-Type: multipart/mixed; boundary="c"'], f"{PART}--b--\r\n", NEITHER),
        ([], f"{PART}--b--\r\n", ENCODING),
        ([], "x" * (1024 * 1024 + 1), NEITHER),
    ],
)
def test_a_body_confirms_what_it_can_be_read_as_in_no_other_way(headers: list[str], body: str, form: Form) -> None:
    raw = "\r\n".join([*headers, "From: a@example.org", "", body]).encode("utf-8", "surrogateescape")

    assert parse.parse(raw).form == form
