"""Who may use the HTTP control, and how often."""

from __future__ import annotations

import pytest
from fastapi import HTTPException, Request

from hermes.execution import RateLimit
from hermes.execution.control.access import Access


def _asks(token: str = "", client: str = "1.2.3.4") -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "headers": headers, "client": (client, 1) if client else None})


@pytest.mark.parametrize("token", ["là", "\u00a0a\u0085"])
def test_no_byte_of_a_token_is_taken_for_a_space(token: str) -> None:
    request = _asks(token)
    Access(tokens={"anna": token}, limit=RateLimit())(request)
    assert Access.caller(request) == "anna"


def test_a_rate_refills_with_time() -> None:
    clock = [0.0]
    access = Access(tokens={"anna": "a"}, limit=RateLimit(2, 10), monotonic=lambda: clock[0])
    for _ in range(2):
        access(_asks("a"))
    with pytest.raises(HTTPException) as caught:
        access(_asks("a"))
    assert (caught.value.status_code, caught.value.headers) == (429, {"Retry-After": "5"})
    clock[0] = 5.0
    request = _asks("a")
    access(request)
    assert Access.caller(request) == "anna"


def test_the_addresses_that_are_counted_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.execution.control.access._ADDRESSES", 3)
    access = Access(tokens={"anna": "a"}, limit=RateLimit(1, 10))
    for address in ("", "1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4", ""):
        with pytest.raises(HTTPException) as caught:
            access(_asks("guess", address))
        assert caught.value.status_code == 401
    assert len(access._buckets) == 3


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:1.2.3.4", "1.2.3.4", True),
        ("::ffff:1.2.3.4", "1.2.3.5", False),
        ("a-socket", "a-socket", True),
    ],
)
def test_addresses_that_one_guesser_may_have_share_a_rate(one: str, other: str, together: bool) -> None:
    access = Access(tokens={"anna": "a"}, limit=RateLimit(1, 3600))
    answers = []
    for address in (one, other):
        with pytest.raises(HTTPException) as caught:
            access(_asks("guess", address))
        answers.append(caught.value.status_code)
    assert answers == [401, 429 if together else 401]


@pytest.mark.parametrize("wrong", [(0, 60.0), (1, 0.0), (1, float("inf"))])
def test_a_rate_that_cannot_be_is_refused(wrong: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="rate limit"):
        RateLimit(*wrong)
