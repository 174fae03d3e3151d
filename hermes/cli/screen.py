"""Output with Rich: tables, panels, progress. Plain lines and JSON are in `hermes.cli.plain`.

Subjects, file names and agents' output are foreign text: their control characters are escaped (`hermes.domain.escape`), and Rich does not
read them as markup unless a caller asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
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
