"""A stranger's subject, file name or error must not move the operator's terminal, turn its text round, or forge a line of the log."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.panel import Panel
from rich.text import Text

from hermes import logs
from hermes.cli import exits, plain, screen
from hermes.domain import escape
from hermes.domain.events import Event
from tests.attack import table

HERMES = Path(logs.__file__).parent

#: Every character that acts: control, format, halves of surrogate pairs, line and paragraph separators. Joiners only join.
ACTS = frozenset(
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp") and code not in (0x200C, 0x200D)
)
HOSTILE = (
    "title \x1b]0;owned\x07 clear \x1b[2J link \x1b]8;;http://x\x1b\\ c1 \x9b31m nel \x85 cr\r\n"
    '12:00:00 INFO    forged \u2028{"level":"info"}\u2029 \u202egpj.exe\u202c '
    "\u2066x\u2069 \u200f \u061c \x7f \udc80 \ufeff \U000e0041 \x00 \x08"
)
FORGED = "12:00:00 INFO    forged"


def _acting(text: str, *, keep: str = "\n") -> set[str]:
    return set(text) & ACTS - set(keep)


def test_no_character_that_acts_is_left_out(figures: table.Figures) -> None:
    figures.add("characters", len(ACTS))
    assert [one for one in ACTS if _acting(escape.line(f"a{one}b"), keep="")] == []
    assert escape.line("Grüße, 東京, 👩‍💻, می‌خواهم; a\\b") == "Grüße, 東京, 👩‍💻, می‌خواهم; a\\b"


def test_a_json_document_means_the_same_when_escaped() -> None:
    every = {"text": "".join(sorted(ACTS - {chr(code) for code in range(0xD800, 0xE000)})), HOSTILE: 1}
    text = escape.document(every)
    assert _acting(text, keep="") == set()
    assert json.loads(text) == escape.deep(every)
    assert json.loads(escape.document(every["text"])) == every["text"]


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    before, level = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:] = before
    logger.setLevel(level)


def _log_everything() -> int:
    """Hostile text by every way into a record; how many records."""
    log = logging.getLogger("hermes.attack")
    log.info("from %s", HOSTILE)
    log.warning(HOSTILE, extra={"action": HOSTILE, "file": HOSTILE, HOSTILE: HOSTILE})
    with logs.bound(mail_id=HOSTILE):
        logs.event(Event("mail.refused", 0.0, HOSTILE, {"subject": HOSTILE, "list": [HOSTILE]}))
    try:
        raise ValueError(HOSTILE) from KeyError(HOSTILE)
    except ValueError:
        log.exception("it failed: %s", HOSTILE, stack_info=True)
    logging.getLogger(HOSTILE).error("by a logger of that name")
    return 5


def test_json_logs_hold_one_harmless_line_a_record(root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.set_up(level="INFO", form="json", stream=stream)
    records = _log_everything()
    text = stream.getvalue()
    assert _acting(text) == set()
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == records
    assert lines[1]["file"] == escape.deep(HOSTILE)


def test_text_logs_hold_harmless_lines_and_none_that_looks_like_a_record(root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.set_up(level="INFO", form="text", stream=stream)
    records = _log_everything()
    text = stream.getvalue()
    assert _acting(text) == set()
    lines = text.splitlines()
    assert len([line for line in lines if not line.startswith("  | ")]) == records
    assert not any(line.startswith(FORGED) for line in lines)


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_record_that_cannot_be_written_shows_nothing_of_itself(form: str, root: logging.Logger) -> None:
    stream = io.StringIO()
    logs.set_up(level="INFO", form=form, stream=stream)
    logging.getLogger("hermes.attack").info("%d", HOSTILE)
    (line,) = stream.getvalue().splitlines()
    assert _acting(line) == set()
    assert line.startswith("a log record cannot be written")
    assert "forged" not in line


def _without_colours(text: str) -> str:
    """Without the codes that Rich itself writes for colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("terminal", [False, True])
