"""Agents that misbehave, as programs: each is a Python script, and a project's `command` agent runs the one that it is asked for."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

SCRIPTS = {
    "exits_1": """
        import pathlib, sys
        pathlib.Path("half.txt").write_text("half done")
        print("cannot go on: the moon is in the way", file=sys.stderr)
        sys.exit(1)
    """,
    "prints_10_mb_on_one_line": """
        import pathlib, sys
        sys.stdout.write("x" * 10_000_000)
        sys.stdout.flush()
        pathlib.Path("loud.txt").write_text("done")
    """,
    "ignores_sigint": """
        import pathlib, signal, time
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path("stubborn.txt").write_text("so far")
        print("begun", flush=True)
        open(3, "w", closefd=False).write('{"progress": "I do not listen"}\\n')
        time.sleep(600)
    """,
    "leaves_a_child": """
        import pathlib, subprocess, sys
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        pathlib.Path("left.txt").write_text("done")
    """,
    "does_nothing": """
        print("nothing to do")
    """,
    "sleeps": """
        import pathlib, time
        pathlib.Path("slow.txt").write_text("so far")
        time.sleep(600)
    """,
}


#: Becomes the script that the instruction names.
CHOICE = """
import os, pathlib, sys
asked = sys.stdin.read()
(chosen,) = [path for path in pathlib.Path(__file__).parent.glob("*.py") if path.stem in asked]
os.execv(sys.executable, [sys.executable, "-I", str(chosen)])
"""


def settings(folder: Path) -> dict[str, object]:
    """The settings of an agent that runs the script whose name is in its instruction."""
    folder.mkdir()
    for name, script in SCRIPTS.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(script), encoding="utf-8")
    choice = folder / "choice.py"
    choice.write_text(CHOICE, encoding="utf-8")
    return {"kind": "command", "argv": [sys.executable, "-I", str(choice)]}
