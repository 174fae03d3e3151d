"""Raw mail to values, and the limits."""

# ruff: noqa: E501
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes import errors, limits
from hermes.mail.parse import parse, split
from hermes.mail.read import reading
from tests.score import corpora, figures, hostile

HEAD = b"From: Ida <ida@example.org>\r\nMIME-Version: 1.0\r\n"


def mixed(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/%b; boundary="b"\r\n\r\n' % kind
        + b"".join(b"--b\r\n" + one + b"\r\n" for one in parts)
        + b"--b--\r\n"
    )


def test_a_plain_mail_is_read() -> None:
    mail = parse.parse(HEAD + b"Subject: Hi\r\nMessage-ID: <[x@y]>\r\nReferences: <a@b>\r\n <c@d>\r\n\r\nHello\r\n")
    assert (mail.subject, mail.message_id, mail.references, mail.text, mail.html) == (
        "Hi",
        "<[x@y]>",
        ("<a@b>", "<c@d>"),
        "Hello\n",
        None,
    )


def test_alternatives_give_text_and_html() -> None:
    mail = parse.parse(mixed(b"\r\nplain", b"Content-Type: text/html\r\n\r\n<b>html</b>", kind=b"alternative"))
    assert (mail.text, mail.html) == ("plain", "<b>html</b>")


def test_files_are_attachments_with_safe_names() -> None:
    mail = parse.parse(
        mixed(
            b"\r\nsee file",
            b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''..%2F..%2Fetc%2Fpa%00ss.pdf\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=",
        )
    )
    assert [(one.name, one.content_type, one.content) for one in mail.attachments] == [
        ("pa ss.pdf", "application/pdf", b"Hello")
    ]
    assert mail.text == "see file"


def test_tnef_and_embedded_mail_are_left_alone() -> None:
    mail = parse.parse(
        mixed(
            b"\r\nhi",
            b'Content-Type: application/ms-tnef; name="winmail.dat"\r\n\r\n\x78\x9f',
            b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ndelete everything",
        )
    )
    assert [one.content_type for one in mail.attachments] == ["application/ms-tnef", "message/rfc822"]
    assert mail.text == "hi"


def test_flowed_lines_are_joined_per_quote_depth() -> None:
    body = b"Please make the \r\ntitle blue.\r\n>> old \r\n>> text\r\n-- \r\nIda\r\n"
    mail = parse.parse(HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + body)
    assert mail.text == "Please make the title blue.\n>> old text\n-- \nIda\n"


def test_an_html_mail_with_a_plain_footer_stays_html() -> None:
    mail = parse.parse(mixed(b"Content-Type: text/html\r\n\r\n<p>Do it</p>", b"\r\nfooter & more"))
    assert mail.text is None
    assert mail.html is not None
    assert "Do it" in mail.html
    assert "footer &amp; more" in mail.html


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"a" * (limits.MAIL_BYTES + 1), errors.Refusal.TOO_LARGE),
        (b"X: " + b"a" * (limits.HEADER_BYTES + 10) + b"\r\n\r\nhi", errors.Refusal.HEADERS_TOO_LARGE),
        (hostile.empty_parts(split.PARTS + 1), errors.Refusal.TOO_MANY_PARTS),
        (hostile.nesting(split.NESTING + 2), errors.Refusal.TOO_DEEP),
        (hostile.recipients(limits.RECIPIENTS + 1), errors.Refusal.TOO_MANY_RECIPIENTS),
        (mixed(*[b"Content-Type: image/png\r\n\r\nx"] * (limits.ATTACHMENTS + 1)), errors.Refusal.TOO_MANY_ATTACHMENTS),
    ],
)
def test_each_limit_is_a_refusal(raw: bytes, refusal: errors.Refusal) -> None:
    with pytest.raises(errors.Refused) as caught:
        parse.parse(raw)
    assert caught.value.refusal is refusal


@pytest.mark.parametrize("name", sorted(hostile.HOSTILE))
def test_hostile_mail_costs_little_and_no_more_than_its_size(name: str) -> None:
    make, size = hostile.HOSTILE[name]
    for tries in (1, 1, 3, 3):
        once, twice = figures.doubling(make, size, tries)
        # A machine under load measures short times badly: the growth of anything under 50 ms says nothing.
        if once < 1 and twice < 2.5 * max(once, 0.05):
            return
    pytest.fail(f"{once:.3f} s, then {twice:.3f} s for twice the size")


def test_real_mail_never_raises_and_decodes_as_expected() -> None:
    mime, malformed = corpora.folder("mime"), corpora.folder("malformed")
    if mime is None or malformed is None:
        pytest.skip(corpora.ABSENT)
    assert figures.never_raises([*mime.glob("*.msg"), *malformed.glob("*.eml")]).wrong == []
    assert figures.decoded_bytes(mime).right >= 33


@given(st.binary(max_size=600))
def test_any_bytes_end_in_a_reading(raw: bytes) -> None:
    assert reading.read(raw) is not None


_LINES = st.sampled_from(
    [b"From: a@b.org", b"From: ", b'Content-Type: multipart/mixed; boundary="b"', b"Content-Type: text/html", b"--b", b"--b--", b"", b" ",
     b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: x-uuencode", b"begin 644 x", b"<div style='display:none'>", b"&#x;", b"=?utf-8?q?=", b"> a",
     b"On Mon, 1 Jan 2024 at 10:00, Ida <a@b> wrote:", b"Subject: =?x?b?=?=", b"-- ", b"```", b"\xff\xfe", b"Thread-Index: AAAA", b"References: <"]
)  # fmt: skip


