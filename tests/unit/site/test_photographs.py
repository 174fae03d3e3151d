"""Pages photographed in a real Chromium: what is different, at two widths, with nothing of the network and within their time."""

from __future__ import annotations

import dataclasses
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hermes.site import chromium, crop
from tests.unit.site.test_folder import written

HEAD = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/site.css">'
CSS = "body { font: 20px sans-serif; margin: 0 } h1 { background: #7a1f3d; color: #fff; padding: 30px } p { margin: 30px }"


@dataclasses.dataclass
class Looked:
    code: int
    seconds: float
    pictures: list[dict[str, Any]]
    texts: list[dict[str, str]]
    folder: Path

    def image(self, number: int) -> Image.Image:
        return Image.open(self.folder / self.pictures[number]["file"])


@pytest.fixture(scope="module")
def program() -> str:
    found = chromium.find(os.environ.get("PATH"))
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI has Chromium; see .ci/debian")
        pytest.skip("no Chromium is installed")
    return found


def look(
    folder: Path, before: dict[str, str], after: dict[str, str], program: str, seconds: float = 100, **job: Any
) -> Looked:
    written(folder / "before", before)
    written(folder / "after", after)
    asked = {"before": "before", "after": "after", "seconds": seconds, "program": program, "texts": True, **job}
    begun = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-I", "-m", "hermes.site.child"],
        input=json.dumps(asked),
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    return Looked(
        ran.returncode,
        time.monotonic() - begun,
        [line["picture"] for line in lines if "picture" in line],
        [line["text"] for line in lines if "text" in line],
        folder,
    )


def test_a_changed_page_is_shown_at_two_widths_cut_to_what_is_different(program: str, tmp_path: Path) -> None:
    page = (
        HEAD + "<title>Café</title><h1>Café Blum</h1><p>Fresh bread</p><p>Opening hours 8–17</p>" + "<p>More</p>" * 60
    )
    seen = look(
        tmp_path,
        {"index.html": page, "site.css": CSS},
        {"index.html": page.replace("8–17", "9–17"), "site.css": CSS},
        program,
    )
    assert [(one["view"], one["after"]) for one in seen.pictures] == [
        ("desktop", False), ("desktop", True), ("phone", False), ("phone", True),
    ]  # fmt: skip
    assert [(one["page"], one["title"], one["says"]) for one in seen.pictures[:2]] == [
        ("/", "Café", "Opening hours 8–17"),
        ("/", "Café", "9–17"),
    ]
    assert seen.texts == [{"before": "Opening hours 8–17", "after": "9–17"}]
    for old, new in ((0, 1), (2, 3)):
        one, other = seen.image(old).convert("RGB"), seen.image(new).convert("RGB")
        assert one.size == other.size
        assert 200 <= one.height <= 320, "the line and what is around it, not the page"
        assert one.tobytes() != other.tobytes()
    assert max((tmp_path / one["file"]).stat().st_size for one in seen.pictures) <= crop.PICTURE_BYTES


def test_a_page_reaches_nothing_but_its_own_site(program: str, tmp_path: Path) -> None:
    asked: list[str] = []

    class Secret(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Secret)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    there = f"127.0.0.1:{server.server_port}"
    tricks = "".join(
        f'<img src="http://{host}/img"><script src="//{host}/js"></script><link rel="preconnect" href="http://{host}">'
        f"<iframe src='http://{host}/frame'></iframe><script>fetch('http://{host}/fetch').catch(() => 0); "
        f"try {{ new WebSocket('ws://{host}/ws') }} catch (e) {{}}; navigator.sendBeacon('http://{host}/beacon', 'x')</script>"
        for host in (
            there,
            f"localhost:{server.server_port}",
            f"[::ffff:127.0.0.1]:{server.server_port}",
            "example.org",
        )
    )
    file = '<iframe src="file:///etc/passwd"></iframe><img src="/../../../etc/passwd"><img src="/%2e%2e/secret">'
    try:
        seen = look(
            tmp_path,
            {"index.html": HEAD + "<h1>One</h1>", "site.css": CSS},
            {"index.html": HEAD + "<h1>Two</h1>" + tricks + file, "site.css": CSS},
            program,
        )
    finally:
        server.shutdown()
        server.server_close()
    assert asked == []
    assert [one["after"] for one in seen.pictures] == [False, True, False, True]


def test_a_page_of_60000_pixels_is_cut(program: str, tmp_path: Path) -> None:
    page = HEAD + '<h1>{}</h1><div style="height: 60000px; background: linear-gradient(red, blue)"></div><p>{}</p>'
    before, after = ({"index.html": page.format(*words), "site.css": CSS} for words in (("One", 1), ("Two", 2)))
    seen = look(tmp_path, before, after, program)
    assert seen.code == 0
    assert {one["view"] for one in seen.pictures} == {"desktop", "phone"}
    assert all(one["height"] <= 900 for one in seen.pictures)
    assert seen.texts == [{"before": "One", "after": "Two"}, {"before": "1", "after": "2"}]


BOMB = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"><defs><g id="a0"><circle r="9"/></g>'
    + "".join(f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 12))
    + '</defs><use href="#a11"/></svg>'
)


@pytest.mark.parametrize(
    "evil",
    [
        "<script>while (true);</script>",
        "<script>location.replace('/?' + Math.random())</script>",
        '<meta http-equiv="refresh" content="0">',
        "<script>for (;;) alert('Hello')</script>",
        BOMB,
    ],
    ids=["endless script", "endless redirect", "endless refresh", "endless dialogs", "SVG bomb"],
)
def test_a_page_that_never_ends_costs_its_own_picture_and_its_time(program: str, tmp_path: Path, evil: str) -> None:
    before = {"index.html": HEAD + "<h1>One</h1>", "site.css": CSS}
    seen = look(tmp_path, before, before | {"index.html": HEAD + "<h1>Two</h1>" + evil}, program, seconds=2)
    assert seen.code == 0
    assert seen.texts == [{"before": "One", "after": "Two"}]
    assert len(seen.pictures) % 2 == 0


@pytest.mark.parametrize(
    "script",
    [
        "exit 1",
        "sleep 600",
        "printf '{}\\0not JSON\\0' >&4; sleep 600",
        "yes >&4",
        "kill -9 $$",
    ],
    ids=["ends", "hangs", "babbles", "floods", "is killed"],
)
def test_a_chromium_that_crashes_or_hangs_leaves_the_texts(tmp_path: Path, script: str) -> None:
    fake = tmp_path / "chromium-fake"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    seen = look(tmp_path, {"index.html": "<p>One"}, {"index.html": "<p>Two"}, str(fake), seconds=1.5)
    assert (seen.code, seen.pictures) == (0, [])
    assert seen.texts == [{"before": "One", "after": "Two"}]


def test_chromium_is_found_by_any_of_its_names(tmp_path: Path) -> None:
    assert chromium.find(str(tmp_path)) is None
    shutil.copy("/bin/true", tmp_path / "chromium-browser")
    assert chromium.find(str(tmp_path)) == str(tmp_path / "chromium-browser")


@pytest.fixture
def noise() -> Image.Image:
    return Image.frombytes("RGB", (900, 900), os.urandom(900 * 900 * 3))


def test_a_picture_fits_a_mail_whatever_is_on_it(noise: Image.Image) -> None:
    data = crop.encoded(noise)
    assert data.startswith(b"\x89PNG")
    assert len(data) <= crop.PICTURE_BYTES
