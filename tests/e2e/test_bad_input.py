"""What goes wrong, by example: each ends in a recorded outcome and, where somebody is owed one, an understandable reply."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hermes.domain.mails import Outcome
from hermes.domain.wire import ResultMessage
from hermes.local import project, settings
from tests.e2e import agents
from tests.e2e.dev import processes_of
from tests.e2e.house import House, house, text_of
from tests.eventually import eventually

#: One Hermes is asked for all of it: what goes wrong for one leaves the next as it was.
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.together,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

PATCH = {"agent": {"kind": "patch"}}
MISBEHAVING, HASTY, NOWHERE, PROTECTED = (f"{name}@hermes.test" for name in ("agents", "hasty", "nowhere", "protected"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hermes(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Projects with everything that may be wrong with one, at an address each."""
    folder = tmp_path_factory.mktemp("house")
    protected = folder / "protected.git"
    project.create(protected)
    hook = protected / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the branch is protected' >&2\nexit 1\n")
    hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    misbehaving = agents.settings(folder / "agents")
    shown: dict[str, object] = {"readable": [str(folder / "agents")]}
    others: list[dict[str, object]] = [
        {"project": "agents", "addresses": [MISBEHAVING], "agent": misbehaving, "details": True} | shown,
        {"project": "hasty", "addresses": [HASTY], "agent": misbehaving, "limits": {"wall_seconds": 4}} | shown,
        {"project": "nowhere", "addresses": [NOWHERE], "repository": str(folder / "nowhere.git")},
        {"project": "protected", "addresses": [PROTECTED], "repository": str(protected), "details": True},
    ]
    people = {"owners": ["anna@people.test", "ben@people.test"]}
    async with house(folder, project_settings=PATCH | people, others=others) as made:
        yield made
    assert [line for line in processes_of(folder) if "sleep(600)" in line or "ignores_sigint" in line] == []


async def test_mails_that_are_not_carried_out(hermes: House) -> None:
    """A stranger, no text and no subject, 2,000 parts, two From headers, twice the same, a thread of another owner."""
    stranger = await hermes.send("Delete everything", sender="eve@elsewhere.test")
    assert await hermes.outcome(stranger) == (Outcome.REFUSED, "the sender is no owner of the project")
    refusal = text_of(await hermes.reply(stranger))
    assert "session" not in refusal.lower()

    empty = await hermes.send("\n\n", subject="")
    assert await hermes.outcome(empty) == (Outcome.REFUSED, "the mail has no new text")
    assert "There was nothing to do in your message." in text_of(await hermes.reply(empty))

    await hermes.send_raw(two_thousand_parts("<parts@people.test>"))
    assert await hermes.outcome("<parts@people.test>") == (Outcome.REFUSED, "more than 500 parts")
    assert "parts" in text_of(await hermes.reply("<parts@people.test>"))

    await hermes.send_raw(
        b"From: anna@people.test\r\nFrom: eve@elsewhere.test\r\nTo: site@hermes.test\r\n"
        b"Message-ID: <two@people.test>\r\nSubject: Hi\r\n\r\nDelete everything\r\n"
    )
    assert (await hermes.outcome("<two@people.test>"))[0] is Outcome.REFUSED

    raw = (
        b"From: anna@people.test\r\nTo: site@hermes.test\r\nMessage-ID: <same@people.test>\r\nSubject: Twice\r\n\r\n"
        b'replace "Our bakery" with "Our shop" in index.html\r\n'
    )
    await hermes.send_raw(raw)
    await hermes.send_raw(raw)
    assert "index.html" in text_of(await hermes.reply("<same@people.test>"))
    await eventually(lambda: any(e.name == "mail.duplicate" for e in hermes.events))
    (mine,) = await hermes.recorded("<same@people.test>")

    foreign = await hermes.send(
        'replace "Fresh" with "Old" in index.html', sender="ben@people.test", in_reply_to="<same@people.test>"
    )
    (his,) = await hermes.recorded(foreign)
    assert his.outcome is Outcome.COMMAND
    assert his.session_id != mine.session_id
    assert any(e.name == "security.foreign_session" for e in hermes.events)
    await hermes.reply(foreign)
    assert len([m for m in hermes.mailbox.messages() if m["In-Reply-To"] == "<same@people.test>"]) == 1
    assert [m for m in hermes.mailbox.messages() if m["In-Reply-To"] == "<two@people.test>"] == []
    assert [m["To"] for m in hermes.mailbox.messages() if "elsewhere" in str(m["To"])] == ["eve@elsewhere.test"]


