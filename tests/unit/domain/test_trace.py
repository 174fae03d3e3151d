"""The trace context of a mail."""

from __future__ import annotations

import pytest

from hermes.domain import trace


def test_a_mail_has_one_trace_whoever_handles_it() -> None:
    made = trace.begin("mail-1")

    assert made == trace.begin("mail-1")
    assert made != trace.begin("mail-2")
    assert trace.trace_id(made) == made.split("-")[1]
    version, _, parent, flags = made.split("-")
    assert (version, len(parent), flags) == ("00", 16, "01")


@pytest.mark.parametrize(
    "given", [None, "", "x", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "ff-" + "1" * 32 + "-a-01"]
)
def test_what_is_no_traceparent_names_no_trace(given: str | None) -> None:
    assert trace.trace_id(given) is None


def test_the_trace_of_a_mail_is_known_by_its_id() -> None:
    assert trace.of_mail("mail-1") == trace.trace_id(trace.begin("mail-1"))
    assert trace.of_mail(None) is None
    assert trace.of_mail("") is None
