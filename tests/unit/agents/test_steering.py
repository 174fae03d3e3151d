"""People can read the list of what may steer an agent, and the programs are started as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.agents import steering
from hermes.agents.steering import Cure
from hermes.config.agent_settings import AgentKind

PAGE = (Path(__file__).parents[3] / "docs" / "agents.md").read_text()


@pytest.mark.parametrize("kind", list(AgentKind))
def test_the_page_for_people_has_the_whole_list(kind: AgentKind) -> None:
    for steers in steering.STEERS[kind]:
        assert f"`{steers.name}`" in PAGE, f"docs/agents.md does not name {steers.name} of {kind}"


@pytest.mark.parametrize(
    "option",
    [
        *steering.CLAUDE_OPTIONS,
        *steering.CODEX_OPTIONS[:2],
        *steering.AIDER_OPTIONS[:1],
        "PYTHON_DOTENV_DISABLED",
        "PYTHONSAFEPATH",
    ],
)
def test_the_page_for_people_names_what_keeps_them_from_it(option: str) -> None:
    assert option in PAGE


def test_what_is_to_be_hidden_from_aider_is_among_what_hermes_hides() -> None:
    listed = {steers.name for steers in steering.STEERS[AgentKind.AIDER] if steers.cure is Cure.HIDDEN}
    assert {name for name in listed if name == ".env" or name.startswith(".aider.")} == listed
    assert set(steering.AIDER_HIDDEN) == {".env", ".aider.*"}