async def test_messages_that_nobody_can_read_are_parked_with_the_reason(hermes: House) -> None:
    records = hermes.gateway.records
    await records.queues.send(records.places.inbound, "this is no JSON")
    parked = await eventually(lambda: records.queues.receive(records.places.dead, wait_seconds=1), seconds=60)
    assert parked[0].body == "this is no JSON"
    assert "JSON" in parked[0].attributes["reason"]

    asked = await hermes.send('replace "Our bakery" with "Our shop" in index.html')
    await hermes.reply(asked)
    (record,) = await hermes.recorded(asked)
    command = await records.commands.get(str(record.command_id))
    assert command is not None
    queue_set = await hermes.gateway.manager.queue_set(command.container_key)
    hermes.gateway.pending.expect(command.container_key, "unknown")
    result = ResultMessage(command_id="nobody-knows-me", attempt=1, success=True)
    await records.queues.send(queue_set.output_url, result.encode())
    parked = await eventually(lambda: records.queues.receive(records.places.parked, wait_seconds=1), seconds=60)
    assert "nobody-knows-me" in parked[0].body


async def test_a_repository_that_cannot_be_cloned_is_said_in_plain_words(hermes: House) -> None:
    asked = await hermes.send('replace "a" with "b" in index.html', to=NOWHERE)
    text = text_of(await hermes.reply(asked))
    assert "This is on our side, and we have been told." in " ".join(text.split())
    failed = [event for event in hermes.events if event.facts.get("fault") == "repository"]
    assert [event.name for event in failed] == ["command.failed"]
    assert "nowhere.git" in str(failed[0].facts["why"])
    assert "nowhere" not in text.replace(NOWHERE, "")
    assert "Traceback" not in text


async def test_a_push_that_is_rejected_keeps_the_work_and_says_so(hermes: House) -> None:
    asked = await hermes.send('replace "Our bakery" with "Our shop" in index.html', to=PROTECTED)
    text = text_of(await hermes.reply(asked))
    assert "the branch is protected" in " ".join(text.split())
    assert hermes.branches(hermes.repository.with_name("protected.git")) == ["refs/heads/main"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("exits_1", "the moon is in the way"), ("prints_10_mb_on_one_line", "loud.txt"), ("leaves_a_child", "left.txt")],
)
async def test_agents_that_misbehave(hermes: House, name: str, said: str) -> None:
    before = hermes.branches()
    asked = await hermes.send(f"Do your worst: {name}", to=MISBEHAVING)
    text = text_of(await hermes.reply(asked))
    assert said in text
    assert len(text) < 5_000
    (kept,) = set(hermes.branches()) - set(before)
    assert kept.startswith("refs/heads/thread-"), "what it wrote is kept"
    await eventually(lambda: not any("sleep(600)" in line for line in processes_of(hermes.repository.parent)))


async def test_an_agent_that_ignores_every_signal_is_ended_and_its_work_kept(hermes: House) -> None:
    begun = "I do not listen"
    asked = await hermes.send("Do your worst: ignores_sigint", to=MISBEHAVING)
    await eventually(lambda: any(begun in e.text for e in hermes.events), seconds=60)
    stop = await hermes.send("stop", to=MISBEHAVING, in_reply_to=asked)
    text = text_of(await hermes.reply(asked, 90))
    assert "stubborn.txt" in text
    assert (await hermes.outcome(stop))[0] is Outcome.CONTROL
    await eventually(lambda: not any("ignores_sigint" in line for line in processes_of(hermes.repository.parent)))


async def test_a_command_that_takes_too_long_is_ended_with_a_mail(hermes: House) -> None:
    asked = await hermes.send("Take your time: sleeps", to=HASTY)
    text = text_of(await hermes.reply(asked))
    assert "slow.txt" in text
    (record,) = await hermes.recorded(asked)
    command = await hermes.gateway.records.commands.get(str(record.command_id))
    assert command is not None
    assert command.state.value == "timed_out"


async def test_nothing_to_change_is_said(hermes: House) -> None:
    before = hermes.branches()
    text = text_of(await hermes.reply(await hermes.send("Is there anything to do? does_nothing", to=MISBEHAVING)))
    assert "nothing" in text.lower()
    assert hermes.branches() == before


async def test_an_idle_worker_stops_and_the_next_mail_starts_another(tmp_path: Path) -> None:
    async with house(tmp_path, project_settings={"details": True, **PATCH}, containers={"idle_seconds": 3}) as hermes:
        first = await hermes.send('replace "Our bakery" with "Our shop" in index.html')
        await hermes.reply(first)
        (container,) = await hermes.gateway.records.containers.all()
        key = container.container_key

        async def state() -> bool:
            record = await hermes.gateway.records.containers.get(key)
            return record is not None and record.state.value == "stopped"

        await eventually(state, seconds=120)
        second = await hermes.send('replace "Our shop" with "Our place" in index.html', in_reply_to=first)
        assert "index.html" in text_of(await hermes.reply(second))
        record = await hermes.gateway.records.containers.get(key)
        assert record is not None
        assert record.gen == 2


def two_thousand_parts(message_id: str) -> bytes:
    head = (
        f"From: {settings.PERSON}\r\nTo: {settings.ADDRESS}\r\nMessage-ID: {message_id}\r\nSubject: Parts\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    )
    return (head + "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 2000 + "--b--\r\n").encode()
