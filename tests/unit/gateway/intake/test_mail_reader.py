"""Large mails are read in a process of their own: as in the gateway, but for memory, time, and what it may answer."""

from __future__ import annotations

import base64
import pickle
import sys
from pathlib import Path

import pytest

from hermes import errors
from hermes.gateway.intake import mail_reader
from hermes.gateway.intake.mail_reader import MailReader
from hermes.gateway.intake.raw_mail import RawMail
from hermes.mail.authenticate import body_hash
from hermes.mail.parse import content
from hermes.mail.read import reading

_HEAD = (
    b"Message-ID: <1@x>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nFrom: anna@example.org\r\nTo: site@x.example\r\n"
)
_FILE = bytes(range(256)) * 6000
_RAW = (
    _HEAD
    + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nPlease look\r\n'
    + b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(_FILE)
    + b"--b--\r\n"
)


async def test_a_large_mail_is_read_as_a_small_one_is_but_for_where_its_files_lie(tmp_path: Path) -> None:
    mail = RawMail.of(_RAW)
    assert not mail.whole
    async with MailReader(folder=tmp_path).read(mail, sender="anna@example.org") as answer:
        expected = reading.read(_RAW, envelope_sender="anna@example.org")
        assert answer.reading.instruction == expected.instruction
        assert answer.reading.newest == expected.newest
        assert answer.reading.mail is not None
        (file,) = answer.reading.mail.attachments
        assert file.path is not None
        assert (file.name, file.size, Path(file.path).read_bytes()) == ("a.pdf", len(_FILE), _FILE)
        assert answer.content == content.digest(expected.mail, _RAW)
    assert list(tmp_path.iterdir()) == []


async def test_a_mail_in_pieces_has_the_hash_of_the_whole() -> None:
    for form in ("simple", "relaxed"):
        assert await RawMail.of(_RAW).body_hash(form) == body_hash.of([_RAW[len(RawMail.of(_RAW).head) :]], form)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to a limit of memory")
async def test_one_that_takes_too_much_memory_is_refused() -> None:
    raw = _HEAD + b"\r\n" + b"x" * (25 * 1024 * 1024)
    async with MailReader(memory_bytes=24 * 1024 * 1024).read(RawMail.of(raw), sender=None) as answer:
        assert answer.reading.refusal is errors.Refusal.UNREADABLE


async def test_one_that_takes_too_long_is_killed_and_refused() -> None:
    async with MailReader(seconds=0.01).read(RawMail.of(_RAW), sender=None) as answer:
        assert answer.reading.refusal is errors.Refusal.UNREADABLE
        assert "longer than" in answer.reading.refusal_detail


async def test_an_answer_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_reader, "READER_ANSWER_BYTES", 100)
    async with MailReader().read(RawMail.of(_RAW), sender=None) as answer:
        assert answer.reading.refusal is errors.Refusal.UNREADABLE


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("1/0",)


@pytest.mark.parametrize("answer", [_Evil(), (_Evil(), b"", ""), (Path("/"), b"", ""), ("no reading", b"", "")])
def test_an_answer_of_anything_else_is_none(answer: object) -> None:
    with pytest.raises((pickle.UnpicklingError, TypeError)):
        mail_reader._unpickled(pickle.dumps(answer))
