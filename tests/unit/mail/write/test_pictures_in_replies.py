"""Pictures, changed texts and the diff in a reply: shown, named for people who do not see them, and kept apart from its record."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage

import pytest

from hermes.domain import wire
from hermes.domain.reply_facts import Done, ReplyFacts, ReplyKind, Report, ShownFile
from hermes.mail.write import apart, compose, templates
from tests.unit.mail.write import page
from tests.unit.mail.write.known import PNG

DESKTOP, PHONE = wire.PictureView.DESKTOP, wire.PictureView.PHONE


def shot(view: wire.PictureView, *, after: bool, says: str = "", title: str = "Contact", width: int = 900) -> ShownFile:
    key = f"shown/s/{view.value}{after}{title}.png".replace(" ", "")
    picture = wire.Picture(
        key=key, page="/contact/", title=title, view=view, after=after, width=width, height=200, says=says
    )
    return ShownFile(key=key, data=PNG + key.encode(), picture=picture)


FILES = (
    shot(DESKTOP, after=False, says="Opening hours 8–17"),
    shot(DESKTOP, after=True, says="9–17"),
    shot(PHONE, after=False, width=390),
    shot(PHONE, after=True, width=390),
    ShownFile(key="shown/s/abc.diff", data=b"-8\n+9\n" * 50),
)
CHANGES = (
    wire.TextChange(before="Opening hours 8–17", after="9–17"),
    wire.TextChange(after="Closed on Mondays"),
    wire.TextChange(before="Since 1920"),
)


def done(**more: object) -> ReplyFacts:
    report = Report(preview_url="https://x.example/", files=FILES, text_changes=CHANGES, **more)  # type: ignore[arg-type]
    return Done(kind=ReplyKind.SUCCEEDED, report=report)


def composed(rendered: templates.Rendered) -> bytes:
    return compose.compose(
        compose.Draft(
            message_id="<a@b.example>",
            date=0.0,
            sender_name="Hermes",
            sender_address="h@b.example",
            recipient="anna@b.example",
            text=rendered.text,
            html=rendered.html,
            loop="x",
            files=rendered.files,
        )
    )


def parts(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_pictures_are_shown_in_pairs_with_words_for_who_does_not_see_them(language: str) -> None:
    words = templates.LANGUAGES[language]
    rendered = templates.render(done(), language=language)
    desktop = words.shown.views[DESKTOP].format(page=words.quote("Contact"))
    alts = [page.words(alt) for alt in re.findall(r'<img [^>]*alt="([^"]*)"', rendered.html.replace("&#34;", "”"))]
    assert alts[0] == page.words(
        words.shown.picture_says.format(side=words.shown.before, view=desktop, text=words.quote("Opening hours 8–17"))
    )
    assert len(alts) == 4
    assert page.words(desktop) in page.words(rendered.text)
    for name in ("contact-desktop-before.png", "contact-phone-after.png"):
        assert name in rendered.text
    assert rendered.html.index("https://x.example/") < rendered.html.index("<img ")


def test_what_reads_differently_is_told_below_one_another() -> None:
    text = page.words(templates.render(done()).text)
    assert "Text: “Opening hours 8–17” → “9–17” new: “Closed on Mondays” gone: “Since 1920”" in text


def test_the_mail_has_its_pictures_beside_its_page_and_its_diff_attached() -> None:
    mail = parts(composed(templates.render(done(), details=True)))
    assert mail.get_content_type() == "multipart/mixed"
    alternative, diff = mail.iter_parts()
    assert (diff.get_filename(), diff.get_content()) == ("change.diff", "-8\n+9\n" * 50)
    plain, related = alternative.iter_parts()
    assert plain.get_content_type() == "text/plain"
    html, *pictures = related.iter_parts()
    named = set(re.findall(r'src="cid:([^"]+)"', html.get_content()))
    assert {one["Content-ID"].strip("<>") for one in pictures} == named
    assert [one.get_content() for one in pictures] == [file.data for file in FILES[:4]]
    assert "change.diff" in plain.get_content()


def test_a_person_without_details_gets_no_diff() -> None:
    rendered = templates.render(done())
    assert parts(composed(rendered)).get_content_type() == "multipart/alternative"
    assert "change.diff" not in rendered.text


def test_a_wide_picture_fits_the_column_and_a_small_one_is_not_blown_up() -> None:
    widths = re.findall(r'<img [^>]*width="(\d+)"', templates.render(done()).html)
    assert widths == ["568", "568", "390", "390"]


def test_a_record_holds_a_line_for_each_file_and_the_same_bytes_are_sent() -> None:
    rendered = templates.render(done(), details=True)
    raw = composed(rendered)
    record, keys = apart.taken_out(raw, rendered.files)
    assert keys == tuple(file.key for file in FILES)
    assert all(compose.encoded(file.data).encode() not in record for file in FILES)
    assert apart.put_back(record, {file.key: file.data for file in FILES}) == raw
    assert parts(record).get_content_type() == "multipart/mixed", "it can be read without them"
    gone = parts(apart.put_back(record, dict.fromkeys(keys, b"")))
    assert len(list(gone.walk())) == len(list(parts(raw).walk()))


def test_a_file_without_a_place_of_its_own_stays_in_the_mail() -> None:
    file = compose.MailFile(name="x.txt", content_type="text/plain", data=b"words")
    assert apart.taken_out(b"d29yZHM=\r\n", [file]) == (b"d29yZHM=\r\n", ())


def test_a_page_without_a_title_is_named_by_its_address() -> None:
    nameless = shot(DESKTOP, after=True, title="")
    rendered = templates.render(Done(kind=ReplyKind.SUCCEEDED, report=Report(files=(nameless,))))
    assert "“/contact/” on a computer" in rendered.text
    empty = Report(text_changes=(wire.TextChange(),))
    assert "Text:" not in templates.render(Done(kind=ReplyKind.SUCCEEDED, report=empty)).text
