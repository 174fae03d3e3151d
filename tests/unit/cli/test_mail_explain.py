"""`hermes mail explain`."""

from __future__ import annotations

import json
import pathlib

from typer.testing import CliRunner

from hermes.cli import main

FIELDS = [
    "file",
    "from",
    "verdict",
    "machine",
    "failed_recipients",
    "thread_keys",
    "text",
    "command",
    "quoted",
    "signature",
    "forwarded",
    "confidence",
    "attachments",
    "defects",
    "refusal",
]


def explain(*arguments: str, stdin: str = "") -> tuple[int, str]:
    found = CliRunner().invoke(main.app, ["mail", "explain", *arguments], input=stdin)
    return found.exit_code, found.stdout


def test_json_is_one_object_a_line_with_every_field(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(
        b"From: Ida <ida@example.org>\r\nIn-Reply-To: <a@b>\r\n\r\nMake it blue.\r\n\r\nOn 4 Mar 2024, Bo wrote:\r\n> green\r\n"
    )
    code, out = explain("--json", str(path), str(path))
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert len(lines) == 2
    assert set(FIELDS) <= set(lines[0])
    assert lines[0]["from"] == "ida@example.org"
    assert lines[0]["command"] == {"type": "edit", "text": "Make it blue."}
    assert lines[0]["thread_keys"] == ["<a@b>"]
    assert lines[0]["quoted"].endswith("> green")


def test_paths_come_from_standard_input_and_a_missing_file_is_an_error_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"\xff\xfe\x00")
    code, out = explain("--json", "-", stdin=f"{tmp_path}/a.eml\n{tmp_path}/none.eml\n")
    first, second = (json.loads(line) for line in out.splitlines())
    assert code == 1
    assert "error" not in first
    assert second == {"file": f"{tmp_path}/none.eml", "error": "cannot be read: No such file or directory"}


def test_bodies_are_read_without_headers(tmp_path: pathlib.Path) -> None:
    text, html = tmp_path / "a.txt", tmp_path / "a.html"
    text.write_text("stop\n\n-- \nIda\n")
    html.write_text("<p>Make it blue.</p><blockquote>old</blockquote>")
    assert json.loads(explain("--json", "--text", str(text))[1])["command"] == {"type": "stop", "text": "stop"}
    assert json.loads(explain("--json", "--html", str(html))[1])["text"] == "Make it blue."


def test_a_pinned_server_is_believed_and_nothing_is_looked_up(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(
        b"Authentication-Results: mx.example.net; dkim=pass header.d=example.org; dmarc=pass header.from=example.org\r\n"
        b"From: Ida <ida@example.org>\r\n\r\nMake it blue."
    )
    assert json.loads(explain("--json", "--authserv", "mx.example.net", str(path))[1])["verdict"]["passed"] is True
    assert json.loads(explain("--json", "--authserv", "other.example.net", str(path))[1])["verdict"]["passed"] is False
    assert json.loads(explain("--json", str(path))[1])["verdict"] is None


def test_the_account_is_readable(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(b"From: Ida <ida@example.org>\r\nSubject: [red]x[/red]\r\n\r\nMake it blue.")
    code, out = explain(str(path))
    assert code == 0
    for words in ("ida@example.org", "[red]x[/red]", "Make it blue.", "edit"):
        assert words in out
