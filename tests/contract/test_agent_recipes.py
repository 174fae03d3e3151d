"""The recipes of docs/agents.md, with the real programs: each is run as it is written there, with its model a script on loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hermes.config.agent_settings import AgentSettings
from tests.agents import real
from tests.agents.model_server import Call, ModelServer, Say, ScriptedTurn

_ROOT = Path(__file__).parents[2]
_BIN = _ROOT / "tests" / "programs" / "recipes" / "node_modules" / ".bin"
_RECIPES = dict(
    re.findall(r"^(\S+) [\d.]+:\n\n```toml\n(.*?)```", (_ROOT / "docs" / "agents.md").read_text(), re.DOTALL | re.M)
)


@dataclass(frozen=True)
class Recipe:
    """One of them, and how a model makes its program change index.html."""

    name: str
    program: str
    turns: Sequence[ScriptedTurn]
    environment: dict[str, str]
    """Leads it to the model; `<model>` stands for its address."""


_GEMINI = os.fspath(Path(__file__).with_name("gemini_settings.json"))
_DONE: ScriptedTurn = [Say("The title is new.")]
_FILE = "{folder}/index.html"
RECIPES = (
    Recipe(
        "opencode",
        "opencode",
        [
            [Call("read", {"filePath": _FILE})],
            [Call("bash", {"command": "sed -i s/Welcome/Edited/ index.html", "description": "edit"})],
            _DONE,
        ],
        {
            "OPENAI_API_KEY": real.KEY,
            "OPENCODE_DISABLE_MODELS_FETCH": "1",
            "OPENCODE_DISABLE_AUTOUPDATE": "1",
            "OPENCODE_CONFIG_CONTENT": json.dumps(
                {"provider": {"openai": {"options": {"baseURL": "<model>/v1"}, "models": {"gpt-5": {}}}}}
            ),
        },
    ),
    Recipe(
        "gemini-cli",
        "gemini",
        [
            [Call("read_file", {"file_path": "index.html"})],
            [
                Call(
                    "replace",
                    {
                        "file_path": "index.html",
                        "instruction": "title",
                        "old_string": "<h1>Welcome</h1>",
                        "new_string": "<h1>Edited</h1>",
                    },
                )
            ],
            _DONE,
        ],
        # With an address of another service it wants to be told in a file that the key is meant for it.
        {"GEMINI_API_KEY": real.KEY, "GOOGLE_GEMINI_BASE_URL": "<model>", "GEMINI_CLI_SYSTEM_SETTINGS_PATH": _GEMINI},
    ),
    Recipe(
        "qwen-code",
        "qwen",
        [
            [Call("read_file", {"file_path": _FILE})],
            [Call("edit", {"file_path": _FILE, "old_string": "Welcome", "new_string": "Edited"})],
            _DONE,
        ],
        {"OPENAI_API_KEY": real.KEY, "OPENAI_BASE_URL": "<model>/v1", "OPENAI_MODEL": "gpt-4o"},
    ),
)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
async def test_a_recipe_carries_out_a_request(
    recipe: Recipe, model: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(recipe.program, path=os.fspath(_BIN)) is None:
        pytest.skip(f"{recipe.program} is not installed (make agents)")
    model.script["edit"] = recipe.turns
    monkeypatch.setenv("PATH", f"{_BIN}:{os.environ['PATH']}")
    for name, value in recipe.environment.items():
        monkeypatch.setenv(name, value.replace("<model>", model.url))
    written = AgentSettings.model_validate(tomllib.loads(_RECIPES[recipe.name]))
    settings = written.model_copy(update={"env": tuple({*written.env, *recipe.environment})})
    desk = real.Desk(tmp_path, settings, model, walled=False)
    real.plant(desk.tree, {"index.html": "<h1>Welcome</h1>\n"})
    report = await desk.run("Please change the heading. [[edit]]")
    assert report.error is None
    assert (desk.tree / "index.html").read_text() == "<h1>Edited</h1>\n"
    assert "The title is new." in report.summary
