"""Who may command: the first rule that fails decides, and who is not authenticated is told nothing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from hermes import errors, limits
from hermes.config import loading as config
from hermes.domain.pointer import Pointer
from hermes.gateway.intake.admission import Admission, Judgement
from hermes.gateway.intake.raw_mail import RawMail
from hermes.mail.authenticate import trust
from hermes.mail.authenticate.verdict import Source, Verdict
from hermes.mail.parse import split
from hermes.mail.parse.address import Address
from hermes.mail.read import reading

CONFIG = config.parse(
    {
        "projects": [
            {
                "client": "acme",
                "project": "site",
                "repository": "r",
                "addresses": ["site@agent.example.com"],
                "owners": ["anna@example.org"],
                "agent": {"kind": "patch"},
                "language": "de",
            }
        ]
    }
)


def _pointer(recipient: str = "site@agent.example.com") -> Pointer:
    return Pointer(key="k", recipient=recipient, ingress="smtp", received_at=1.0)


def _raw(body: str = "Do it", *, sender: str = "Anna <Anna@Example.org>", more: str = "") -> bytes:
    return f"Message-ID: <1@x>\r\nFrom: {sender}\r\nTo: Site@agent.example.com\r\nSubject: S\r\n{more}\r\n{body}\r\n".encode()


def _admission(doubt: str | None = None) -> Admission:
    async def judge(pointer: Pointer, mail: RawMail, author: Address, *, ask: bool) -> Verdict:
        return Verdict(
            passed=doubt is None,
            source=Source.SPF,
            reason=doubt or "",
            domain="example.org",
            evidence=trust.Evidence(envelope=True),
        )

    return Admission(config=CONFIG, judge=judge)


async def _judged(pointer: Pointer, raw: bytes, doubt: str | None = None) -> Judgement:
    async with _admission(doubt).judge(pointer, RawMail.of(raw)) as found:
        return found


async def test_an_owner_whose_mail_is_vouched_for_is_let_in() -> None:
    found = await _judged(_pointer("SITE+abc@agent.example.com"), _raw("OK"))

    assert (found.refusal, found.ignored, found.authenticated) == (None, False, True)
    origin = found.origin(_pointer("SITE+abc@agent.example.com"))
    assert (origin.author, origin.author_name, origin.address) == ("anna@example.org", "Anna", "site@agent.example.com")
    assert origin.language == "de"


@pytest.mark.parametrize(
    ("raw", "recipient", "doubt", "refusal", "authenticated"),
    [
        (_raw(), "other@agent.example.com", None, errors.Refusal.NO_PROJECT, False),
        (_raw(), "site@agent.example.com", "no verdict", errors.Refusal.NOT_AUTHENTICATED, False),
        (_raw(sender="a@b.org, c@d.org"), "site@agent.example.com", None, errors.Refusal.FROM_UNUSABLE, False),
        (_raw(sender="eve@example.net"), "site@agent.example.com", None, errors.Refusal.NOT_AN_OWNER, True),
        (_raw("> quoted\r\n\r\n-- \r\nAnna"), "site@agent.example.com", None, errors.Refusal.UNSURE, True),
        (_raw(""), "site@agent.example.com", "no verdict", errors.Refusal.NOT_AUTHENTICATED, False),
    ],
)
async def test_the_first_rule_that_fails_decides(
    raw: bytes, recipient: str, doubt: str | None, refusal: errors.Refusal, authenticated: bool
) -> None:
    found = await _judged(_pointer(recipient), raw, doubt)

    assert (found.refusal, found.authenticated) == (refusal, authenticated)


async def test_a_machine_is_ignored_whoever_it_says_it_is() -> None:
    found = await _judged(_pointer(), _raw(more="Auto-Submitted: auto-replied\r\n"))

    assert (found.ignored, found.refusal, found.authenticated) == (True, None, False)
    assert found.reason.startswith("auto-reply")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize(("doubt", "expected"), [(None, "too_many_parts"), ("no verdict", "not_authenticated")])
async def test_a_body_that_cannot_be_taken_apart_still_has_an_author(
    end: str, doubt: str | None, expected: str
) -> None:
    parts = "\r\n".join(["--b\r\n\r\nx"] * (split.PARTS + 1))
    raw = _raw(parts, more='Content-Type: multipart/mixed; boundary="b"\r\n').replace(b"\r\n", end.encode())

    found = await _judged(_pointer(), raw, doubt)

    assert found.refusal == expected
    assert found.reading.author is not None
    assert found.authenticated is (doubt is None)


async def test_headers_without_end_have_no_author() -> None:
    raw = b"From: anna@example.org\r\n" + b"X-More: " + b"x" * (limits.HEADER_BYTES + 10) + b"\r\n\r\nDo it"

    found = await _judged(_pointer(), raw)

    assert (found.refusal, found.authenticated) == (errors.Refusal.HEADERS_TOO_LARGE, False)
    with pytest.raises(errors.Refused):
        found.origin(_pointer())


async def test_a_mail_that_takes_too_long_to_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **more: Any) -> reading.Reading:
        time.sleep(0.2)
        return reading.Reading()

    monkeypatch.setattr(reading, "read", slow)
    monkeypatch.setattr(limits, "READ_SECONDS", 0.02)

    found = await _judged(_pointer(), _raw())

    assert (found.refusal, found.authenticated) == (errors.Refusal.UNREADABLE, True)
    assert "longer than" in found.reason
