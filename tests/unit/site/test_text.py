"""What a page says, and what reads differently."""

from __future__ import annotations

from hermes.site import text

PAGE = """<!doctype html><title>Caf&eacute;</title><style>p{}</style><script>var a = "<p>no</p>";</script>
<h1>Welcome <em>all</em></h1><p>Opening hours 8–17</p><ul><li>Bread<li>Cake</ul><svg><text>no</text></svg>"""


def changed(before: str, after: str) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in text.changes(text.lines(before), text.lines(after))]


def test_a_page_is_read_as_people_see_it() -> None:
    assert text.lines(PAGE) == ["Welcome all", "Opening hours 8–17", "Bread", "Cake"]
    assert text.title(PAGE) == "Café"


def test_other_words_are_told_with_what_is_before_them() -> None:
    assert changed(PAGE, PAGE.replace("8–17", "9–17")) == [("Opening hours 8–17", "9–17")]


def test_new_and_gone_lines_and_words_are_told() -> None:
    assert changed(PAGE, PAGE.replace("<li>Cake", "<li>Cake<li>Coffee")) == [("", "Coffee")]
    assert changed(PAGE, PAGE.replace("<li>Bread", "")) == [("Bread", "")]
    assert changed("<p>We bake every day", "<p>We bake bread every day") == [("We bake", "We bake bread")]
    assert changed("<p>We bake bread every day", "<p>We bake every day") == [("We bake bread", "We bake")]


def test_a_line_with_other_words_altogether_is_told_as_a_whole() -> None:
    assert changed("<p>Closed on all Mondays", "<p>Our summer menu is here") == [
        ("Closed on all Mondays", "Our summer menu is here")
    ]


def test_markup_alone_changes_no_text_and_long_text_is_cut() -> None:
    assert changed("<p>Hello <b>you</b></p>", "<div><p>Hello <i>you</i></p></div>") == []
    [(_, long)] = changed("<p>a</p>", "<p>a</p><p>" + "word " * 200)
    assert len(long) == text.CHANGE_CHARS
