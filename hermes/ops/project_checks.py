"""The checks of each project: its repository and branch, its agent and the agent's key."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from typing import Final

from hermes.app import launchers
from hermes.config.agent_settings import AgentKind
from hermes.config.loading import Config, Project
from hermes.ops.findings import Found
from hermes.site import chromium

#: One question to a repository.
_SECONDS: Final = 20.0
#: Repositories that are asked at the same time.
_AT_ONCE: Final = 8
#: The program of an agent without `argv`.
_PROGRAMS: Final = {AgentKind.CLAUDE: "claude", AgentKind.AIDER: "aider", AgentKind.CODEX: "codex"}


async def run(config: Config, environ: Mapping[str, str]) -> list[Found]:
    """The findings of all projects. Of tasks in ECS neither programs nor credentials are here, so nothing is said of them."""
    if config.launcher.kind != "local":
        return []
    if shutil.which("git") is None:
        return [Found("git", False, "not found", "install git")]
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(project: Project) -> list[Found]:
        async with slots:
            return [await repository(project, environ), *agent(project, environ)]

    found = await asyncio.gather(*(one(project) for project in config.projects))
    return [*(finding for findings in found for finding in findings), *pictures(config.projects, environ)]


def pictures(projects: Sequence[Project], environ: Mapping[str, str]) -> list[Found]:
    """Whether there is a Chromium to photograph pages with, if a project wants pictures. Without one nothing fails."""
    wanting = [project.name for project in projects if project.pictures and project.publish is not None]
    if not wanting:
        return []
    program = chromium.find(environ.get("PATH"))
    if program is None:
        todo = (
            "install Chromium (Debian: chromium) for pictures of changed pages, or set pictures = false in the project"
        )
        return [Found("pictures", True, f"no Chromium on the PATH, so replies of {', '.join(wanting)} have none", todo)]
    return [Found("pictures", True, f"{program} photographs changed pages")]


def agent(project: Project, environ: Mapping[str, str]) -> list[Found]:
    """Whether the agent's program and the variables that it is to get are there; one finding, of the first thing that is missing."""
    name, settings = f"agent of {project.name}", project.agent
    program = settings.argv[0] if settings.argv else _PROGRAMS.get(settings.kind, "")
    if program and shutil.which(program, path=environ.get("PATH")) is None:
        todo = "install it for the user that Hermes runs as, or set projects.agent.argv to its path"
        return [Found(name, False, f"no program {program!r} on the PATH", todo)]
    missing = [variable for variable in settings.env if not environ.get(variable)]
    if missing:
        text = f"{', '.join(missing)} is not set in Hermes' environment, so the agent gets no key"
        return [
            Found(
                name,
                False,
                text,
                "set it where `hermes serve` or `hermes up` starts, or take it out of projects.agent.env",
            )
        ]
    return [Found(name, True, f"{settings.kind.value}{f' ({program})' if program else ''} is there")]


async def repository(project: Project, environ: Mapping[str, str]) -> Found:
    """Whether the repository opens, as the workers' git opens it, and has the default branch."""
    name = f"repository of {project.name}"
    helper = environ.get(launchers.CREDENTIAL_HELPER)
    with_helper = ("-c", f"credential.helper={helper}") if helper else ()
    status, out, err = await _git(
        *with_helper, "ls-remote", "--symref", "--", project.repository, "HEAD", "refs/heads/*", environ=environ
    )
    if status is None:
        return Found(
            name, False, f"{project.repository} did not answer in {_SECONDS:g} s", "check the network and the address"
        )
    if status:
        last = next((line.strip() for line in reversed(err.splitlines()) if line.strip()), "git says nothing")
        todo = "check projects.repository, and that the user of Hermes may read it: an SSH key, a credential helper"
        return Found(name, False, f"{project.repository} does not open: {last[:300]}", todo)
    heads = {
        line.partition("\t")[2].removeprefix("refs/heads/") for line in out.splitlines() if "\trefs/heads/" in line
    }
    default = next(
        (line.split()[1].removeprefix("refs/heads/") for line in out.splitlines() if line.startswith("ref: ")), None
    )
    wanted = project.default_branch
    if wanted is not None and heads and wanted not in heads:
        near = f"; it has {', '.join(sorted(heads)[:5])}"
        todo = "set projects.default_branch to a branch of the repository, or create it"
        return Found(name, False, f"{project.repository} has no branch {wanted!r}{near}", todo)
    if wanted is None and heads and (default is None or default not in heads):
        text = (
            f"{project.repository} names no default branch{f' but {default!r}, which is not there' if default else ''}"
        )
        return Found(name, False, text, "set projects.default_branch")
    if not heads:
        return Found(name, True, "it opens, and has no commit yet; the first command makes one")
    return Found(name, True, f"it opens; work begins from {wanted or default}")


async def _git(*words: str, environ: Mapping[str, str]) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        "git",
        *words,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environ, "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None, "", ""
    return process.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
