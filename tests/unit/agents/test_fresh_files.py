"""What we write among an agent's files: a link that an agent or a repository has put there before leads nowhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hermes.agents import select
from hermes.agents.port import AgentTask
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.execution import ExecutionState


async def run(kind: AgentKind, folder: Path, text: str) -> None:
    async def progress(_step: str, _words: str, _percent: int | None) -> None:
        return None

    task = AgentTask(
        command_id="c",
        instruction=text,
        worktree=folder / "tree",
        home=folder / "home",
        inbox=folder / "in",
        log=folder / "log",
        environment=os.environ,
    )
    program = () if kind is AgentKind.PATCH else ("/bin/true",)
    await select.build(AgentSettings(kind=kind, argv=program)).run(task, state=ExecutionState(), progress=progress)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (AgentKind.COMMAND, "in/instruction.txt"),
        (AgentKind.COMMAND, "in/context.json"),
        (AgentKind.AIDER, "in/message.txt"),
        (AgentKind.PATCH, "tree/.index.html.hermes"),
    ],
)
async def test_a_link_in_the_place_of_a_file_of_ours_is_not_followed(
    kind: AgentKind, name: str, tmp_path: Path
) -> None:
    for one in ("tree", "in"):
        (tmp_path / one).mkdir()
    (tmp_path / "tree" / "index.html").write_text("<h1>Welcome</h1>\n")
    ours = tmp_path / "ours"
    ours.write_text("ours")
    (tmp_path / name).symlink_to(ours)

    await run(kind, tmp_path, 'Replace "Welcome" with "Hello" in index.html')

    assert ours.read_text() == "ours"
    assert not (tmp_path / name).is_symlink()
    assert not (tmp_path / "tree" / "index.html").is_symlink()
