"""The command line as a table: what it lists, and what a command loads."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest
import typer
from typer.testing import CliRunner

from hermes.cli import main
from hermes.cli.lazy import CommandEntry


def entries(commands: Mapping[str, CommandEntry], before: str = "") -> Iterator[tuple[str, CommandEntry]]:
    for name, entry in commands.items():
        yield from entries(entry.commands, f"{before}{name} ") if entry.commands else [(f"{before}{name}", entry)]


@pytest.mark.parametrize(("name", "entry"), list(entries(main.COMMANDS)))
def test_the_list_says_what_the_command_says(name: str, entry: CommandEntry) -> None:
    module, _, attribute = entry.where.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    told = found.info.help if isinstance(found, typer.Typer) else inspect.getdoc(found)
    assert " ".join(str(told).split("\n\n")[0].split()) == entry.help


@pytest.mark.parametrize(("name", "entry"), list(entries(main.COMMANDS)))
def test_every_command_has_a_page_of_help(name: str, entry: CommandEntry) -> None:
    shown = CliRunner().invoke(main.app, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert f"hermes {name}" in shown.output
    if entry.epilog:
        assert " ".join(entry.epilog.split()[:3]) in " ".join(shown.output.split())


def test_every_command_that_is_used_alone_shows_an_example() -> None:
    alone = {name: entry for name, entry in entries(main.COMMANDS) if name not in {"dlq", "rows", "parked"}}
    assert {name for name, entry in alone.items() if "Example: " not in (entry.epilog or "")} == set()


def test_a_command_that_is_not_there_is_wrong_usage() -> None:
    shown = CliRunner().invoke(main.app, ["mial"])
    assert shown.exit_code == 2
    assert "No such command 'mial'" in shown.output


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint('\\n'.join(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_the_list_of_commands_loads_none_of_them() -> None:
    found = loaded("import hermes.cli.main")
    assert {name for name in found if name.startswith("hermes.")} == {
        "hermes.domain",
        "hermes.domain.escape",
        "hermes.errors",
        "hermes.cli",
        "hermes.cli.plain",
        "hermes.cli.exits",
        "hermes.cli.lazy",
        "hermes.cli.main",
        "hermes.process",
        "hermes.process.memory",
        "hermes.process.privacy",
    }
    assert len(found) <= 300, "a page of help is there before anybody waits for it"


def test_a_worker_loads_its_own_alone() -> None:
    found = loaded("import hermes.cli.worker")
    rooms = {name.split(".")[1] for name in found if name.startswith("hermes.")}
    assert not rooms & {"gateway", "web", "ingress", "mail", "local", "app.gateway"}
    assert not found & {"aiosmtpd", "aiosmtplib", "dkim", "imap_tools", "jinja2", "rich"}
    assert len(found) <= 918


def test_the_runtime_loads_neither_terminal_nor_web() -> None:
    found = loaded("import hermes.execution")
    assert not found & {"fastapi", "rich", "uvicorn", "starlette"}
    late = loaded("import hermes.execution as room\nroom.EventPrinter\nroom.create_app")
    assert "fastapi" in late
    assert "rich" not in late
