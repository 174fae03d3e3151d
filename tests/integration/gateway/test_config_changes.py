"""A running gateway takes over changed projects: for the next mail, from files and from S3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.app import configuration
from hermes.app import gateway as composition
from hermes.aws.records.operating.project_documents import ProjectDocuments
from hermes.config import loading as config
from hermes.domain.mails import Outcome
from tests import env
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, EVE, SITE, Play


def document(**changes: Any) -> str:
    given: dict[str, Any] = {
        "client": "acme",
        "project": "site",
        "repository": "https://git.example.com/site.git",
        "addresses": [SITE],
        "owners": [ANNA],
        **changes,
    }
    wall = given.pop("wall", 1800)
    lines = ["[[projects]]", *(f"{name} = {json.dumps(value)}" for name, value in given.items())]
    return "\n".join([*lines, 'agent = { kind = "patch" }', f"limits = {{ wall_seconds = {wall} }}", ""])


def settings(play: Play, folder: Path, *more: str) -> Path:
    return play.stand.config_file(
        folder,
        "\n".join(
            [
                "[mail]\nrate_limit = false",
                f'[mail.smtp]\nport = {play.postbox.port}\nsecurity = "none"',
                "[smtp_ingress]\nenabled = true\nport = 0\ntrust_loopback = true",
                "[gateway]\ncollect_seconds = 0",
                *more,
            ]
        ),
    )


async def built(play: Play, file: Path) -> composition.Gateway:
    made = await composition.build(
        config.load(file, {}),
        play.stand.clients,
        env=env.quiet(now=play.clock.time, clock=play.clock.time, emit=play.events.append),
        environ={},
        file=file,
    )
    play.gateways.append(made)
    assert made.watch is not None
    await made.watch.look()
    return made


async def test_a_new_owner_may_write_a_removed_one_may_not_and_new_limits_hold_for_the_next_command(
    play: Play, tmp_path: Path
) -> None:
    file = settings(play, tmp_path)
    (tmp_path / "projects.d").mkdir()
    own = tmp_path / "projects.d" / "site.toml"
    own.write_text(document(owners=[ANNA]))
    gateway = await built(play, file)
    _, first = await play.mail(gateway, "Please update the title", sender=ANNA)
    _, stranger = await play.mail(gateway, "Please update the title", sender=EVE)
    assert (first.outcome, stranger.outcome) == (Outcome.COMMAND, Outcome.REFUSED)
    assert (await play.command(first)).context.limits.wall_seconds == 1800

    own.write_text(document(owners=[EVE], wall=60))
    assert gateway.watch is not None
    await gateway.watch.look()
    _, late = await play.mail(gateway, "Please update the title", sender=ANNA)
    _, second = await play.mail(gateway, "Please update the title", sender=EVE)
    assert (late.outcome, second.outcome) == (Outcome.REFUSED, Outcome.COMMAND)
    assert (await play.command(second)).context.limits.wall_seconds == 60
    assert (await play.command(first)).context.limits.wall_seconds == 1800


async def test_a_bad_change_changes_nothing(play: Play, tmp_path: Path) -> None:
    file = settings(play, tmp_path)
    (tmp_path / "projects.d").mkdir()
    (tmp_path / "projects.d" / "site.toml").write_text(document())
    gateway = await built(play, file)
    (tmp_path / "projects.d" / "site.toml").write_text(document(owners=[EVE]))
    (tmp_path / "projects.d" / "docs.toml").write_text(document(project="docs", addresses=["nobody"]))
    assert gateway.watch is not None
    await gateway.watch.look()
    _, record = await play.mail(gateway, "Please update the title", sender=EVE)
    assert record.outcome is Outcome.REFUSED
    (refused,) = [event.text for event in play.events if event.name == "config.refused"]
    assert "docs.toml: projects.0.addresses.0" in refused


async def test_projects_under_a_prefix_of_s3_are_read_at_the_start_and_when_they_change(
    play: Play, tmp_path: Path
) -> None:
    objects = play.stand.objects
    await objects.put("config/projects/site.toml", document().encode())
    file = settings(play, tmp_path, '[project_sources]\nbucket_prefix = "config/projects/"\nseconds = 1')
    gateway = await built(play, file)
    _, first = await play.mail(gateway, "Please update the title", sender=ANNA)
    assert first.outcome is Outcome.COMMAND

    await objects.put("config/projects/site.toml", document(owners=[EVE]).encode())
    play.start(gateway)

    async def taken() -> bool:
        _, record = await play.mail(gateway, "Please update the title", sender=EVE)
        return record.outcome is Outcome.COMMAND

    await eventually(taken)
    await play.stop(gateway)


async def test_a_document_of_s3_that_is_too_large_is_named(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.config.sources.DOCUMENT_BYTES", 10)
    await play.stand.objects.put("config/projects/site.toml", document().encode())
    with pytest.raises(Exception, match=r"config/projects/site\.toml is larger than 10 bytes"):
        await configuration.in_s3(play.stand.objects, "config/projects/")


async def test_without_any_project_the_gateway_does_not_start(play: Play, tmp_path: Path) -> None:
    file = settings(play, tmp_path, '[project_sources]\nbucket_prefix = "config/projects/"')
    with pytest.raises(errors.ConfigError, match="no project is configured, neither in the files nor under s3://"):
        await built(play, file)


async def test_projects_of_the_table_are_read_at_the_start_and_when_they_change(play: Play, tmp_path: Path) -> None:
    rows = ProjectDocuments(tables=play.stand.tables, names=play.stand.names)
    await rows.put("acme/site", document(), before=None)
    file = settings(play, tmp_path, "[project_sources]\ntable = true\nseconds = 1")
    gateway = await built(play, file)
    _, first = await play.mail(gateway, "Please update the title", sender=ANNA)
    assert first.outcome is Outcome.COMMAND

    await rows.put("acme/site", document(owners=[EVE]), before=document())
    with pytest.raises(errors.NotPossible, match="changed by somebody else"):
        await rows.put("acme/site", document(owners=[ANNA]), before=document())
    await rows.put("acme/docs", document(project="docs", addresses=["nobody"]), before=None)
    assert gateway.watch is not None
    await gateway.watch.look()
    (refused,) = [event.text for event in play.events if event.name == "config.refused"]
    assert f"table {rows.table}, acme/docs: projects.0.addresses.0" in refused

    await rows.put("acme/docs", "", before=document(project="docs", addresses=["nobody"]))
    await gateway.watch.look()
    _, record = await play.mail(gateway, "Please update the title", sender=EVE)
    assert record.outcome is Outcome.COMMAND
