"""Output with Rich: tables, panels, progress. Plain lines and JSON are in `hermes.cli.plain`.

Subjects, file names and agents' output are foreign text: their control characters are escaped (`hermes.domain.escape`), and Rich does not
read them as markup unless a caller asks for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.markup import escape as escape_markup
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from hermes.domain import escape


class _Harmless:
    """A renderable whose foreign control characters are escaped; Rich's own control codes stay."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._inner, options):
            if segment.control:
                yield segment
            else:
                yield Segment(escape.line(segment.text, keep="\n"), segment.style)


class _Harmlessly(RenderHook):
    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Harmless(one) for one in renderables]


def console(*, stderr: bool = False, file: TextIO | None = None) -> Console:
    """A console for lines with markup, panels and progress; foreign text goes in as `rich.text.Text` or by `rich.markup.escape`."""
    made = Console(highlight=False, stderr=stderr, file=file)
    made.push_render_hook(_Harmlessly())
    return made


def table(columns: Iterable[str], rows: Iterable[Iterable[str | Text]], *, identifier: str = "", none: str) -> None:
    """Show rows under their columns, or `none`; `identifier` is a last column that is never wrapped, so that it can be copied."""
    shown = Table(*columns, box=None)
    if identifier:
        shown.add_column(identifier, no_wrap=True)
    for row in rows:
        shown.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    console().print(shown if shown.rows else Text(none))


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list whose ids are too long for a table of 80 columns."""

    head: tuple[str, ...]
    """Short words, aligned with those of the other entries."""
    identifier: str
    """On the same line, never wrapped, so that it can be copied."""
    lines: tuple[str, ...]
    """Below it, indented and wrapped; empty ones are left out."""


def entries(found: Iterable[Entry], *, none: str) -> None:
    """Show a list of entries, or `none`."""
    shown = list(found)
    out = console()
    if not shown:
        out.print(Text(none))
    widths = [max(map(len, column)) for column in zip(*(one.head for one in shown), strict=True)]
    for one in shown:
        head = "  ".join(word.ljust(width) for word, width in zip(one.head, widths, strict=True))
        out.print(Text(f"{head}  ", style="dim").append(one.identifier, style="not dim bold"), soft_wrap=True)
        for line in filter(None, one.lines):
            out.print(Padding(Text(line), (0, 0, 0, 2), expand=False))


def finding(name: str, text: str, *, ok: bool, todo: str = "") -> None:
    """Print the outcome of a check, and what to do about it."""
    out = console()
    out.print(f"{'[green]✓[/]' if ok else '[red]✗[/]'} {escape_markup(name)}: {escape_markup(text)}", soft_wrap=True)
    if todo:
        out.print(f"  → {escape_markup(todo)}", soft_wrap=True)


def wrapped(text: str, *, indent: int = 0, stderr: bool = False) -> None:
    """Print foreign text within the width of the terminal, each line indented."""
    console(stderr=stderr).print(Padding(Text(text), (0, 0, 0, indent), expand=False))
