"""What the wizard writes is what Hermes reads, and for nobody else."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest

from hermes import errors
from hermes.config import writing
from hermes.ops.setup.answers import MailServerLogin, SetupAnswers


def made(**changes: object) -> SetupAnswers:
    login = MailServerLogin(
        host="mail.example.org", port=993, security="tls", username="site", password='a"b\\c\u007fü'
    )
    given = {
        "address": "site@example.org", "imap": login, "smtp": login, "client": "acme", "project": "site",
        "repository": "https://git.example.org/site.git", "owners": ("anna@example.org", "@people.test"),
        "agent": {"kind": "claude", "env": ["ANTHROPIC_API_KEY"]}, "state": Path("/var/lib/hermes"), "authserv_id": "mx.example.org",
        **changes,
    }  # fmt: skip
    return SetupAnswers(**given)  # type: ignore[arg-type]


def test_the_file_holds_what_was_answered_and_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "hermes.toml"
    writing.write(file, made().settings(), by="hermes setup")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert tomllib.loads(file.read_text()) == made().settings()
    config = made().config()
    assert config.imap_ingress.authserv_id == "mx.example.org"
    assert config.imap_ingress.password == 'a"b\\c\u007fü'
    assert config.projects[0].owners == ("anna@example.org", "@people.test")


def test_a_server_without_a_login_gets_none() -> None:
    plain = MailServerLogin(host="127.0.0.1", port=25, security="none", username="", password="")
    assert made(smtp=plain, authserv_id=None).settings()["mail"]["smtp"] == {
        "host": "127.0.0.1",
        "port": 25,
        "security": "none",
    }
    assert "authserv_id" not in made(authserv_id=None).settings()["imap_ingress"]


def test_an_answer_that_cannot_be_is_named() -> None:
    with pytest.raises(errors.ConfigError, match="owners"):
        made(owners=("anna",)).config()
    assert "password" not in repr(made().imap)
