"""`hermes alerts test`: each way to the operator gets a notice of no trouble, and the command says which took it."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hermes import errors
from hermes.aws.records.operating.project_documents import ProjectDocuments
from hermes.cli import main
from tests.integration import web_hook
from tests.integration.ops.test_projects_commands import PROJECT
from tests.integration.stand import Stand

OPERATOR = "operator@example.net"


@pytest.fixture(params=["ministack"])
def endpoint(request: pytest.FixtureRequest) -> object:
    """Of the two, one: what differs between them is below this command."""
    return request.getfixturevalue(request.param)


async def tried(file: Path, *more: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "120"})
    return await asyncio.to_thread(runner.invoke, main.app, ["alerts", "test", *more, "--config", str(file)])


async def test_every_way_gets_a_notice_and_the_one_that_does_not_take_it_is_named(aws: Stand, tmp_path: Path) -> None:
    projects = ProjectDocuments(tables=aws.tables, names=aws.names)
    await projects.put("acme/site", PROJECT, before=None)
    with web_hook.listening() as hook:
        file = aws.config_file(
            tmp_path,
            f'[project_sources]\ntable = true\n[alerts]\nmail = ["{OPERATOR}"]\n'
            f'[[alerts.webhooks]]\nkind = "slack"\nurl = "{hook.url}"\n',
        )
        done = await tried(file)
        assert done.exit_code == 0, done.output
        assert f"✓ mail to {OPERATOR}" in done.output
        assert "✓ slack webhook at 127.0.0.1" in done.output
        (post,) = hook.posts
        assert "This is a test of the alerts" in post["text"]
        (row,) = await aws.outbox.all()
        assert (row.recipient, row.kind, row.sender) == (OPERATOR, "alert", "site@hermes.test")
        assert row.due is not None
        assert row.due <= time.time()

        hook.status = 403
        refused = await tried(file, "--json")
    assert refused.exit_code == 1
    mail, post = (json.loads(line) for line in refused.output.splitlines())
    assert (mail["ok"], post["ok"]) == (True, False)
    assert "403" in post["text"]
    assert "SECRET" not in refused.output


async def test_without_a_way_there_is_nobody_to_tell(aws: Stand, tmp_path: Path) -> None:
    done = await tried(aws.config_file(tmp_path))
    assert isinstance(done.exception, errors.ConfigError)
