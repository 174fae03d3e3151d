"""The commands of docs/one-machine.md as they stand there, on a machine that has what the page says and nothing else."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "one-machine.md"
#: "You need Python 3.11 or newer, git, …": the mailbox and the repository are elsewhere, and the agent `patch` needs nothing.
PROGRAMS = ("git",)
HERMES = "/opt/hermes/bin/hermes"


def command(name: str, places: dict[str, Path]) -> list[str]:
    """The page's line that begins with `hermes NAME`, with these folders and files in place of its own."""
    lines = re.findall(rf"^{HERMES} {name} .*$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(lines) == 1, f"the page has not one line for hermes {name}: {lines}"
    words = shlex.split(lines[0].removeprefix(HERMES))
    paths = [word for word in words if word.startswith("/")]
    assert set(paths) <= set(places), f"places that the page names and the test does not know: {paths}"
    return [sys.executable, "-m", "hermes", *(str(places.get(word, word)) for word in words)]


def environment(folder: Path) -> dict[str, str]:
    """An empty home, and on the PATH only the programs that the page names."""
    programs, home = folder / "bin", folder / "home"
    programs.mkdir()
    home.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found is not None, f"{name} is not there"
        (programs / name).symlink_to(found)
    return {"PATH": str(programs), "HOME": str(home), "LANG": "C.UTF-8"}
