"""What is wrong with a site's pages, and was not wrong before."""

from __future__ import annotations

from pathlib import Path

from hermes.site import inspection, links
from hermes.site.folder import SiteFolder
from tests.unit.site.test_folder import written

GOOD = {
    "index.html": '<!doctype html>\n<a href="about/">a</a> <a href="about">a</a> <a href="/team">t</a> <a href="#x">x</a>\n'
    '<a href="https://example.org/x">e</a> <a href="mailto:a@b.example">m</a> <img src="img/a%20b.png" srcset="img/a%20b.png 2x">\n'
    '<link rel="canonical" href="/nowhere"><link rel="stylesheet" href="site.css?v=3"><br/>',
    "about/index.html": '<!doctype html><base href="/"><a href="index.html">home</a>',
    "team.html": "<!doctype html><p>team",
    "img/a b.png": "x",
    "site.css": "@import 'more.css'; p { background: url('img/a b.png') }",
    "more.css": "",
}


def found(tmp_path: Path, after: dict[str, str], before: dict[str, str] | None = None, mb: float = 1) -> list[str]:
    old = written(tmp_path / "before", before) if before is not None else None
    return [str(one) for one in inspection.problems(old, written(tmp_path / "after", after), page_mb=mb)]


def test_a_site_in_order_has_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, GOOD) == []


def test_links_and_images_that_lead_nowhere_are_named_with_their_line(tmp_path: Path) -> None:
    wrong = GOOD | {
        "index.html": '<!doctype html>\n<a href="gone.html">x</a>\n<img src="/img/no.png">',
        "site.css": "\n\np { background: url(no.svg) }",
    }
    assert found(tmp_path, wrong) == [
        "index.html:2: gone.html leads nowhere",
        "index.html:3: /img/no.png leads nowhere",
        "site.css:3: no.svg leads nowhere",
    ]


def test_a_page_that_went_away_breaks_the_links_to_it(tmp_path: Path) -> None:
    after = {name: text for name, text in GOOD.items() if name != "team.html"}
    assert found(tmp_path, after, GOOD) == ["index.html:2: /team leads nowhere"]


def test_what_was_wrong_before_is_not_told_again(tmp_path: Path) -> None:
    old = GOOD | {"index.html": '<!doctype html><a href="gone.html">x</a><p><div></p>'}
    new = GOOD | {"index.html": '<!doctype html><h1>new</h1><a href="gone.html">x</a><p><div></p>'}
    assert found(tmp_path, new, old) == []


def test_html_that_does_not_parse_is_told(tmp_path: Path) -> None:
    [first, *_] = found(tmp_path, GOOD | {"team.html": "<!doctype html>\n<p><div></p></div>"}, GOOD)
    assert first == "team.html:2: HTML that does not parse: unexpected end tag (<p>)"


def test_a_page_that_is_too_large_is_told_once(tmp_path: Path) -> None:
    large = GOOD | {"team.html": "<!doctype html><p>" + "x" * 2_000_000}
    assert found(tmp_path / "1", large, GOOD) == ["team.html: the page has 1.9 MB, and may have 1 MB"]
    assert found(tmp_path / "2", large, large) == []
    assert found(tmp_path / "3", large, GOOD, mb=2) == []


def test_addresses_that_cannot_be_read_lead_elsewhere() -> None:
    assert links.path("http://[bad", page="index.html") is None
    assert links.path("//other.example/x", page="index.html") is None
    assert links.path("../../../x", page="a/index.html") == "x"


def test_a_refresh_and_a_style_attribute_are_links(tmp_path: Path) -> None:
    page = '<!doctype html><meta http-equiv="refresh" content="0; url=/gone"><p style="background:url(no.png)">x'
    assert found(tmp_path, {"index.html": page}) == [
        "index.html:1: /gone leads nowhere",
        "index.html:1: no.png leads nowhere",
    ]
    assert SiteFolder(tmp_path / "after").pages == ("index.html",)
