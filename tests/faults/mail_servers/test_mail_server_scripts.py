"""Scripts that Hypothesis writes: at any point the server refuses, talks nonsense, falls silent or cuts, once or for good."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hermes.admin.actions import resending
from hermes.domain.decisions.redelivery import HANDED_OVER_MOST
from hermes.domain.replies import ReplyState
from tests.faults.mail_servers.mail_days import Days, days

#: `FAULTS_SCRIPTS` asks for more.
SCRIPTS = int(os.environ.get("FAULTS_SCRIPTS", "25"))
STEPS = ("greeting", "EHLO", "HELO", "AUTH", "MAIL", "RCPT", "DATA", "body", "dot", "RSET", "QUIT")
#: What no later try can mend.
FINAL = ("550 5.1.1 no such user", "552 5.2.2 full", "552 5.3.4 too large", "554 5.6.0 no", "550 user unknown")
PASSES = (
    "421 4.3.2 busy !cut",
    "450 4.7.1 greylisted",
    r"451 4.3.0 sp\xe4ter",
    "550 5.7.1 not owned by user",
    "550 5.4.5 daily limit",
    "503 5.5.1 bad sequence",
    "554",
    r"550 \xc7\xeb\xca\xb9",
    r"\xff\xfe\x00",
    "hello",
    "777 lucky",
    "250 2.0.0 Ok",
    "250 2.0.0 Ok !cut",
    "354 go on",
    "!cut",
    "!silent",
)
LINE = st.tuples(st.sampled_from(STEPS), st.sampled_from((*PASSES, *FINAL)), st.integers(0, 4).map(lambda n: n == 0))
#: A server that thanks for half a mail and drops it is beyond help.
SCRIPT = st.lists(LINE.filter(lambda line: line[0] != "body" or line[1][0] != "2"), min_size=1, max_size=6)


def told(lines: list[tuple[str, str, bool]]) -> str:
    return "\n".join(f"{step}{'*' if good else ''} {action}" for step, action, good in lines)


@settings(max_examples=SCRIPTS, suppress_health_check=list(HealthCheck))
@given(lines=SCRIPT, late=st.sampled_from((0.0, 1800.0)), login=st.booleans())
@example(lines=[("dot", "!silent", True)], late=0.0, login=False)
@example(lines=[("dot", "!cut", False), ("RCPT", "450 4.7.1 greylisted", True)], late=0.0, login=False)
@example(lines=[("AUTH", "421 4.3.2 busy !cut", True)], late=0.0, login=True)
@example(lines=[("AUTH", "535 5.7.8 bad credentials", True)], late=0.0, login=True)
@example(lines=[("MAIL", r"550 \xc7\xeb\xca\xb9", True)], late=0.0, login=False)
def test_no_reply_is_lost_unseen_or_sent_for_ever(lines: list[tuple[str, str, bool]], late: float, login: bool) -> None:
    asyncio.run(_played(lines, late, login))


async def _played(lines: list[tuple[str, str, bool]], late: float, login: bool) -> None:
    silent = any(action == "!silent" for _, action, _ in lines)
    account: dict[str, Any] = {"username": "hermes", "password": "secret"} if login else {}
    async with days(told(lines)) as played:
        # Two replicas find what is due in turn. A silent server is found so soon for the sake of the time, and less often.
        for _ in range(2):
            played.replica(seconds=0.05 if silent else 30.0, **account)
        replies = [await played.write(number) for number in range(2)]
        for reply in replies:
            await played.send(reply)
        for hours in (1.0, 23.0, 80.0):
            refused = played.server.logins_refused
            await played.pass_by(hours, late=7200.0 if silent else late)
            assert played.server.logins_refused - refused <= 60 * hours, "thirty an hour of each replica"
            for row in await played.outbox.all():
                assert row.state is ReplyState.SENT or row.error, "why it is not through is seen at any time"
                assert row.error.isprintable()
        await _ended(played, lines)
        await _sent_again(played)


async def _ended(played: Days, lines: list[tuple[str, str, bool]]) -> None:
    final = any(action in FINAL for _, action, _ in lines)
    for_good = any(good for _, _, good in lines)
    silent = any(action == "!silent" for _, action, _ in lines)
    for row in await played.outbox.all():
        copies = played.copies(row)
        assert copies <= HANDED_OVER_MOST
        assert row.state in (ReplyState.SENT, ReplyState.FAILED)
        if row.state is ReplyState.SENT:
            assert copies >= 1
        else:
            assert final or for_good or silent, "a server that is well again gets every reply"
            assert played.told("reply.failed")


async def _sent_again(played: Days) -> None:
    """Whatever failed goes out on the operator's word once the server is well."""
    played.server.play("")
    well = played.replica()
    played.replicas[:] = [well]
    for row in await played.outbox.all():
        if row.state is ReplyState.FAILED:
            assert (await resending.resend(played.outbox, row, again=False, now=played.now)).done
    await played.pass_by(1)
    assert {row.state for row in await played.outbox.all()} == {ReplyState.SENT}
    assert all(played.copies(row) >= 1 for row in await played.outbox.all())