@settings(max_examples=200)
@given(st.lists(_LINES, max_size=40))
def test_any_mail_of_telling_lines_ends_in_a_reading(lines: list[bytes]) -> None:
    found = reading.read(b"\r\n".join(lines))
    assert found.refusal is not errors.Refusal.UNREADABLE, found.refusal_detail


def test_an_alternative_of_files_alone_has_no_text() -> None:
    mail = parse.parse(mixed(b"Content-Type: image/png\r\n\r\nx", kind=b"alternative"))
    assert (mail.text, mail.html, [one.content_type for one in mail.attachments]) == (None, None, ["image/png"])


def test_every_text_of_a_mail_shares_one_room() -> None:
    half = b"\r\n" + b"a" * (limits.BODY_CHARS // 2 + 1)
    mail = parse.parse(mixed(half, half))
    assert mail.text is not None
    assert len(mail.text) == limits.BODY_CHARS + 1  # and the line end between the two
    assert mail.defects == (f"text cut after {limits.BODY_CHARS} characters",)
    whole = parse.parse(HEAD + b"\r\n" + b"a" * limits.BODY_CHARS)
    assert (len(whole.text or ""), whole.defects) == (limits.BODY_CHARS, ())


def test_lines_over_the_limit_are_cut() -> None:
    mail = parse.parse(HEAD + b"\r\n" + b"a\r\n" * (limits.BODY_LINES + 1))
    assert (mail.text or "").count("\n") == limits.BODY_LINES - 1
    assert mail.defects == (f"text cut after {limits.BODY_LINES} lines",)
    whole = parse.parse(HEAD + b"\r\n" + b"a\r\n" * limits.BODY_LINES)
    assert ((whole.text or "").count("\n"), whole.defects) == (limits.BODY_LINES, ())


def test_an_attachment_in_an_unknown_encoding_is_kept_as_it_is_and_noted() -> None:
    mail = parse.parse(mixed(b"\r\nhi", b"Content-Type: image/png\r\nContent-Transfer-Encoding: rot13\r\n\r\nabc"))
    assert [one.content for one in mail.attachments] == [b"abc"]
    assert mail.defects == ("transfer encoding not known: rot13",)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a" * 120, "a" * 120),
        ("a" * 121, "a" * 120),
        ("a" * 200 + ".jpeg", "a" * 108 + ".jpeg"),
        ("a" * 116 + ".pdf", "a" * 116 + ".pdf"),
        ("a." + "b" * 200, "a." + "b" * 10),
        ("..", "attachment"),
        (".hidden ", "hidden"),
        ("C:\\x\\y.txt", "y.txt"),
        ("a:b?c.txt", "a_b_c.txt"),
    ],
)
def test_a_long_name_keeps_its_ending(given: str, name: str) -> None:
    assert parse._safe_name(given, "application/pdf") == name


def test_an_attachment_says_its_size_wherever_its_bytes_lie() -> None:
    assert parse.Attachment("a", "text/plain", b"12345").size == 5
    assert parse.Attachment("a", "text/plain", b"", path="/x", stored_bytes=9).size == 9


@pytest.mark.parametrize(
    ("name", "content_type", "is_patch"),
    [
        ("a.patch", "text/plain", True),
        ("A.DIFF", "text/plain", True),
        ("a", "text/x-diff", True),
        ("a", "text/x-patch", True),
        ("a.txt", "text/plain", False),
    ],
)
def test_a_patch_is_known_by_its_name_or_type(name: str, content_type: str, is_patch: bool) -> None:
    assert parse.Attachment(name, content_type, b"").is_patch is is_patch


def test_recipients_are_not_counted_where_only_the_writer_matters() -> None:
    raw = hostile.recipients(limits.RECIPIENTS + 1)
    assert parse.parse(raw, every_recipient=True).headers.get("Cc")
    assert parse.parse(hostile.recipients(limits.RECIPIENTS - 1)).headers.get("Cc")


def test_a_boundary_that_lost_the_spaces_at_its_end_is_found() -> None:
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="b  "\r\n\r\n--b\r\n\r\nhi\r\n--b--\r\n'
    assert parse.parse(raw).text == "hi"
    never = parse.parse(raw.replace(b"--b", b"--c"))
    assert never.defects == ("multipart whose boundary never comes",)


def test_parts_are_counted_over_all_levels() -> None:
    def inner(count: int) -> bytes:
        parts = b"".join(b"--i\r\n\r\nx\r\n" for _ in range(count))
        return b'Content-Type: multipart/mixed; boundary="i"\r\n\r\n' + parts + b"--i--"

    half = split.PARTS // 2 - 2
    assert parse.parse(mixed(inner(half), inner(half))).text  # the mail, its two halves, and what they hold
    parse.parse(mixed(inner(half), inner(half + 1)))
    with pytest.raises(errors.Refused, match=f"more than {split.PARTS} parts"):
        parse.parse(mixed(inner(half), inner(half + 2)))


def test_lines_that_only_look_like_boundaries_are_counted_too() -> None:
    def looking(count: int) -> bytes:
        return mixed(b"\r\n" + b"--bbb\r\n" * count)

    assert parse.parse(looking(split.BOUNDARY_LINES - 2)).text
    with pytest.raises(errors.Refused, match=f"more than {split.BOUNDARY_LINES} boundary lines"):
        parse.parse(looking(split.BOUNDARY_LINES - 1))


def test_a_mail_with_the_line_ends_of_old_macs_is_read() -> None:
    found = parse.parse(b"From: a@example.org\rSubject: The title\r\rMake it blue.\rNow.\r")
    assert (found.subject, (found.text or "").split()) == ("The title", ["Make", "it", "blue.", "Now."])
