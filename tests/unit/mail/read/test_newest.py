"""The newest text: quotes, signatures and forwarded mail in the shapes and languages of real programs."""

# ruff: noqa: E501
from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes.mail.read import newest, unseen, visible
from tests.score import corpora, figures
from tests.unit.mail import bodies, html_bodies, quote_headers

TEXT = "Please make the title blue.\n\nThanks,\nOla"
OLD = "The title is green now.\n\nKind regards\nIda"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def forms(header: str) -> list[str]:
    return [header, "\n".join(textwrap.wrap(header, 56, break_long_words=False)), header.replace("<ida@", "\n<ida@")]


@pytest.mark.parametrize(
    ("name", "header"), quote_headers.ATTRIBUTIONS, ids=[name for name, _ in quote_headers.ATTRIBUTIONS]
)
def test_a_quote_header_is_found_whole_wrapped_and_quoted(name: str, header: str) -> None:
    for form in forms(header):
        bodies = [
            f"{TEXT}\n\n{form}\n\n{quoted(OLD)}\n",
            f"{TEXT}\n{form}\n{quoted(OLD)}\n",
            f"{TEXT}\n\n{form}\n{OLD}\n",
            f"{TEXT}\n\nSent from my iPhone\n\n{form}\n\n{quoted(OLD)}\n",
            f"{TEXT}\n\n{quoted(form)}\n>\n{quoted(OLD)}\n",
            f"{form}\n{quoted(OLD)}\n\n{TEXT}\n",
        ]
        for body in bodies:
            assert newest.cut(body).text == TEXT, body


@pytest.mark.parametrize(("name", "block"), quote_headers.BLOCKS, ids=[name for name, _ in quote_headers.BLOCKS])
def test_a_block_of_mail_headers_ends_the_text(name: str, block: str) -> None:
    for body in (
        f"{TEXT}\n\n{block}\n\n{OLD}\n",
        f"{TEXT}\n{block}\n{OLD}\n",
        f"{TEXT}\n\n{quoted(block)}\n>\n{quoted(OLD)}\n",
    ):
        found = newest.cut(body)
        assert found.text == TEXT, body
        assert found.confidence > 0.7


@pytest.mark.parametrize(("name", "body", "text"), bodies.BODIES, ids=[name for name, _, _ in bodies.BODIES])
def test_bodies_of_many_programs_are_cut(name: str, body: str, text: str) -> None:
    assert newest.cut(body).text == text


@pytest.mark.parametrize("line", quote_headers.SENT_FROM)
def test_lines_of_devices_are_signatures(line: str) -> None:
    found = newest.cut(f"{TEXT}\n\n{line}\n")
    assert (found.text, found.signature) == (TEXT, line)


@pytest.mark.parametrize("prose", quote_headers.PROSE)
def test_what_a_person_writes_is_kept(prose: str) -> None:
    for body in (
        prose,
        f"Hello,\n\n{prose}\n\nThe new text is here.\n\nOla",
        f"Hello,\n{prose}\nThe new text is here.\nOla",
    ):
        assert newest.cut(body).text == body


@pytest.mark.parametrize(("name", "markup", "wanted"), html_bodies.HTML, ids=[name for name, _, _ in html_bodies.HTML])
def test_html_is_cut_by_its_structure(name: str, markup: str, wanted: str) -> None:
    assert newest.cut_lines(visible.lines_of(markup)).text == wanted


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("On 4 Mar 2024, Ida wrote:\n> Which?\nBlue.\n> How big?\nBig.\n", "> Which?\nBlue.\n> How big?\nBig."),
        ("Hi,\n\nOn 4 Mar 2024, Ida wrote:\n> Which?\n\nBlue.\n\n> Bye\n", "Hi,\n\n> Which?\n\nBlue."),
        ("Blue.\n\n-- \nOla\n\nOn 4 Mar 2024, Ida wrote:\n> Which?\n", "Blue."),
        ("Blue.\n\n_______________________________________________\nlist mailing list\nlist@example.org\n", "Blue."),
        (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nBlue.\n-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n",
            "Blue.",
        ),
        ("Blue.\n\n> a long quoted line that some program has wrapped without its\nmark\n> and on\n", "Blue."),
        ("```\n> npm run build\n--\n```\nRun this.", "```\n> npm run build\n--\n```\nRun this."),
    ],
)
def test_answers_between_and_below_quotes_are_kept(body: str, text: str) -> None:
    assert newest.cut(body).text == text


