"""`hermes projects add`, `edit` and `check`: validated with all other documents first, written where projects come from."""

from __future__ import annotations

import asyncio
import stat
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hermes import errors
from hermes.cli import main
from hermes.config import loading
from tests.integration.stand import Stand

PROJECT = """
[[projects]]
client = "acme"
project = "site"
repository = "https://git.example.com/site.git"
addresses = ["site@hermes.test"]
owners = ["anna@people.test"]
agent = { kind = "patch" }
"""


@pytest.fixture(params=["ministack"])
def endpoint(request: pytest.FixtureRequest) -> object:
    """Of the two, one: what differs between them is below these commands."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = tmp_path / "docs.git"
    subprocess.run(["git", "init", "-q", "--bare", str(made)], check=True)
    return made


@pytest.fixture
def alone(tmp_path: Path) -> Path:
    """A configuration file for which AWS is never asked: nobody answers where it says that AWS is."""
    file = tmp_path / "hermes.toml"
    file.write_text(f'[aws]\nendpoint_url = "http://127.0.0.1:9"\n{PROJECT}')
    file.chmod(0o640)
    return file


async def hermes(file: Path, *arguments: str, given: str | None = None, editor: str = "false") -> Result:
    runner = CliRunner(env={"COLUMNS": "200", "VISUAL": editor})
    return await asyncio.to_thread(runner.invoke, main.app, [*arguments, "--config", str(file)], input=given)


def told(done: Result) -> str:
    """What it printed, and the error that ended it; `hermes` prints that, and has its exit code (`hermes.cli.exits`)."""
    return f"{done.output}{done.exception or ''}"


def new(repository: Path | str, name: str = "acme/docs", *more: str, address: str = "docs@hermes.test") -> list[str]:
    given = ["--repository", str(repository), "--address", address, "--owner", "anna@people.test", "--agent", "patch"]
    return ["projects", "add", name, *given, *more]


async def test_a_project_is_added_as_a_file_that_every_gateway_reads(alone: Path, repository: Path) -> None:
    done = await hermes(alone, *new(repository))

    assert done.exit_code == 0, done.output
    written = alone.parent / "projects.d" / "acme-docs.toml"
    assert str(written) in done.output.replace("\n", "")
    assert stat.S_IMODE(written.stat().st_mode) == 0o640
    assert [one.name for one in loading.load(alone, {}).projects] == ["acme/site", "acme/docs"]

    again = await hermes(alone, *new(repository))
    assert isinstance(again.exception, errors.ConfigError)
    assert "would share queues" in again.exception.message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (new("/nowhere.git"), "acme/docs is not added; mend that"),
        (new("/nowhere.git", "acme/docs", "--no-check", address="site@hermes.test"), "site@hermes.test"),
        (new("/nowhere.git", "Acme/Docs"), "Acme/Docs: projects.0.client"),
        (new("/nowhere.git", "docs"), "docs: projects.0.project"),
        (new("/nowhere.git", "acme/docs", "--no-check", "--to", "s3"), "set project_sources.bucket_prefix"),
        (new("/nowhere.git", "acme/docs", "--agent", "claude 'x"), "no command line"),
        (["projects", "edit", "acme/none"], "no document has a project acme/none"),
        (["projects", "check", "acme/none"], "there are: acme/site"),
        (["projects", "edit", "acme/site"], "nothing is changed"),
    ],
)
async def test_what_cannot_be_done_changes_nothing(alone: Path, arguments: list[str], said: str) -> None:
    before = alone.read_bytes()
    done = await hermes(alone, *arguments)
    assert done.exit_code
    assert said in told(done)
    assert alone.read_bytes() == before
    assert not (alone.parent / "projects.d").exists()


async def test_a_document_is_edited_where_it_is_and_only_into_a_valid_one(alone: Path) -> None:
    done = await hermes(alone, "projects", "edit", "acme/site", editor="sed -i s/anna@people.test/bob@people.test/")
    assert done.exit_code == 0, done.output
    assert loading.load(alone, {}).projects[0].owners == ("bob@people.test",)
    assert stat.S_IMODE(alone.stat().st_mode) == 0o640

    before = alone.read_bytes()
    bad = await hermes(alone, "projects", "edit", "acme/site", editor="sed -i s/patch/patches/")
    assert isinstance(bad.exception, errors.ConfigError)
    kept = Path(bad.exception.message.rpartition("your text is in ")[2])
    assert "patches" in kept.read_text()
    assert alone.read_bytes() == before

    same = await hermes(alone, "projects", "edit", "acme/site", "--from", "-", given=before.decode())
    assert (same.exit_code, "stays as it was" in same.output) == (0, True)


async def test_one_project_is_checked(alone: Path, repository: Path) -> None:
    await hermes(alone, *new(repository))
    well = await hermes(alone, "projects", "check", "acme/docs")
    assert (well.exit_code, "repository of acme/docs" in well.output) == (0, True), well.output
    bad = await hermes(alone, "projects", "check", "acme/site")
    assert (bad.exit_code, "✗ repository of acme/site" in bad.output) == (1, True), bad.output


@pytest.mark.parametrize(
    ("sources", "place"),
    [("table = true", "table {prefix}-projects, acme/docs"), ('bucket_prefix = "config/"', "config/acme-docs.toml")],
)
async def test_projects_in_aws_are_added_edited_and_seen_by_every_command(
    aws: Stand, tmp_path: Path, repository: Path, sources: str, place: str
) -> None:
    file = aws.config_file(tmp_path, f"[project_sources]\n{sources}\n")
    done = await hermes(file, *new(repository))
    assert done.exit_code == 0, done.output
    assert place.format(prefix=aws.names.prefix) in done.output

    listed = await hermes(file, "projects")
    assert "acme/docs" in listed.output
    checked = await hermes(file, "check")
    assert "repository of acme/docs" in checked.output
    assert "valid; 1 project(s): acme/docs" in checked.output
    taken = await hermes(
        file,
        "ingest",
        "--recipient",
        "docs@hermes.test",
        "--sender",
        "anna@people.test",
        given="From: anna@people.test\n\nDo it\n",
    )
    assert taken.exit_code == 0, taken.output

    await hermes(file, "projects", "edit", "acme/docs", editor="sed -i s/anna@people.test/bob@people.test/")
    shown = await hermes(file, "projects", "acme/docs", "--json")
    assert '"owners":["bob@people.test"]' in shown.output.replace(" ", "")
