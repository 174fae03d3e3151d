"""What a reader sees of HTML, and what its structure says of each line."""

from __future__ import annotations

import pytest

from hermes import limits
from hermes.mail.read import structure, visible
from hermes.mail.read.lines import Role


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        # Space between and inside words is one space; around a line it is nothing.
        ("<p>Make  the\n\ttitle\r\n blue.</p> \n <p>Now.</p>", "Make the title blue.\n\nNow."),
        ("<div> </div>\n<div>a</div>", "a"),
        ("<b>a</b> <i>b</i>", "a b"),
        ("<pre>a\n  b\r\nc</pre>", "a\n  b\nc"),
        ("<div style='white-space: pre-wrap'>a\n b</div>", "a\n b"),
        ("<p>a</p><div style='display:none'>b<br>c<p>d</p></div><p>e</p>", "a\n\ne"),
        ("<div style='white-space: pre-line'>a\n b</div>", "a b"),
        # What is no text.
        ("<!DOCTYPE html><?xml version='1'?><p>a</p><!-- no --><p>b</p>", "a\n\nb"),
        ("a<!-- never closed <p>b</p>", "a"),
        ("a<!DOCTYPE never closed", "a"),
        ("<style>p { color: red }</style>a<script>b</script>c", "ac"),
        ("a<script>never closed", "a"),
        ("a<script>b</script", "a"),
        ("a<title/>b", "ab"),
        # Tags that are none, or never end.
        ("1 < 2 and a <b", "1 < 2 and a"),
        ("a<b>c</b", "ac"),
        # Quoted attributes may hold the end of a tag.
        ('<a title="x > y">link</a>', "link"),
        ('<a title="x > y>link', "y>link"),
        ('<a title="x > y" never closed', 'y" never closed'),
        ("<a title='>'>link</a>", "'>link"),
        # Elements that close others, or that nobody opened.
        ("a</p>b</div>c", "a\n\nbc"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a b\nc"),
        ("<b>a<div>b</b>c</div>d", "a\nbc\nd"),
        ("<dl><dt>a<dd>b</dl>", "a\nb"),
        # Pictures: an emoji is said in its own character.
        ("well done <img alt='👍' src=x>", "well done 👍"),
        ("logo <img alt='Acme Inc.' src=x>", "logo"),
        ("<img alt='ab'>a", "a"),
        ("<img alt='👍👍👍👍👍'>a", "a"),
        ("<div hidden><img alt='👍'><hr>a</div>b", "b"),
        ("a<hr>b", "a\n--------\nb"),
        ("<blockquote>a<hr>b</blockquote>", "> a\n> --------\n> b"),
        ("&lt;b&gt; &#x1F44D; &#99999999999999; &amp", "<b> 👍 \ufffd &"),
    ],
)
def test_text_is_what_a_reader_sees(markup: str, text: str) -> None:
    assert visible.text_of(markup) == text


def test_a_tag_of_many_quotes_ends_somewhere() -> None:
    assert visible.text_of('<a t=">' + '"">' * 30 + "text").endswith("text")


def test_more_than_eight_ends_of_a_tag_are_not_looked_for() -> None:
    found = visible.text_of('a<b t=">' + '"">' * 9 + "c")
    assert found == 'a"">c'


@pytest.mark.parametrize(
    ("before", "after", "ends"),
    [
        # Where the quote that is open at a `>` is closed, and where the tag ends then, is looked for in 2,000 characters.
        ('<a t=">"', '">', (1998, 1999)),
        ('<a t=">', '">', (1998, 1999)),
    ],
)
def test_the_end_of_a_tag_is_looked_for_so_far(before: str, after: str, ends: tuple[int, int]) -> None:
    after = after if before.endswith(">") else ">"
    found = [visible.text_of(before + "y" * count + after + "c") == "c" for count in range(ends[0], ends[1] + 1)]
    assert found == [True, False]


def test_the_quotes_of_four_thousand_characters_of_a_tag_are_counted() -> None:
    assert [visible.text_of('<a t="" ' + "y" * count + '">">c') for count in (3993, 3994)] == ["c", '">c']


