"""Which attachments are taken, by name, type and first bytes; nothing is unpacked."""

from __future__ import annotations

import io
import zipfile

import pytest

from hermes.mail.parse import attachments
from hermes.mail.parse.attachments import Sort
from hermes.mail.parse.parse import Attachment

PNG, ZIP, EXE = b"\x89PNG\r\n\x1a\n", b"PK\x03\x04rest", b"MZ\x90\x00\x03\x00"


def _one(name: str, kind: str = "application/octet-stream", content: bytes = b"x") -> Attachment:
    return Attachment(name, kind, content)


@pytest.mark.parametrize(
    ("one", "sort"),
    [
        (_one("photo.png", "image/png", PNG), Sort.FILE),
        (_one("notes.txt", "text/plain", b"MZ is not magic here"), Sort.FILE),
        (_one("fix.patch", "text/x-patch"), Sort.FILE),
        (_one("script.py", "text/x-python", b"#!/usr/bin/env python\n"), Sort.FILE),
        (_one("letter.docx", "application/zip-compressed", ZIP), Sort.FILE),
        (_one("attachment", "application/pdf", b"%PDF-1.7"), Sort.FILE),
        (_one("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22"), Sort.FILE),
        (_one("site.zip"), Sort.ARCHIVE),
        (_one("SITE.TAR.GZ"), Sort.ARCHIVE),
        (_one("site", "application/zip"), Sort.ARCHIVE),
        (_one("picture.png", "image/png", ZIP), Sort.ARCHIVE),
        (_one("data.txt", "text/plain", b"\x1f\x8b\x08"), Sort.ARCHIVE),
        (_one("setup.exe"), Sort.PROGRAM),
        (_one("setup.exe. ."), Sort.PROGRAM),
        (_one("invoice.pdf.scr", "application/pdf"), Sort.PROGRAM),
        (_one("photo.png", "image/png", EXE), Sort.PROGRAM),
        (_one("tool", content=b"\x7fELF\x02"), Sort.PROGRAM),
        (_one("form.docm"), Sort.PROGRAM),
        (_one("a.jar", "application/zip", ZIP), Sort.PROGRAM),
    ],
)
def test_the_worst_of_name_type_and_bytes_counts(one: Attachment, sort: Sort) -> None:
    assert attachments.sort_of(one) is sort


@pytest.mark.parametrize(
    ("policy", "refused"),
    [("files", ("b.zip", Sort.ARCHIVE)), ("archives", ("c.exe", Sort.PROGRAM)), ("all", None)],
)
def test_each_policy_takes_what_it_names(policy: attachments.Policy, refused: tuple[str, Sort] | None) -> None:
    assert attachments.refused([_one("a.png"), _one("b.zip"), _one("c.exe")], policy) == refused


def test_a_bomb_costs_nothing() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(50_000_000))

    assert attachments.sort_of(_one("a.txt", "text/plain", packed.getvalue())) is Sort.ARCHIVE
