"""`hermes demo` with the real programs: each goes once through all of Hermes, from a mail to the reply.

Their model is a script on loopback. The ordinary run leaves out aider, which starts slowly and is run through the worker by another test.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hermes.local import demo
from tests.agents import real
from tests.agents.model_server import Call, ModelServer, Say, ScriptedTurn
from tests.agents.real import Program
from tests.e2e import dev as running_dev

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

_TITLE = f"sed -i 's/<title>.*<.title>/<title>{demo.TITLE}<\\/title>/' index.html"
_AIDER_TITLE = (
    f"The title is new.\n\nindex.html\n```\n<<<<<<< SEARCH\n  <title>Our bakery</title>\n=======\n"
    f"  <title>{demo.TITLE}</title>\n>>>>>>> REPLACE\n```\n"
)


def _patch(*lines: str) -> Call:
    text = "\n".join(("*** Begin Patch", *lines, "*** End Patch"))
    return Call("exec_command", {"cmd": f"apply_patch <<'EOF'\n{text}\nEOF\n"})


SLOW: dict[str, Sequence[ScriptedTurn]] = {
    "claude": [
        [Call("Write", {"file_path": "{folder}/extra.css", "content": "body { color: red; }"})],
        [Say("That is the style."), Call("Read", {"file_path": "{folder}/index.html"})],
        [Say("Late.", after_seconds=300)],
    ],
    "aider": [[Say("Late.", after_seconds=300)]],
    "codex": [[_patch("*** Add File: extra.css", "+body { color: red; }")], [Say("Late.", after_seconds=300)]],
}
QUICK: dict[str, Sequence[ScriptedTurn]] = {
    "claude": [
        [Call("Read", {"file_path": "{folder}/index.html"})],
        [
            Call(
                "Edit",
                {
                    "file_path": "{folder}/index.html",
                    "old_string": "Our bakery</title>",
                    "new_string": f"{demo.TITLE}</title>",
                },
            )
        ],
        [Say("The title is new.")],
    ],
    "aider": [[Say(_AIDER_TITLE)]],
    "codex": [[Call("exec_command", {"cmd": _TITLE})], [Say("The title is new.")]],
}
ADDRESSES = {
    "claude": ("ANTHROPIC_BASE_URL", ""),
    "aider": ("OPENAI_API_BASE", "/v1"),
    "codex": ("OPENAI_BASE_URL", "/v1"),
}


@pytest.mark.parametrize("program", [real.CLAUDES[-1], real.CODEX, *([real.AIDER] if real.EVERY else [])], ids=str)
def test_the_demo_shows_the_whole_way_with_a_real_agent(program: Program, tmp_path: Path) -> None:
    kind = program.kind.value
    bin_folder, temporary = tmp_path / "bin", tmp_path / "tmp"
    for folder in (bin_folder, temporary):
        folder.mkdir()
    (bin_folder / kind).symlink_to(shutil.which(program.argv()[0]) or "")
    with ModelServer({"slow": SLOW[kind], "quick": QUICK[kind]}) as model:
        model.words = {demo.SLOW: "slow", demo.QUICK: "quick"}
        variable, path = ADDRESSES[kind]
        env = {
            **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "TMPDIR": str(temporary),
            "ANTHROPIC_API_KEY" if kind == "claude" else "OPENAI_API_KEY": real.KEY,
            "AIDER_MODEL": "openai/gpt-4o",
            variable: f"{model.url}{path}",
        }
        line = [sys.executable, "-m", "hermes", "demo", "--json", "--agent", kind]
        done = subprocess.run(line, capture_output=True, text=True, timeout=500, check=False, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    shown = json.loads(done.stdout)
    first, second = shown["replies"]
    assert first["in_reply_to"] != second["in_reply_to"]
    assert "The title is new." in second["text"]
    assert any("Please update the homepage title" in commit["subject"] for commit in shown["commits"])
    assert {request.key for request in model.asked} <= {real.KEY}
    if kind != "aider":  # which edits at its end alone
        assert any(commit["subject"].startswith("Partial work:") for commit in shown["commits"])
    assert running_dev.processes_of(temporary) == []
