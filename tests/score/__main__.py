"""Prints the figures of reading: `python -m tests.score`."""

from __future__ import annotations

import time
import tracemalloc

from rich.console import Console
from rich.table import Table

from hermes.mail.read import newest, reading, visible
from tests.score import composing, corpora, figures, hostile, mail_cases
from tests.unit.mail import html_bodies

#: What the composing is held against.
_DRAFTS = 10_000


def main() -> None:
    """Measure and print."""
    table = Table("figure", "result", "target", "not right", title="Reading mail")
    trimming = corpora.folder("reply_trimming")
    if trimming is not None:
        found = figures.trimming(trimming)
        table.add_row("reply trimming", _of(found.exact), "64 of 64", ", ".join(found.exact.wrong))
        table.add_row("leaks", str(len(found.leaks)), "< 8", ", ".join(found.leaks))
        table.add_row("losses", str(len(found.losses)), "< 4", ", ".join(found.losses))
    markup = figures.Figure("HTML-only mail")
    for name, body, wanted in html_bodies.HTML:
        markup.count(name, newest.cut_lines(visible.lines_of(body)).text == wanted)
    table.add_row("HTML-only mail (own table)", _of(markup), "all", ", ".join(markup.wrong))
    machines = corpora.folder("machine_mail")
    if machines is not None:
        for one in figures.machine_mail(machines):
            table.add_row(one.name, _of(one), "≥ 99.5 %", ", ".join(one.wrong))
    malformed, mime = corpora.folder("malformed"), corpora.folder("mime")
    if malformed is not None and mime is not None and machines is not None:
        human = [*sorted(malformed.glob("*.eml")), *sorted(mime.glob("*.msg"))]
        every = [*human, *sorted((machines / "eml").glob("*.eml"))]
        for one in (figures.human_mail(human), figures.never_raises(every), figures.decoded_bytes(mime)):
            table.add_row(one.name, _of(one), "all", ", ".join(one.wrong))
        rate = figures.speed(every)
        table.add_row(
            "explain against a bare parse",
            f"{rate.ratio:.2f} ({rate.explain:.0f}/s)",
            "≥ 0.6",
            f"bare {rate.bare:.0f}/s",
        )
    small = corpora.folder("mail_cases")
    for row in mail_cases.rows(small) if small is not None else ():
        table.add_row(*row)
    composed, broken = composing.broken(_DRAFTS)
    table.add_row("composing: hostile drafts", f"{composed}, {broken} broken", "10000, 0 broken", "")
    for name, seconds, ratio, megabytes in _hostile():
        table.add_row(
            f"hostile: {name}", f"{seconds:.3f} s, {megabytes:.0f} MB, × {ratio:.2f}", "< 1 s, < 200 MB, < 2.5 ×", ""
        )
    Console(width=160).print(table)


def _of(figure: figures.Figure) -> str:
    share = f" ({100 * figure.right / figure.total:.1f} %)" if figure.total else ""
    return f"{figure.right} of {figure.total}{share}"


def _hostile() -> list[tuple[str, float, float, float]]:
    rows = []
    for name, (make, size) in hostile.HOSTILE.items():
        once, twice = figures.doubling(make, size)
        raw = make(size)
        tracemalloc.start()
        reading.read(raw)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        rows.append((name, once, twice / max(once, 0.002), peak))
        time.sleep(0)
    return rows


if __name__ == "__main__":
    main()
