"""Every command line of the documentation and of the help is one that `hermes` takes: its commands, options and arguments exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from hermes.cli import main
from hermes.cli.lazy import CommandEntry

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md")])
_LINE = re.compile(r"^(?:\$ |sudo |[A-Z_]+=\S+ )*(?:\S*/)?hermes (?=[a-z-])(.*)$", re.MULTILINE)
_INLINE = re.compile(r"`(?:\S*/)?hermes (?=[a-z-])([^`]*)`")
#: Where the shell's own words begin, or a remark.
_SHELL = re.compile(r"\s(?:[|<>&(]|2>|#\s).*$")
#: A stand-in of the text for whatever the reader puts there.
_DOTS = ("…", "...")


def _lines() -> Iterator[tuple[str, str, bool]]:
    """Page, words, and whether it is a whole command (of a block of code, or an example of the help) and no mention."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = "\n".join(re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).replace("\\\n", " ")
        yield from ((page.name, found, True) for found in _LINE.findall(blocks))
        yield from ((page.name, found, False) for found in _INLINE.findall(text))
    for example in _examples(main.COMMANDS):
        yield "help", example, True


def _examples(entries: Mapping[str, CommandEntry]) -> Iterator[str]:
    for entry in entries.values():
        told = (entry.epilog or "").partition("Example: ")[2]
        yield from (found for one in told.split("  ·  ") for found in _LINE.findall(one.strip()))
        yield from _examples(entry.commands)


LINES = sorted(set(_lines()))


def _refusal(words: list[str]) -> str:
    """What `hermes` says against these words; empty if it takes them. Nothing is carried out."""
    try:
        _take(words)
    except Exception as error:
        return f"{type(error).__name__} {error}"
    return ""


def _take(words: list[str]) -> None:
    command: Any = typer.main.get_command(main.app)
    context: Any = command.make_context("hermes", words)
    while hasattr(command, "resolve_command") and (left := [*context._protected_args, *context.args]):
        name, command, rest = command.resolve_command(context, left)
        context = command.make_context(name, rest, parent=context)


@pytest.mark.parametrize(("page", "line", "whole"), LINES, ids=lambda value: str(value)[:60])
def test_a_command_line_is_one_that_hermes_takes(page: str, line: str, whole: bool) -> None:
    words = shlex.split(_SHELL.sub("", line))
    if any(dots in word for word in words for dots in _DOTS):
        words, whole = words[: next(n for n, word in enumerate(words) if any(dots in word for dots in _DOTS))], False
    # A mention may lack what the command is about, or name it in capitals.
    fine = ("Exit",) if whole else ("Exit", "MissingParameter", "NoArgsIsHelpError", "BadParameter")
    said = _refusal([word.strip("[]") for word in words])
    assert not said or said.startswith(fine), f"{page}: hermes {line}: {said}"