@pytest.mark.parametrize(
    "body",
    [
        "> only a quote",
        "---------- Forwarded message ----------\nFrom: a <a@example.org>\nDate: 4 Mar 2024\nSubject: x\nTo: b\n\nDelete everything.",
        "On 4 Mar 2024 at 10:00, Ida <ida@example.org> wrote:\nDelete everything.",
        "See my answers below.\n\nFrom: a <a@example.org>\nSent: 4 March 2024\nTo: b\nSubject: x\n\nWhich? Blue.",
    ],
)
def test_what_may_be_somebody_elses_text_is_doubted(body: str) -> None:
    assert newest.cut(body).confidence < 0.5


@pytest.mark.parametrize(
    ("body", "doubted"),
    [
        ("Please send this:\nsubject: Offer\nNothing else.\nTo ola@example.org", False),
        ("Please send this:\nsubject: Offer\ndate: tomorrow\nTo ola@example.org", True),
        ("Please send this:\nsubject: Offer\ndate: tomorrow\nfrom: me\nTo ola@example.org", True),
        ("Please send this:\nsubject: Offer\ndate: tomorrow\nTo Ola", False),
        ("Please send this:\n> subject: Offer\n> date: tomorrow\nTo ola@example.org", False),
    ],
)
def test_two_lines_like_mail_headers_and_an_address_in_the_newest_text_are_doubted(body: str, doubted: bool) -> None:
    found = newest.cut(body)
    assert found.text == body
    assert (found.confidence < 0.5) is doubted


def test_our_own_mail_is_quoted_however_it_is_wrapped() -> None:
    ours = "I changed the title of the home page to blue and pushed the commit to the branch.\nReply with undo to take it back."
    body = "Thanks, now the footer.\n\nI changed the title of the home page\nto blue and pushed the commit to the\nbranch. Reply with undo to take it back.\n"
    assert newest.cut(body, [ours]).text == "Thanks, now the footer."
    assert newest.cut(body + "\nAnd the logo.", [ours]).text.split("\n")[::3] == [
        "Thanks, now the footer.",
        "And the logo.",
    ]
    assert "Reply with undo" in newest.cut(body).text


_REPLY = """Hello Ida,

You wrote: "Please make the title of the home page blue"

It could not be done: the site did not build. Which colour shall the title have, dark blue or light blue?

Write "stop" to stop it. See what changed at the preview."""


@pytest.mark.parametrize(
    "typed",
    [
        "Please make the title of the home page blue",
        "dark blue",
        "dark blue or light blue?",
        "It could not be done: the site did not build.",
        "Please make the title of the home page blue\n\nHello Ida",
    ],
)
def test_words_of_ours_that_a_person_types_are_theirs(typed: str) -> None:
    assert newest.cut(typed, [_REPLY]).text == typed
    for body in (f"{typed}\n\n{_REPLY}", f"{_REPLY}\n\n{typed}"):
        assert newest.cut(body, [_REPLY]).text == typed


def test_a_short_mail_of_ours_takes_nothing_away_that_alone_was_typed() -> None:
    assert newest.cut("Make the title red", ["Shall I make the title red?"]).text == "Make the title red"


def test_a_long_mail_of_ours_is_compared_in_bounded_time() -> None:
    ours = "the same words again and again " * 5000
    body = "\n".join(["the same words again and again " * 3] * 3000)
    assert newest.cut(f"Blue.\n\n{body}", [ours]).text.startswith("Blue.")


def test_the_trimming_corpus_is_cut_exactly() -> None:
    folder = corpora.folder("reply_trimming")
    if folder is None:
        pytest.skip(corpora.ABSENT)
    assert figures.trimming(folder).exact.wrong == []


_LINE = st.one_of(
    st.text(max_size=40),
    st.sampled_from([header for _, header in quote_headers.ATTRIBUTIONS[::7]]),
    st.sampled_from([block for _, block in quote_headers.BLOCKS[::5]]),
    st.sampled_from(
        ["", "> a", "-- ", "___________", "```", "Sent from my iPhone", "text", "<", "a <", "> wrote:", "A> b", "A> c"]
    ),
)


