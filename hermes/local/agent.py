"""The demo's agent: a separate program that edits a small website step by step and can be interrupted.

It represents any agent that Hermes runs by a command line, and imports nothing of Hermes. It reads the instruction from standard input,
works in
the worktree as working directory, and writes one JSON object a line to descriptor 3, if that is open. On SIGINT it finishes the current
file and exits with status 130.
"""

from __future__ import annotations

import html
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from types import FrameType

INTERRUPTED = 130
STEP_SECONDS = 1.0

_TITLE = re.compile(r"""homepage\s+title\s+to\s+(?:'([^'\n]+)'|"([^"\n]+)"|[“‘]([^”’\n]+)[”’])""", re.IGNORECASE)
_REWORK = re.compile(r"rework\s+the\s+whole\s+page", re.IGNORECASE)

SECTIONS = (
    ("Opening hours", "We are open from Tuesday to Saturday, from nine to six."),
    ("Bread", "Baked at night, sold in the morning: rye, spelt and a white loaf on Saturdays."),
    ("Cakes", "Order by Wednesday and your cake is ready for the weekend."),
    ("Coffee", "Roasted around the corner; the tables outside are in the sun until three."),
    ("Where we are", "In the old station, platform one, beside the clock."),
    ("The people", "Four bakers, two apprentices and a dog that is not allowed inside."),
    ("Events", "On the first Friday of each month we bake together with children."),
    ("Suppliers", "Flour from two mills nearby, milk from a farm that we can see from the roof."),
    ("Prices", "They hang at the counter and have not changed since spring."),
    ("Newsletter", "A letter a month, with a recipe. Write to us to get it."),
)
COLOURS = ("#7a3e1d", "#8f5a2a", "#3d5a45", "#2f4858", "#5b3f63", "#6b2737", "#40513b", "#4a4e69", "#774936", "#33415c")


class Interrupted(Exception):
    """SIGINT asked the agent to stop."""


class Interruptible:
    """Remembers SIGINT and acts on it between two files, never inside one."""

    def __init__(self) -> None:
        self._asked = False
        signal.signal(signal.SIGINT, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True

    def check(self, seconds: float = 0.0) -> None:
        """Wait for some seconds. Raises `Interrupted` after SIGINT."""
        end = time.monotonic() + seconds
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.05))
        if self._asked:
            raise Interrupted


def say(**values: str | int) -> None:
    """Write one progress line to descriptor 3, if it is open."""
    try:
        os.write(3, (json.dumps(values) + "\n").encode())
    except OSError:  # descriptor 3 is not open: run by hand
        print(*values.values(), flush=True)


def change_title(page: Path, title: str) -> str:
    """Put a new title on the homepage."""
    new = html.escape(title)
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"<title>.*?</title>", lambda _: f"<title>{new}</title>", text, count=1, flags=re.DOTALL)
    text = re.sub(r"(<h1[^>]*>).*?(</h1>)", lambda m: f"{m[1]}{new}{m[2]}", text, count=1, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")
    return f"The homepage title is now “{title}”."


def rework(folder: Path, stop: Interruptible) -> str:
    """Two files, many steps."""
    page, style = folder / "index.html", folder / "style.css"
    steps = 2 * len(SECTIONS)
    for number, ((heading, words), colour) in enumerate(zip(SECTIONS, COLOURS, strict=True)):
        say(progress=f"Writing the section “{heading}” of {page.name}", percent=100 * 2 * number // steps)
        section = (
            f'    <section id="part-{number + 1}">\n      <h2>{heading}</h2>\n      <p>{words}</p>\n    </section>\n'
        )
        _insert(page, "  </main>", section)
        stop.check(STEP_SECONDS)
        say(progress=f"Choosing a colour for it in {style.name}", percent=100 * (2 * number + 1) // steps)
        rule = f"#part-{number + 1} h2 {{\n  color: {colour};\n}}\n"
        style.write_text(style.read_text(encoding="utf-8") + "\n" + rule, encoding="utf-8")
        stop.check(STEP_SECONDS)
    return f"The page has {len(SECTIONS)} new sections, each with a colour of its own."


def add_note(page: Path, request: str) -> str:
    """Add a request that the agent does not understand to the page as a note."""
    _insert(page, "  </main>", f'    <p class="note">{html.escape(request)}</p>\n')
    return "I am only the demo's agent: I put your request on the homepage as a note."


def _insert(page: Path, before: str, what: str) -> None:
    text = page.read_text(encoding="utf-8")
    at = text.rfind(before)
    page.write_text(text + what if at < 0 else text[:at] + what + text[at:], encoding="utf-8")


def main() -> int:
    """Carry out the instruction on standard input; returns the exit status."""
    stop = Interruptible()
    instruction = sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    folder = Path.cwd()
    page = folder / "index.html"
    try:
        stop.check()
        if _REWORK.search(instruction):
            summary = rework(folder, stop)
        elif title := _TITLE.search(instruction):
            say(progress=f"Editing {page.name}", percent=50)
            summary = change_title(page, next(filter(None, title.groups())))
        else:
            say(progress=f"Editing {page.name}", percent=50)
            summary = add_note(page, instruction)
    except Interrupted:
        say(summary="Stopped where I was; what was written is complete.")
        return INTERRUPTED
    except FileNotFoundError as error:
        print(f"this project has no {Path(error.filename).name}", file=sys.stderr)
        return 1
    say(summary=summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
