"""Whose mail passes a limit is told which."""

from __future__ import annotations

import pytest

from hermes import limits
from hermes.domain.mails import Outcome
from hermes.mail.parse import split
from tests.integration.gateway.play import ANNA, Play
from tests.integration.mail.correspondence import (
    PASS,
    deliver,
    settings,
    settled,
    written,
)


def _parts(count: int) -> str:
    return "\r\n".join(["--b\r\n\r\nx"] * count + ["--b--"])


def _nested(depth: int) -> str:
    return "".join(f'--b{n}\r\nContent-Type: multipart/mixed; boundary="b{n + 1}"\r\n\r\n' for n in range(depth))


def _files(count: int) -> str:
    one = "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\nx"
    return "\r\n".join([one] * count + ["--b--"])


@pytest.mark.parametrize(
    ("headers", "body", "kind"),
    [
        (('Content-Type: multipart/mixed; boundary="b"',), _parts(split.PARTS + 1), "too_many_parts"),
        (('Content-Type: multipart/mixed; boundary="b0"',), _nested(split.NESTING + 5), "too_deep"),
        (
            ('Content-Type: multipart/mixed; boundary="b"',),
            _files(limits.ATTACHMENTS + 1),
            "too_many_attachments",
        ),
        ((f"Cc: {', '.join(f'u{n}@example.net' for n in range(limits.RECIPIENTS))}",), "Do it", "too_many_recipients"),
    ],
)
async def test_whose_mail_passes_a_limit_is_told_which(
    play: Play, headers: tuple[str, ...], body: str, kind: str
) -> None:
    gateway = await play.gateway(**settings(play))
    raw = written(body, author=ANNA).replace(b"Content-Type: text/plain; charset=utf-8\r\n", b"", 1)
    raw = raw.replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\n" + "\r\n".join(headers).encode() + b"\r\n", 1)

    record = await deliver(play, gateway, raw, ses=PASS)
    (reply,) = await settled(play, 1)

    assert (record.outcome, reply.kind, reply.recipient) == (Outcome.REFUSED, kind, ANNA)


async def test_whose_mail_is_too_large_is_told_so(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await play.gateway(**settings(play))
    monkeypatch.setattr(limits, "MAIL_BYTES", 5000)
    raw = written("x" * 6000, author=ANNA)

    record = await deliver(play, gateway, raw, ses=PASS)
    stranger = await deliver(play, gateway, raw, ses=None)
    (reply,) = await settled(play, 1)

    assert (record.outcome, reply.kind, reply.recipient) == (Outcome.REFUSED, "too_large", ANNA)
    assert stranger.outcome is Outcome.REFUSED
    assert record.message_id