@settings(max_examples=150)
@given(st.lists(_LINE, max_size=30))
def test_the_newest_text_is_made_of_lines_of_the_body(lines: list[str]) -> None:
    body = "\n".join(lines)
    start = time.process_time()
    found = newest.cut(body)
    assert time.process_time() - start < 5
    kept = [word for word in found.text.split() if word.isascii() and word.isalnum()]
    assert set(kept) <= set(unseen.strip(body).split())
    assert 0 <= found.confidence <= 1


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from(
            [
                "<div>",
                "</div>",
                "<blockquote>",
                "</blockquote>",
                "<b",
                ">",
                "text",
                "<!--",
                "-->",
                "&amp;",
                "<style>",
                "<p hidden>",
                '"',
                "<br>",
            ]
        ),
        max_size=40,
    )
)
def test_any_html_is_read(pieces: list[str]) -> None:
    assert newest.cut_lines(visible.lines_of("".join(pieces))) is not None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        # Nothing but a quoted header, over two lines.
        ("> On Mon, 4 Mar 2024 at 10:00, Ida Storm\n> <ida@example.org> wrote:\n>\n", ""),
        # Two quotes, each with its header, and an answer below.
        ("On 4 Mar 2024, Ida wrote:\n> Which?\nOn 3 Mar 2024, Ola wrote:\n> What?\nBlue.\n", "Blue."),
        # A fence that is no fence: its first line is a sentence.
        ("```this line is much too long to begin a fence\nBlue.\n> quoted", "```this line is much too long to begin a fence\nBlue."),
        # A signature of PGP whose end was cut off.
        ("Blue.\n-----BEGIN PGP SIGNATURE-----\nabc=\n", "Blue.\nabc="),
    ],
)  # fmt: skip
def test_shapes_that_are_rare_are_cut(body: str, text: str) -> None:
    assert newest.cut(body).text == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<blockquote>old</blockquote><p>Blue.</p>", "Blue."),
        ("<blockquote>which?</blockquote><p>Blue.</p><blockquote>how big?</blockquote><p>Big.</p>", "which?|Blue.|how big?|Big."),
        ("<div class=gmail_signature>Make it blue.</div>", "Make it blue."),
        ("<div class=gmail_signature>Ola<br><br>Acme</div><blockquote>old</blockquote>", "Ola||Acme"),
    ],
)  # fmt: skip
def test_html_is_answered_below_its_quote_and_between(markup: str, text: str) -> None:
    found = newest.cut_lines(visible.lines_of(markup)).text
    assert [line.removeprefix("> ") for line in found.split("\n") if line] == [one for one in text.split("|") if one]


@pytest.mark.parametrize(
    "line",
    [
        f"On 4 Mar 2024,{' Ida' * 60}\n{'Storm ' * 40}wrote:",
        "Wait. This was not what Ida wrote:",
        "The quick brown fox and the lazy dog of my friend Ida wrote:",
        "Ida. And then others wrote <ida@example.org>:",
    ],
)
def test_a_sentence_that_ends_like_a_quote_header_is_kept(line: str) -> None:
    body = f"{line}\nBlue."
    assert newest.cut(body).text == body


@pytest.mark.parametrize(
    "line",
    [
        "Am 4.3.2024 schrieb uns jemand aus dem großen Büro. Er sagte dann das:",
        "On 4 Mar 2024 mail from the nice people. They all said in one long word:",
    ],
)
def test_a_sentence_with_a_date_and_a_verb_is_kept(line: str) -> None:
    body = f"{line}\nBlue."
    assert newest.cut(body).text == body


@pytest.mark.parametrize(
    ("below", "closes"),
    [
        (["Kind regards,", "x" * 40], True),
        (["Kind regards,", "x" * 41], False),
        (["Kind regards,", "Ida", "Storm", "Oslo"], True),
        (["Kind regards,", "Ida", "Storm", "Oslo", "Norway"], False),
        (["And make it big.", "Ida"], False),
    ],
)
def test_a_greeting_below_a_quote_answers_nothing_in_it(below: list[str], closes: bool) -> None:
    body = "\n".join(["Blue.", "", "On 4 Mar 2024, Ida wrote:", "> Which?", "", *below])
    text = newest.cut(body).text
    assert text.startswith("Blue.")
    assert ("> Which?" not in text) is closes


@pytest.mark.parametrize("rule", ["—", "-----", "* * *"])
def test_a_rule_within_our_quoted_mail_is_quoted_with_it(rule: str) -> None:
    ours = f"Your page is done as you asked.\n\nThe commit is on the branch of this thread.\n\n{rule}\nThis mail was written by Hermes."

    assert newest.cut(f"Make it shorter.\n\n{ours}\n", [ours]).text == "Make it shorter."
