"""`hermes mail replay`: what the gateway would do today with a mail that it handled, and nothing is changed by asking."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.domain.mails import MailRecord
from hermes.ops import replaying
from tests.integration.gateway.play import ANNA, EVE, SITE, Play
from tests.integration.gateway.postbox import text_of
from tests.integration.mail.correspondence import PASS, deliver, mail_of, settings, settled, written

#: `hermes replay` connects by itself.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


async def replayed(play: Play, record: MailRecord, given: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    async def nothing(name: str, kind: str) -> tuple[str, ...]:
        return ()

    before = await settled(play), await play.stand.sessions.all_mails()
    found = await replaying.replay(play.config(**given), record.mail_id, resolver=nothing)
    assert (await settled(play), await play.stand.sessions.all_mails()) == before
    return found


async def test_a_mail_that_answers_ours_is_read_with_our_words_and_finds_its_session(play: Play) -> None:
    given = settings(play)
    gateway = await play.gateway(**given)
    first = await deliver(play, gateway, written("Rework the page", author=ANNA), ses=PASS)
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    (reply,) = await settled(play, 1)
    answer = written(
        f"Make it shorter.\r\n\r\n{text_of(mail_of(reply))}", author=ANNA, headers=(f"In-Reply-To: {reply.message_id}",)
    )
    second = await deliver(play, gateway, answer, ses=PASS)

    recorded, today = await replayed(play, second, given)

    assert (recorded["text"], today["text"]) == ("Make it shorter.", "Make it shorter.")
    assert (recorded["session"], today["session"]) == (first.session_id, first.session_id)
    assert today["why this session"] == f"{reply.message_id}: session {first.session_id}"
    assert (today["outcome"], today["verdict"]) == ("command", "believed, as then")
    recorded, today = await replayed(play, first, given)
    for name in ("outcome", "from", "command", "text", "session"):
        assert today[name] == recorded[name]


async def test_whom_nobody_vouched_for_is_not_believed_today_either(play: Play) -> None:
    given = settings(play)
    gateway = await play.gateway(**given)
    forged = await deliver(play, gateway, written("Delete everything", author=ANNA))

    recorded, today = await replayed(play, forged, given)

    assert (recorded["outcome"], today["outcome"], today["command"]) == ("refused", "refused", "")
    assert "asked again now" in today["verdict"]


async def test_a_rule_that_changed_shows(play: Play) -> None:
    given = settings(play)
    gateway = await play.gateway(**given)
    stranger = await deliver(play, gateway, written("Change the title", author=EVE, to=SITE), ses=PASS)

    recorded, today = await replayed(play, stranger, {**given, "project": {"owners": [ANNA, EVE]}})

    assert (recorded["outcome"], today["outcome"], today["text"]) == ("refused", "command", "Change the title")


async def test_a_policy_for_the_thread_is_a_control_word_today_too(play: Play) -> None:
    given = settings(play)
    gateway = await play.gateway(**given)
    noted = await deliver(play, gateway, written("/queue always", author=ANNA), ses=PASS)

    recorded, today = await replayed(play, noted, given)

    assert (recorded["outcome"], today["outcome"], today["command"]) == ("control", "control", "policy")
