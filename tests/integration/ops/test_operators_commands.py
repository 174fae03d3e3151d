"""The operator's commands over a deployment: what they show fits a terminal of 80 columns, and what they do is on record."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hermes.aws.tables import Tables
from hermes.cli import main
from hermes.domain import lifecycle, wire
from hermes.domain.commands import CommandState, HistoryEntry
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.operating.live_log import segment_key
from tests.integration.records import KEY, SESSION, command, reply, session
from tests.integration.stand import Stand

PERSON = "anna@people.test"
PROJECT = """
[[projects]]
client = "acme"
project = "site"
repository = "https://git.example.com/site.git"
addresses = ["site@hermes.test"]
owners = ["anna@people.test"]
agent = { kind = "patch" }
"""
ID = "3sqv4ocituu5n4esgunwy46b32"


@pytest.fixture(params=["ministack"])
def endpoint(request: pytest.FixtureRequest) -> object:
    """Of the two, one: what differs between them is below these commands."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def file(aws: Stand, tmp_path: Path) -> Path:
    """A deployment with a thread, of which one command is done and one runs."""
    now = time.time()
    ended = command("a" * 26, due=None, due_shard=None, accepted_at=now - 90, state=CommandState.SUCCEEDED)
    ended = ended.model_copy(
        update={
            "started_at": now - 80,
            "finished_at": now - 50,
            "result": wire.ResultMessage(
                command_id=ended.command_id, attempt=1, success=True, summary="Done.", cost_usd=0.5
            ),
            "history": (HistoryEntry(at=now - 90, what="accepted"), HistoryEntry(at=now - 50, what="succeeded")),
        }
    )
    request = "Please update the title of the homepage, and everything that hangs together with it, as we said"
    running = command(
        ID, seq=2, due=now + 500, accepted_at=now - 20, started_at=now - 10, state=CommandState.RUNNING, instruction=request,
        history=(HistoryEntry(at=now - 20, what="accepted"), HistoryEntry(at=now - 10, what="started", detail="attempt 1, gen 1")),
    )  # fmt: skip
    await aws.tables.transact(
        [
            aws.sessions.begin(
                session(seq=2, head=ID, subject="The title of the homepage of the new site", updated_at=now)
            ),
            aws.commands.accept(ended),
            aws.commands.accept(running),
            aws.outbox.add(
                reply(f"{ended.command_id}#final", session_id=SESSION, created_at=now - 50, scope="acme/site")
            ),
        ]
    )
    await aws.objects.put(segment_key(SESSION, ID, 1, 0), "» agent: Working\nReading index.html\n".encode())
    return aws.config_file(tmp_path, PROJECT)


async def hermes(file: Path, *arguments: str) -> Result:
    runner = CliRunner(env={"COLUMNS": "80", "HERMES_LANG": None})
    return await asyncio.to_thread(runner.invoke, main.app, [*arguments, "--config", str(file)])


async def shown(file: Path, *arguments: str) -> str:
    """What a command prints, which is no wider than the terminal but for ids."""
    result = await hermes(file, *arguments)
    assert result.exit_code == 0, result.output
    wide = [line for line in result.stdout.splitlines() if len(line.rstrip()) > 80]
    assert wide == []
    return result.stdout


