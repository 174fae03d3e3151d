"""Looks for mails that break the reading or the composing: `python -m tests.fuzz -max_total_time=600`, by coverage (atheris, libFuzzer).

What must hold for every input: nothing raises but a refusal, nothing takes longer than a second for a small mail, and a reply to whatever
was read has a header block that no word of the mail can end.
"""

from __future__ import annotations

import email
import pathlib
import sys
import time
from collections.abc import Sequence

import atheris

with atheris.instrument_imports(include=["hermes.mail"]):
    from hermes import errors
    from hermes.mail.parse import content
    from hermes.mail.read import language, reading
    from hermes.mail.write import compose

#: A mail of the fuzzer has some KB: whatever takes this long for one is not linear.
_SECONDS = 2.0
_SEEDS = pathlib.Path(__file__).with_name("seeds")
_KEPT = pathlib.Path(".hermes/fuzz")
_SITE = "site@agent.example.com"


def one(data: bytes) -> None:
    """Read one input as a mail, as a text, as HTML; answer it."""
    started = time.perf_counter()
    found = reading.read(data)
    if found.refusal is errors.Refusal.UNREADABLE:
        raise AssertionError(found.refusal_detail)
    content.digest(found.mail, data)
    body = reading.decoded(data)
    for shown in (found, reading.read_body(body), reading.read_html(body), reading.again(found, [data])):
        if shown.newest is not None:
            language.detect(shown.newest.text)
    _answer(found)
    took = time.perf_counter() - started
    if took > _SECONDS:
        raise AssertionError(f"{len(data)} bytes took {took:.1f} s")


def _answer(found: reading.Reading) -> None:
    mail = found.mail
    if mail is None:
        return
    raw = compose.compose(
        compose.Draft(
            message_id="<1@agent.example.com>",
            date=0.0,
            sender_name="Hermes",
            sender_address=_SITE,
            recipient=found.author.address if found.author else "x@example.org",
            subject=mail.subject,
            text=found.newest.text if found.newest else "",
            html="<p>x</p>",
            in_reply_to=mail.message_id,
            references=mail.references,
            thread_index=mail.headers.get("Thread-Index") or None,
            thread_topic=mail.headers.get("Thread-Topic") or None,
            loop="hermes",
        )
    )
    read = email.message_from_bytes(raw)
    if read.defects or str(read["From"]).count("@") != 1 or read.get_content_type() != "multipart/alternative":
        raise AssertionError("the reply's header block is broken")
    for name in ("From", "To", "Subject", "Message-ID", "X-Hermes-Loop"):
        if len(read.get_all(name, [])) != 1:
            raise AssertionError(f"the reply has not one {name}")


def main(arguments: Sequence[str]) -> None:
    """Run until the fuzzer's own limits end it."""
    # What it learns is kept there, and what breaks: it ignores nothing that it found in an earlier run.
    _KEPT.mkdir(parents=True, exist_ok=True)
    settings = ["-max_len=8192", "-timeout=10", "-max_total_time=60", f"-artifact_prefix={_KEPT}/broken-"]
    atheris.Setup([arguments[0], *settings, *arguments[1:], str(_KEPT), str(_SEEDS)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
