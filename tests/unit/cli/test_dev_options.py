"""The options of `hermes dev`, and the hash of a password."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from hermes import errors
from hermes.cli import local, web
from hermes.config import loading, web_settings


def given(state: Path, **options: object) -> tuple[object, str]:
    wanted = {"repository": None, "agent": "demo", "build": None, "output": None, "config_file": None, **options}
    return local._given(state, **wanted)  # type: ignore[arg-type]


def test_ones_own_project_is_written_and_the_next_start_goes_on_with_it(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    state = tmp_path / "state"

    made, where = given(state, repository=str(tmp_path / "site"), agent="cat", build="make", output="dist")

    written = loading.load(Path(where), {})
    assert where == str(state / "hermes.toml")
    assert written.projects[0].repository == str(tmp_path / "site")
    assert made is not None
    assert given(state)[1] == where


def test_without_options_it_is_the_demo(tmp_path: Path) -> None:
    assert given(tmp_path) == (None, "")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"repository": "no/such/folder"}, "there is no no/such/folder"),
        ({"build": "make"}, "give --repository too"),
        ({"repository": "https://g.example/x.git", "config_file": Path("x.toml")}, "leave --repository out"),
        ({"config_file": Path("no-such.toml")}, "cannot read the configuration"),
        ({"repository": "https://g.example/x.git", "agent": "no-such-agent"}, "no program 'no-such-agent'"),
    ],
)
def test_what_does_not_go_together_is_said(tmp_path: Path, options: dict[str, object], words: str) -> None:
    with pytest.raises(errors.ConfigError, match=re.escape(words)):
        given(tmp_path, **options)
    assert not (tmp_path / "hermes.toml").exists()


def test_a_hash_is_printed_as_the_configuration_wants_it(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))

    web.make_hash()

    line = capfdbinary.readouterr().out.decode()
    found = re.fullmatch(r'hash = "([^"]+)"\n', line)
    assert found is not None, line
    assert web_settings.hash_parts(found[1]) is not None


def test_a_short_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

    with pytest.raises(errors.ConfigError, match="10 to"):
        web.make_hash()
