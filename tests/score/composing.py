"""Hostile drafts of replies, and what of a composed reply must hold whatever is in them."""

from __future__ import annotations

import dataclasses
import email
import email.header
import email.message
import email.utils

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hermes.mail.write import compose

DRAFT = compose.Draft(
    message_id="<hermes.abc@acme.example>",
    date=1_790_000_000.0,
    sender_name="Hermes",
    sender_address="site@acme.example",
    recipient="anna@example.org",
    reply_to="site+t0ken@acme.example",
    subject="Homepage title",
    text="Done.\n",
    html="<p>Done.</p>\n",
    in_reply_to="<b@example.org>",
    references=("<a@example.org>",),
    loop="acme",
)
_SPECIAL = '\r\n\x00\x0b\x0c\x1c\x85\u2028\u2029\ud800\udfff\ufffe\uffff\t =?_<>@"\\,;:()[]ABcq8é世'
_TELLING = (
    "\r\n", "\n\n", "\r", "Bcc: x@y", "=?utf-8?q?=0D=0A?=", "=?utf-8?b?DQo=?=", "=?utf-8?q?", "?=", "=0A", "\u2028", "\x85", "Re: ",
    "<a@b>", "é", "x" * 90, "é" * 200, " ",
)  # fmt: skip
_FRAGMENTS = st.lists(
    st.one_of(
        st.sampled_from(_TELLING),
        st.text(_SPECIAL, max_size=20),
        st.text(max_size=12),
    ),
    max_size=4,
).map("".join)
#: Everything that somebody else may have written into what a reply is made of.
DRAFTS = st.builds(
    lambda name, topic, **more: dataclasses.replace(
        DRAFT, sender_name=name, loop=name, thread_topic=topic, auto_submitted=topic, **more
    ),
    name=_FRAGMENTS,
    topic=_FRAGMENTS,
    message_id=_FRAGMENTS,
    subject=_FRAGMENTS,
    in_reply_to=_FRAGMENTS,
    references=st.lists(_FRAGMENTS, max_size=4).map(tuple),
    recipient=_FRAGMENTS,
    reply_to=_FRAGMENTS,
    thread_index=_FRAGMENTS,
    language=_FRAGMENTS,
    text=_FRAGMENTS,
)
_EXPECTED = {
    name.lower()
    for name in email.message_from_bytes(compose.compose(dataclasses.replace(DRAFT, thread_topic="x"))).keys()  # noqa: SIM118
} | {"thread-index", "thread-topic"}


def wrong(draft: compose.Draft) -> str:
    """What is broken in the reply of a draft; empty where nothing is."""
    raw = compose.compose(draft)
    head = raw.split(b"\r\n\r\n", 1)[0]
    message = email.message_from_bytes(raw)
    names = [name.lower() for name, _ in message.items()]
    subject = str(email.header.make_header(email.header.decode_header(message["Subject"].replace("\r\n", ""))))
    html = message.get_payload()[1].get_payload(decode=True) if message.is_multipart() else b""  # type: ignore[index, union-attr]
    held = {
        "it is not ASCII": raw.isascii(),
        "a header line is too long or empty": all(len(one) <= 998 and one.strip() for one in head.split(b"\r\n")),
        "a line ends otherwise than by CRLF": not {10, 13} & set(raw.replace(b"\r\n", b"")),
        "a header stands twice": len(names) == len(set(names)),
        "a header came from outside": set(names) <= _EXPECTED,
        "it is defective": message.defects == [],
        "From is another": email.utils.parseaddr(message["From"])[1] == DRAFT.sender_address,
        "its parts are others": [part.get_content_type() for part in message.walk()]
        == ["multipart/alternative", "text/plain", "text/html"],
        "its HTML is another": html in (b"<p>Done.</p>\n", b"<p>Done.</p>\r\n"),
        "the subject is another": subject.strip() == compose.reply_subject(draft.subject),
    }
    return "; ".join(reason for reason, holds in held.items() if not holds)


def broken(count: int) -> tuple[int, int]:
    """How many drafts were composed, and how many of them are broken."""
    seen, failed = 0, 0

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(DRAFTS)
    def each(draft: compose.Draft) -> None:
        nonlocal seen, failed
        seen += 1
        failed += bool(wrong(draft))

    each()
    return seen, failed
