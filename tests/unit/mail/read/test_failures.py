"""Which mails a delivery report is about."""

from __future__ import annotations

import pytest

from hermes.mail.parse import parse
from hermes.mail.read import failures


def report(*parts: bytes, text: bytes = b"It did not arrive.") -> bytes:
    head = b'From: MAILER-DAEMON@mx.example\r\nTo: site@agent.example\r\nContent-Type: multipart/report; boundary="b"\r\n\r\n'
    return head + b"--b\r\n\r\n" + text + b"\r\n" + b"".join(b"--b\r\n" + one + b"\r\n" for one in parts) + b"--b--\r\n"


def status(*actions: bytes) -> bytes:
    lines = b"".join(b"\r\nFinal-Recipient: rfc822; bob@x.example\r\nAction: " + one + b"\r\n" for one in actions)
    return b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n" + lines


@pytest.mark.parametrize(
    ("actions", "final"),
    [
        ((b"failed",), True),
        ((b"Failed",), True),
        ((b"delayed",), False),
        ((b"delivered",), False),
        ((b"delayed", b"failed"), True),
        ((), True),
    ],
)
def test_a_report_that_a_mail_is_late_is_not_final(actions: tuple[bytes, ...], final: bool) -> None:
    assert failures.is_final(parse.parse(report(status(*actions)))) is final
    assert failures.is_final(parse.parse(b"From: a@b.example\r\n\r\nIt did not arrive."))


def test_a_report_that_stumbles_the_library_is_read_by_our_own_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise LookupError("unknown encoding: x")

    monkeypatch.setattr("flufl.bounce.scan_message", broken)
    assert failures._by_flufl(report(status(b"failed"))) == []


def test_the_mail_that_came_back_is_known_by_its_id() -> None:
    returned = b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <1@agent.example>\r\nSubject: x\r\n\r\nhi"
    headers = b"Content-Type: text/rfc822-headers\r\n\r\nMessage-Id: <2@agent.example>\r\n"
    assert failures.original_ids(parse.parse(report(returned, headers, returned))) == (
        "<1@agent.example>",
        "<2@agent.example>",
    )
    told = report(text=b"Your mail did not arrive:\r\n\r\nMessage-ID: <3@agent.example>\r\n")
    assert failures.original_ids(parse.parse(told)) == ("<3@agent.example>",)
