"""A changed configuration is validated first, and used or refused whole."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.cli.options import look_on_hangup
from hermes.config import loading as config
from hermes.config import sources
from hermes.config.current import CurrentConfig
from hermes.domain.events import Event
from hermes.gateway.upkeep.config_watch import ConfigWatch
from tests.env import quiet
from tests.eventually import eventually
from tests.unit.config.test_sources import project


class Watched:
    """A file, the watch over it, and what was said."""

    def __init__(self, folder: Path, *, environ: dict[str, str] | None = None, text: str = "") -> None:
        self.file = folder / "hermes.toml"
        self.write(text or project("site"))
        self.events: list[Event] = []
        self.broken: errors.HermesError | None = None
        self.current = CurrentConfig(config.load(self.file, environ or {}))
        self.watch = ConfigWatch(
            current=self.current, read=self._read, environ=environ or {}, seconds=20, env=quiet(emit=self.events.append)
        )

    async def _read(self) -> Any:
        if self.broken is not None:
            raise self.broken
        first = sources.file(self.file)
        return [first, *sources.folder(self.file, sources.toml(first))]

    def write(self, text: str) -> None:
        self.file.write_text(text)

    async def look(self) -> list[tuple[str, str]]:
        """What one look says."""
        before = len(self.events)
        await self.watch.look()
        return [(event.name, event.text) for event in self.events[before:]]

    @property
    def projects(self) -> list[str]:
        return [one.project for one in self.current.current.projects]


async def test_a_change_is_used_once_and_what_is_the_same_says_nothing(tmp_path: Path) -> None:
    one = Watched(tmp_path)
    assert await one.look() == []
    before = one.current.current
    (tmp_path / "projects.d").mkdir()
    (tmp_path / "projects.d" / "docs.toml").write_text(project("docs"))
    one.write(project("site").replace("anna@", "bob@"))
    said = await one.look()
    assert said == [("config.changed", "a changed configuration is in use; new: acme/docs; changed: acme/site")]
    assert one.projects == ["site", "docs"]
    assert one.current.current.projects[0].owners == ("bob@example.org",)
    assert before.projects[0].owners == ("anna@example.org",)
    assert await one.look() == []
    (tmp_path / "projects.d" / "docs.toml").unlink()
    assert (await one.look())[0][1].endswith("gone: acme/docs")
    one.write(project("site").replace("anna@", "bob@") + "[shares.owner]\nopen_commands = 3\n")
    assert (await one.look())[0][1].endswith("clients or shares")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (project("site").replace("anna@", "anna"), "projects.0.owners.0: 'annaexample.org' is no mail address"),
        ("[[projects", "is not valid TOML"),
        ("", "no project is left"),
        (project("site") + "[mial]\n", "unknown setting 'mial'"),
        (project("site") + project("site"), "would share queues"),
    ],
)
async def test_a_bad_change_is_refused_whole_and_told_once(tmp_path: Path, text: str, said: str) -> None:
    one = Watched(tmp_path)
    await one.look()
    before = one.current.current
    one.write(text)
    ((name, refused),) = await one.look()
    assert name == "config.refused"
    assert "the one before stays in use" in refused
    assert said in refused
    assert one.current.current is before
    assert await one.look() == []
    one.write(project("site"))
    assert await one.look() == [("config.changed", "the configuration is valid again, and as it was")]


async def test_a_file_that_is_gone_is_a_bad_change_and_aws_that_is_away_is_none(tmp_path: Path) -> None:
    one = Watched(tmp_path)
    await one.look()
    one.file.unlink()
    assert [name for name, _ in await one.look()] == ["config.refused"]
    one.write(project("site"))
    one.broken = errors.AwsUnavailable("S3: no answer")
    assert [name for name, _ in await one.look()] == ["config.deferred"]
    assert one.projects == ["site"]


async def test_other_settings_stay_as_they_are_and_are_named(tmp_path: Path) -> None:
    one = Watched(tmp_path, text=project("site") + "[mail]\nname = 'Hermes'\n")
    await one.look()
    one.write(project("site") + project("docs") + "[mail]\nname = 'Other'\n[web]\nport = 1\n")
    said = await one.look()
    assert ("config.restart", "changed settings apply at the next start: mail, web") in said
    assert one.projects == ["site", "docs"]
    assert one.current.current.mail.name == "Hermes"


async def test_settings_that_the_environment_gave_are_not_lost(tmp_path: Path) -> None:
    environ = {
        "HERMES_IMAP_INGRESS__ENABLED": "true",
        "HERMES_IMAP_INGRESS__HOST": "127.0.0.1",
        "HERMES_IMAP_INGRESS__USERNAME": "u",
        "HERMES_IMAP_INGRESS__PASSWORD": "topsecret",
        "HERMES_IMAP_INGRESS__ADDRESS": "site@agent.example.com",
        "HERMES_SHARES__OWNER__OPEN_COMMANDS": "3",
    }
    one = Watched(tmp_path, environ=environ)
    await one.look()
    one.write(project("site") + project("docs"))
    await one.look()
    assert one.current.current.imap_ingress.password == "topsecret"
    assert one.current.current.shares.owner.open_commands == 3
    assert "topsecret" not in str(vars(one.watch)["_environ"])
    one.write(project("docs"))
    ((name, text),) = await one.look()
    assert (name, "no project has the address" in text) == ("config.refused", True)


async def test_a_hangup_looks_at_once(tmp_path: Path) -> None:
    one, stop = Watched(tmp_path), asyncio.Event()
    running = asyncio.create_task(one.watch.run(stop))
    look_on_hangup(one.watch.now)
    try:
        await eventually(lambda: one.watch._seen)
        one.write(project("site") + project("docs"))
        os.kill(os.getpid(), signal.SIGHUP)
        await eventually(lambda: one.projects == ["site", "docs"])
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
        stop.set()
        await asyncio.wait_for(running, 60)
