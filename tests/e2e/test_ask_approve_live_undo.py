"""A client, an agency and a website: ask, see, approve, live, undo; all in one thread of mails, over a running Hermes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from hermes.local import settings
from tests.e2e.house import House, house, text_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

AGENCY = "agency@people.test"
BUILD = "mkdir -p dist && printf '*' > dist/.gitignore && cp index.html dist/"


def _git(hermes: House, *args: str) -> str:
    git = ["git", "-C", str(hermes.repository), *args]
    return subprocess.run(git, check=True, capture_output=True, text=True).stdout


async def _site(hermes: House) -> str:
    return (await hermes.gateway.records.objects.get("site/index.html")).decode()


async def test_ask_approve_live_undo(tmp_path: Path) -> None:
    live = {
        "branch": "main",
        "approvers": [AGENCY],
        "url": "https://www.people.test",
        "prefix": "site/",
    }
    more = {"live": live, "build_command": BUILD, "publish": {"output": "dist", "prefix": "previews/{branch}/"}}
    async with house(tmp_path, project_settings=more) as hermes:
        before = _git(hermes, "show", "main:index.html")
        asked = await hermes.send("Please update the homepage title to 'Open on Sundays'")
        done = await hermes.reply(asked)
        assert "publish" in text_of(done)

        wish = await hermes.send("super, bitte online", in_reply_to=str(done["Message-ID"]))
        passed_on = await hermes.reply(wish)
        assert AGENCY in text_of(passed_on)
        request = await hermes.mailbox.wait_for(lambda mail: str(mail["To"]) == AGENCY, seconds=60)
        assert "Open on Sundays" in text_of(request)
        assert _git(hermes, "show", "main:index.html") == before, "nothing goes live before the yes"

        yes = await hermes.send("ok", sender=AGENCY, in_reply_to=str(request["Message-ID"]))
        told = await hermes.reply(yes)

        assert "Open on Sundays" in _git(hermes, "show", "main:index.html")
        assert "Open on Sundays" in await _site(hermes)
        assert settings.PERSON in str(told["Cc"]), "the client is told too"
        assert "https://www.people.test" in text_of(told)
        assert f"Approved-by: agency <{AGENCY}>" in _git(hermes, "log", "-1", "--format=%B", "main")

        undo = await hermes.send("Rückgängig", sender=AGENCY, in_reply_to=str(told["Message-ID"]))
        back = await hermes.reply(undo)

        assert settings.PERSON in str(back["Cc"])
        assert _git(hermes, "show", "main:index.html") == before
        assert "Open on Sundays" not in await _site(hermes)
        assert len(_git(hermes, "log", "--first-parent", "--format=%s", "main").splitlines()) >= 3