async def documents(file: Path, *arguments: str) -> list[dict[str, object]]:
    result = await hermes(file, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


async def test_every_list_fits_a_terminal_and_has_exact_ids_project_and_person(file: Path) -> None:
    running = await shown(file, "ps")
    assert ID in running
    assert f"acme/site · {PERSON}" in running
    assert [one["command_id"] for one in await documents(file, "ps", "--filter", "state:running")] == [ID]
    assert await shown(file, "ps", "--project", "acme/shop") == "nothing runs or waits\n"

    threads = await shown(file, "threads")
    assert SESSION in threads
    assert "running" in threads
    assert await documents(file, "threads", "--filter", "-homepage") == []
    told = await shown(file, "threads", "show", SESSION)
    assert told.index("succeeded") < told.index(f"started  {ID}")
    (whole,) = await documents(file, "threads", "show", SESSION)
    assert whole["cost_usd"] == 0.5

    assert "commands" in await shown(file, "queues")
    assert "no worker" in await shown(file, "workers")
    assert "nothing ran" in await shown(file, "costs")
    assert "acme/site" in await shown(file, "projects")
    assert "1 running" in await shown(file, "top", "--once")
    assert (await documents(file, "projects"))[0]["name"] == "acme/site"
    assert f"{'a' * 26}#final" in await shown(file, "mail", "replies")


async def test_a_wrong_search_is_answered_with_what_there_is(file: Path) -> None:
    result = await hermes(file, "threads", "--filter", "state:runing")

    assert result.exit_code != 0
    assert "no such state: 'runing'; states are accepted, running" in str(result.exception)


async def test_a_log_is_shown_as_far_as_it_is_there(file: Path) -> None:
    assert await shown(file, "logs", ID) == "» agent: Working\nReading index.html\n"


async def test_an_operator_stops_pauses_and_resumes_and_finds_it_in_the_audit(aws: Stand, file: Path) -> None:
    stopped = await shown(file, "stop", ID, "--reason", "wrong page")
    assert "saves the work" in stopped
    found = await aws.commands.get(ID)
    assert found is not None
    assert found.state is CommandState.INTERRUPTING
    assert (await hermes(file, "retry", "a" * 26)).exit_code == 1  # one of its thread is open

    assert "project acme/site is paused" in await shown(file, "pause", "acme/site")
    assert "paused since" in (await hermes(file, "ps")).output
    assert "0 waiting commands go on" in await shown(file, "resume", "acme/site")
    await shown(file, "block", "@evil.example")
    await shown(file, "unblock", "@evil.example")

    acts = await documents(file, "audit")
    assert [one["what"] for one in acts] == ["unblock", "block", "resume", "pause", "retry", "retry", "stop"]
    assert acts[-1]["reason"] == "wrong page"
    assert "@" in str(acts[-1]["who"])
    assert ID in await shown(file, "audit", "--filter", "state:stop")
    assert [one["what"] for one in await documents(file, "audit", "--filter", "-state:stop", "--most", "2")] == [
        "unblock",
        "block",
    ]


async def test_a_person_is_copied_out_and_forgotten_once_nothing_of_theirs_is_open(
    aws: Stand, file: Path, tmp_path: Path
) -> None:
    refused = await hermes(file, "forget", PERSON, "--yes")
    assert refused.exit_code != 0
    assert "stop them first" in str(refused.exception)
    running = await aws.commands.get(ID)
    assert running is not None
    result = wire.ResultMessage(command_id=ID, attempt=1, success=True)
    await aws.commands.step(
        lifecycle.conclude(running, CommandState.SUCCEEDED, result=result, error="", attempt=1, now=time.time())
    )

    assert "2 commands" in await shown(file, "export", PERSON, "--to", str(tmp_path / "anna"))
    assert (tmp_path / "anna" / "records.json").exists()
    assert "2 commands" in await shown(file, "forget", PERSON, "--yes")
    assert await aws.sessions.get(SESSION) is None
    assert KEY


def test_a_shell_completes_commands_options_and_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    script = CliRunner().invoke(main.app, ["completion", "bash"])

    assert script.exit_code == 0
    assert "_HERMES_COMPLETE" in script.output


def mail_record(mail_id: str, outcome: Outcome, at: float) -> MailRecord:
    return MailRecord(
        mail_id=mail_id,
        key=f"mails/{mail_id}.eml",
        recipient="site@hermes.test",
        author=PERSON,
        subject="Title",
        ingress="smtp",
        outcome=outcome,
        reason="why",
        token="t",
        received_at=at,
        recorded_at=at,
    )


async def test_mails_and_replies_are_listed_by_their_index_newest_first(
    aws: Stand, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await aws.tables.transact(
        [
            aws.sessions.record(mail_record(f"m{number}", outcome, 1_800_000_000.0 + number))
            for number, outcome in enumerate([Outcome.REFUSED, Outcome.IGNORED, Outcome.REFUSED, Outcome.COMMAND])
        ]
        + [
            aws.outbox.add(reply(f"r{number}", scope="acme/site", created_at=1_800_000_000.0 + number))
            for number in range(3)
        ]
    )

    async def scanned(*_: object, **__: object) -> None:
        raise AssertionError("a table is scanned")

    monkeypatch.setattr(Tables, "scan", scanned)
    assert [one["mail_id"] for one in await documents(file, "mail", "list")] == ["m3", "m2", "m1", "m0"]
    refused = await documents(file, "mail", "list", "--outcome", "refused", "--project", "acme")
    assert [(one["mail_id"], one["project"], one["reason"]) for one in refused] == [
        ("m2", "acme/site", "why"),
        ("m0", "acme/site", "why"),
    ]
    told = await hermes(file, "mail", "list", "--most", "2")
    assert ("m3" in told.output, "m1" in told.output, "the newest 2 are shown" in told.output) == (True, False, True)
    listed = await documents(file, "mail", "replies", "--most", "2")
    assert [one["reply_id"] for one in listed] == ["r2", "r1"]
    assert "raw" not in listed[0]
    assert await documents(file, "mail", "replies", "--state", "bounced") == []