def test_whatever_the_command_line_shows_is_harmless(
    terminal: bool, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
    plain.say(HOSTILE)
    plain.say(HOSTILE, err=True)
    plain.document({"subject": HOSTILE})
    screen.table(("a", HOSTILE), [(HOSTILE, Text(HOSTILE, style="red"))], identifier="id", none=HOSTILE)
    screen.table(("a",), [], none=HOSTILE)
    screen.console().print(Panel(Text(HOSTILE), title=Text(HOSTILE), subtitle=Text(HOSTILE)))
    screen.console().print(HOSTILE.replace("[", "("), soft_wrap=True)
    with pytest.raises(SystemExit):
        exits.leave_unforeseen(ValueError(HOSTILE))
    shown = capsysbinary.readouterr()
    for text in (shown.out.decode(), shown.err.decode()):
        assert "forged" in text
        assert _acting(_without_colours(text), keep="\n\t") == set()
    (kept,) = re.findall(r"the details are in (\S+)", shown.err.decode())
    try:
        assert _acting(Path(kept).read_text(encoding="utf-8"), keep="\n\t") == set()
    finally:
        Path(kept).unlink()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_hostile_mail_is_explained_harmlessly(form: list[str], tmp_path: Path) -> None:
    mail = tmp_path / "mail.eml"
    mail.write_bytes(
        b"From: =?utf-8?q?=1B]0=3Bowned=07_=E2=80=AE?= <eve@example.net>\r\nTo: site@agent.example.com\r\n"
        b"Subject: =?utf-8?q?=1B[2J=C2=9B31m_=E2=80=AEgpj=2Eexe_=0D=0Aforged?=\r\nMessage-ID: <1\x1b[31m@example.net>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
        b"Please \x1b]52;c;cm0gLXJm\x07 \xe2\x80\xae \xc2\x9b2J\r\n--b\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''%1B%5B2J%E2%80%AEgpj.exe\r\n\r\nx\r\n--b--\r\n"
    )
    shown = subprocess.run(
        [sys.executable, "-m", "hermes", "mail", "explain", *form, mail], capture_output=True, timeout=100, check=True
    ).stdout.decode()
    assert "eve@example.net" in shown
    assert _acting(shown, keep="\n\t") == set()


def _writes(path: Path) -> Iterator[str]:
    """Where a module writes to a terminal by itself."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                yield f"{path.name}:{node.lineno} print"
            case ast.Attribute(value=ast.Name(id="typer"), attr="echo" | "secho"):
                yield f"{path.name}:{node.lineno} typer.{node.attr}"
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr"):
                yield f"{path.name}:{node.lineno} sys.{node.attr}"
            case ast.ImportFrom(module="rich.console" | "rich.table", names=names):
                found = {one.name for one in names} & {"Console", "Table"}
                yield from (f"{path.name}:{node.lineno} {one}" for one in found)
            case _:
                pass


#: `hermes mail explain` lays out a table of its own, and prints it by the console of `screen`; its type is named for that.
OWN_LAYOUT = {"mail.py": {"Table", "Console"}, "local.py": {"Console"}}


def test_no_command_writes_by_itself() -> None:
    own = {"plain.py", "screen.py"}
    found = [one for path in sorted((HERMES / "cli").glob("*.py")) if path.name not in own for one in _writes(path)]
    assert [one for one in found if one.split()[1] not in OWN_LAYOUT.get(one.partition(":")[0], set())] == []
    for name in OWN_LAYOUT:
        assert "Console(" not in (HERMES / "cli" / name).read_text().replace("screen.console(", "")


def test_logs_are_written_in_one_place_only() -> None:
    handlers = re.compile(r"StreamHandler|FileHandler|basicConfig|addHandler|\.handlers")
    found = {path.name for path in HERMES.rglob("*.py") if handlers.search(path.read_text(encoding="utf-8"))}
    assert found == {"logs.py"}