@pytest.mark.parametrize(("inner", "closed"), [(62, True), (64, False)])
def test_an_inline_element_is_closed_within_reach(inner: int, closed: bool) -> None:
    markup = "<b style='display:none'>" + "<i>" * inner + "x</b>seen"
    assert visible.text_of(markup) == ("seen" if closed else "")


def test_elements_deeper_than_the_bound_are_text_of_the_ones_above() -> None:
    deep = visible.HTML_DEPTH + 1
    assert visible.text_of("<div>" * (deep - 1) + "<div hidden>no</div>yes") == "yes"
    assert visible.text_of("<div>" * deep + "<div hidden>shown</div>") == "shown"


def test_the_meaning_of_more_tags_than_are_remembered_is_the_same() -> None:
    many = "".join(f"<span id=x{number}>a</span>" for number in range(visible.HTML_MEANINGS + 5))
    hidden = "<span hidden id=y>no</span>"
    assert visible.text_of(many + hidden + hidden + "b").split() == [
        "a" * (visible.HTML_MEANINGS + 5),
        "b",
    ]


def test_lines_over_the_limit_are_not_read() -> None:
    assert len(visible.lines_of("<br>" * (limits.BODY_LINES + 9) + "a")) <= limits.BODY_LINES + 1


@pytest.mark.parametrize(
    ("markup", "roles"),
    [
        ("a<div class=gmail_signature>b</div>", [Role.PLAIN, Role.SIGNATURE]),
        ("a<div class=gmail_attr>On x, b wrote:</div>", [Role.PLAIN, Role.HEADER]),
        ("a<div id=appendonsend></div>b", [Role.PLAIN, Role.CUT, Role.PLAIN]),
        ("a<div hidden><div id=appendonsend></div></div>b", [Role.PLAIN, Role.PLAIN]),
        ("a<blockquote>b</blockquote>", [Role.PLAIN, Role.QUOTE]),
    ],
)
def test_the_structure_gives_each_line_its_role(markup: str, roles: list[Role]) -> None:
    assert [role for text, role in visible.lines_of(markup) if text or role is Role.CUT] == roles


@pytest.mark.parametrize(
    ("style", "hides"),
    [
        ("display:none", True),
        ("color:#fff;background:#FFFFFF", True),
        ("color:red;background:white", False),
        ("overflow:hidden;height:0px", True),
        ("overflow:hidden;height:20px", False),
        ("height:0", False),
        ("max-height:0", True),
        ("line-height:0", False),
    ],
)
def test_hidden_text_is_not_read(style: str, hides: bool) -> None:
    assert structure.meaning("div", f' style="{style}"', frozenset()).hides is hides
    assert structure.hiding_classes(f"<style>.a, p #b {{ {style} }}</style>") == (
        frozenset({".a", "#b"}) if hides else frozenset()
    )


def test_selectors_of_style_sheets_hide_what_they_name() -> None:
    sheet = "<style>.pre, #X { display : none } .b { color: red }</style>"
    assert visible.text_of(f"{sheet}<p class='a PRE'>no</p><p id=x>no</p><p class=b>yes</p>") == "yes"
    assert structure.hiding_classes("<style>@media print { .a { display:none } }</style>") == frozenset()
    assert structure.hiding_classes("<style>.a { display:none }") == frozenset(), "it never ends"


@pytest.mark.parametrize(("before", "found"), [(39, True), (40, False)])
def test_forty_style_sheets_are_looked_into(before: int, found: bool) -> None:
    markup = "<style>b{}</style>" * before + "<style>.a{display:none}</style>"
    assert bool(structure.hiding_classes(markup)) is found


def test_the_head_of_a_page_means_nothing() -> None:
    assert structure.meaning("head", " hidden", frozenset()) == structure.NOTHING
    assert structure.meaning("font", ' size="0"', frozenset()).hides
    assert structure.meaning("div", " data-signatureblock", frozenset()).signs
    assert structure.meaning("div", ' data-marker="__SIG_PRE__"', frozenset()).signs
    assert structure.meaning("div", ' name="quote"', frozenset()).cuts


def test_empty_lines_at_the_end_are_no_lines() -> None:
    assert visible.lines_of("a<br><br>b<br><br><p></p>") == [("a", Role.PLAIN), ("", Role.PLAIN), ("b", Role.PLAIN)]
    assert visible.lines_of("") == []
