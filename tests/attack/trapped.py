"""A worker without queues and records that runs the booby-trapped agent again and again: `trapped.py FOLDER`, started as root or not.

It reads `FOLDER/settings.json`, says one line of JSON after each command, and goes on when it hears one.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from hermes import errors
from hermes.agents import select
from hermes.aws.s3_prefix import S3Prefix
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.config.publish_settings import PublishSettings
from hermes.domain import wire
from hermes.execution import ExecutionState
from hermes.process import descendants, privileges
from hermes.process.privileges import Numbers
from hermes.process.process import StopSchedule
from hermes.process.user import Users, write
from hermes.repository.git import Git
from hermes.repository.remote import Remote
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from hermes.site.leaks import Leaks
from hermes.worker.run.build import Build
from hermes.worker.run.media import Media
from hermes.worker.run.publish import Publication
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, Tools
from hermes.worker.run.transcripts import Transcripts
from hermes.worker.run.work_saver import WorkSaver
from hermes.worker.run.workspace_cleaner import WorkspaceCleaner
from tests import env
from tests.env import quiet
from tests.unit.worker.origin import a_command, no_pause

OTHER = "other-session"
REFS = (
    wire.AttachmentRef(key="a/0", name="notes.txt", content_type="text/plain", size=5),
    wire.AttachmentRef(key="a/1", name="photo.png", content_type="image/png", size=5),
)


class Shelf:
    """Objects in memory: what is kept there, and what is shown to everybody."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes, **_: object) -> None:
        self.kept[key] = data

    async def get(self, key: str, **_: object) -> bytes:
        if key not in self.kept:
            raise errors.AwsRefused("no such key", code="NoSuchKey", missing=True)
        return self.kept[key]

    async def manifest(self) -> dict[str, str]:
        return {}

    async def delete(self, _names: object) -> None:
        return None


def runner(settings: dict[str, Any], folder: Path, users: Users | None, shelf: Shelf) -> Runner:
    root = folder / "work"
    store = Store(git=Git(home=root / "runtime" / "home", source=os.environ), path=root / "runtime" / "store.git")
    argv = (settings["python"], settings["trap"], str(folder / "facts.json"))
    transcripts = Transcripts(objects=shelf)  # type: ignore[arg-type]

    async def no_log(_command: object, _path: Path) -> None:
        return None

    async def fetch(ref: wire.AttachmentRef) -> bytes:
        return f"mail {ref.name}".encode()

    async def download(ref: wire.AttachmentRef, path: Path) -> None:
        path.write_bytes(await fetch(ref))

    def site(_prefix: str) -> S3Prefix:
        return shelf  # type: ignore[return-value]

    publication = Publication(
        settings=PublishSettings(output="dist", prefix="p/{branch}/"), site=site, leaks=Leaks(bucket="none")
    )
    return Runner(
        tools=Tools(
            agent=AgentSetup(
                agent=select.build(AgentSettings(kind=AgentKind.COMMAND, argv=argv)),
                environment={"PATH": "/usr/bin:/bin"},
            ),
            inputs=Inputs(fetch=fetch, media=Media(folder="public/img", download=download), transcripts=transcripts),
            preview=Preview(
                build=Build(
                    command=" ".join(argv), environment={"PATH": "/usr/bin:/bin"}, stop_schedule=StopSchedule()
                ),
                publication=publication,
            ),
        ),
        workspace=lambda command: Workspace(
            store=store,
            remote=Remote(store=store, url=settings["origin"], env=env.quiet(sleep=no_pause)),
            paths=Paths.of(root, command.session_id),
            session_id=command.session_id,
            branch=command.context.branch,
            users=users,
        ),
        saver=WorkSaver(keep_log=no_log, publication=publication, transcripts=transcripts, env=env.quiet()),
        env=quiet(),
    )


async def main(folder: Path) -> None:
    settings = json.loads((folder / "settings.json").read_text())
    users = None
    if settings["worker"] is not None:
        numbers = Numbers(settings["worker"], settings["worker"], settings["first"])
        users = privileges.give_up(numbers, folder / "work", lost=lambda: None)
    else:
        (folder / "work" / "runtime").mkdir(parents=True, exist_ok=True)
    descendants.become_subreaper()
    descendants.hide_environment()
    (folder / "work" / "runtime" / "control.json").write_text(settings["token"])
    if users is not None:
        other = await users.open(OTHER)
        tree = folder / "work" / "sessions" / OTHER / "tree"
        await write(other, tree, "secret", settings["token"].encode())
    shelf = Shelf()
    running = runner(settings, folder, users, shelf)
    launcher = users.process.pid if users is not None else None
    say({"pid": os.getpid(), "launcher": launcher, "uid": os.getuid()})

    async def save(session_id: str, branch: str) -> None:
        space = running._workspace(a_command().model_copy(update=_names(session_id, branch)))
        async with space:
            await space.put_by()

    tidy = WorkspaceCleaner(root=folder / "work", save=save, users=users, env=env.quiet(), idle_seconds=-1)
    for number in range(1, settings["rounds"] + 1):
        for _ in range(2):
            command = a_command(
                seq=number, attachments=REFS, agent_session_id="0b54c1de", branch=f"thread-{number}"
            ).model_copy(update={"session_id": f"session-{number}"})
            async with asyncio.timeout(120):
                result = await running.run(command, state=ExecutionState(), progress=_progress)
            say({"success": result.success, "error": result.error, "stored": [d.hex() for d in shelf.kept.values()]})
        say({"removed": await tidy.sweep(frozenset())})
    if users is not None:
        await users.leave()


def _names(session_id: str, branch: str) -> dict[str, object]:
    return {"session_id": session_id, "context": a_command(branch=branch).context}


async def _progress(_step: str, _words: str, _percent: int | None) -> None:
    return None


def say(words: dict[str, Any]) -> None:
    print(json.dumps(words), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
