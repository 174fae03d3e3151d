"""The ids that a mail answers, in order."""

from __future__ import annotations

import base64

from hermes import limits
from hermes.mail.parse import parse, thread


def keys(*lines: str) -> tuple[str, ...]:
    return thread.keys(parse.parse(("\r\n".join(("From: a@example.org", *lines)) + "\r\n\r\nhi").encode()))


def test_in_reply_to_comes_first_then_references_from_the_last() -> None:
    assert keys("References: <a@x> <b@x>\r\n <c@x>", "In-Reply-To: <b@x>") == ("<b@x>", "<c@x>", "<a@x>")


def test_a_thread_index_is_its_first_22_bytes() -> None:
    index = bytes(range(27))
    wanted = "thread-index:" + base64.b64encode(index[:22]).decode()
    assert keys(f"Thread-Index: {base64.b64encode(index).decode()}") == (wanted,)
    assert keys("Thread-Index: AAAA") == ()


def test_ids_lose_white_space_and_keep_their_brackets() -> None:
    assert keys("In-Reply-To: Message of Monday <a\r\n b@x>") == ("<ab@x>",)
    assert keys("In-Reply-To: bare@x") == ("<bare@x>",)


def test_the_subject_never_counts_and_the_number_is_capped() -> None:
    assert keys("Subject: Re: x <a@b>") == ()
    many = "\r\n ".join(f"<{n}@x>" for n in range(limits.REFERENCES + 50))
    found = keys(f"References: {many}")
    assert len(found) == limits.REFERENCES
    assert found[0] == f"<{limits.REFERENCES + 49}@x>"
