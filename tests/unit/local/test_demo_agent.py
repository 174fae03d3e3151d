"""The demo's agent, run as Hermes runs it: a process with the instruction on its input and descriptor 3 to talk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes.local import agent, project


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, text in project.FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


class Run:
    """One run of the agent."""

    def __init__(self, site: Path, instruction: str) -> None:
        self._reader, writer = os.pipe()
        program = f"import os, sys; os.dup2({writer}, 3); os.execv(sys.executable, [sys.executable, '-I', {agent.__file__!r}])"
        self.process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            cwd=site,
            pass_fds=[writer, 3] if writer != 3 else [3],
        )
        os.close(writer)
        assert self.process.stdin is not None
        self.process.stdin.write(instruction.encode())
        self.process.stdin.close()

    def said(self) -> Iterator[dict[str, Any]]:
        with os.fdopen(self._reader) as lines:
            for line in lines:
                yield json.loads(line)

    def end(self) -> int:
        return self.process.wait(timeout=60)


@pytest.mark.parametrize(
    "instruction",
    [
        "Please update the homepage title to 'Hello from Hermes'",
        'please update the homepage title to "Hello from Hermes", thanks',
        "Could you update the homepage  title to “Hello from Hermes”?",
    ],
)
def test_the_title_is_changed_at_once(site: Path, instruction: str) -> None:
    run = Run(site, instruction)
    said = list(run.said())

    assert run.end() == 0
    page = (site / "index.html").read_text()
    assert "<title>Hello from Hermes</title>" in page
    assert "<h1>Hello from Hermes</h1>" in page
    assert said[-1]["summary"] == "The homepage title is now “Hello from Hermes”."


def test_a_title_is_text_and_not_markup(site: Path) -> None:
    run = Run(site, r"update the homepage title to '<script>\1 & co</script>'")
    list(run.said())

    assert run.end() == 0
    page = (site / "index.html").read_text()
    assert r"<title>&lt;script&gt;\1 &amp; co&lt;/script&gt;</title>" in page


def test_a_rework_is_interrupted_between_two_files(site: Path) -> None:
    run = Run(site, "Rework the whole page")
    said = run.said()
    first = next(said)
    assert "percent" in first
    # It writes the section at once, and then has a second before the next file.
    next(said)
    run.process.send_signal(signal.SIGINT)

    rest = list(said)
    assert run.end() == agent.INTERRUPTED
    assert "Stopped" in rest[-1]["summary"]
    page = (site / "index.html").read_text()
    assert 'id="part-1"' in page
    assert page.rstrip().endswith("</html>")


def test_a_rework_takes_a_while(site: Path) -> None:
    assert 2 * len(agent.SECTIONS) * agent.STEP_SECONDS == pytest.approx(20)
    began = time.monotonic()
    run = Run(site, "rework the whole page, please")
    said = run.said()
    for _ in range(3):
        next(said)

    assert time.monotonic() - began > 1.5 * agent.STEP_SECONDS
    run.process.kill()
    list(said)
    run.end()


def test_anything_else_becomes_a_visible_note(site: Path) -> None:
    run = Run(site, "Make it <b>pop</b>")
    list(run.said())

    assert run.end() == 0
    assert '<p class="note">Make it &lt;b&gt;pop&lt;/b&gt;</p>' in (site / "index.html").read_text()


def test_a_project_without_the_page_is_an_error_in_words(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", agent.__file__],
        input="update the homepage title to 'x'",
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "this project has no index.html\n"
