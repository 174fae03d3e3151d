"""`hermes check-published`: a folder or a website, each address with file and line."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes import errors
from hermes.cli.operate import check_published
from hermes.ops import published_check
from hermes.site.leaks import Leaks


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("https://b.s3.amazonaws.com")
    (tmp_path / "index.html").write_text('<a href="/about.html">x</a>\n<link rel="stylesheet" href="assets/page.css">')
    (tmp_path / "about.html").write_text('<p>\n<img src="https://photos.s3.amazonaws.com/a.png">')
    (tmp_path / "assets" / "page.css").write_text("body { background: url('bg.svg') }")
    (tmp_path / "assets" / "bg.svg").write_text("\n\n<!-- s3://drafts/bg.svg -->")
    return tmp_path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_command_names_file_and_line_and_fails(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        check_published(str(site))
    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{site}/about.html:2: an address at amazonaws.com (photos.s3.amazonaws.com)",
        f"{site}/assets/bg.svg:3: the address of a bucket (drafts)",
    ]


def test_a_folder_with_allowed_hosts_alone_is_in_order(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_published(str(site), ["photos.s3.amazonaws.com", "drafts"])
    assert capsys.readouterr().out == ""


def test_a_website_is_read_page_by_page_with_what_its_pages_use(address: str) -> None:
    found = published_check.within(address, Leaks())
    assert {(one.where, one.leak.line) for one in found} == {
        (f"{address}/about.html", 2),
        (f"{address}/assets/bg.svg", 3),
    }


@pytest.mark.parametrize("where", ["no/such/folder", "http://127.0.0.1:9/"])
def test_what_cannot_be_read_is_an_error(where: str) -> None:
    with pytest.raises(errors.StepFailed, match=r"There is no|cannot be read"):
        list(published_check.within(where, Leaks()))
