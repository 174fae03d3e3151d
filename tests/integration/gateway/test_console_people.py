"""What is kept of a person is copied out for them, and is deleted; costs stay, without the name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hermes import errors
from hermes.admin.actions import commands, people
from hermes.admin.views import audit, costs, mails, replies, thread, threads
from hermes.aws.records.costs import day_of
from tests.integration.gateway.console import ALL, SITE_ONLY, console, done
from tests.integration.gateway.play import ANNA, BOB, Play


async def lived(play: Play, gateway: object) -> None:
    """Anna and Bob have each asked for something that was done."""
    for sender, dollars in ((ANNA, 0.5), (BOB, 0.25)):
        _, record = await play.mail(gateway, f"Work for {sender}", sender=sender, subject=f"Of {sender}")  # type: ignore[arg-type]
        await done(play, gateway, record, cost_usd=dollars, summary="I did it.")  # type: ignore[arg-type]
        for folder in ("attachments", "logs", "transcripts"):
            await play.stand.objects.put(f"{folder}/{record.session_id}/some thing", b"kept")


async def test_a_person_gets_a_copy_of_everything(play: Play, tmp_path: Path) -> None:
    gateway = await play.gateway()
    await lived(play, gateway)

    kept = await people.export(console(play, gateway), ALL, ANNA, tmp_path / "anna")

    assert (kept.mails, kept.replies, kept.threads, kept.commands, kept.files, kept.costs) == (1, 1, 1, 1, 4, 1)
    document = json.loads((tmp_path / "anna" / "records.json").read_text())
    assert document["commands"][0]["instruction"] == f"Work for {ANNA}"
    assert "nonce" not in document["commands"][0]
    (reply,) = (tmp_path / "anna" / "replies").iterdir()
    assert b"I did it." in reply.read_bytes()
    files = [path for path in (tmp_path / "anna" / "files").rglob("*") if path.is_file()]
    assert len(files) == 4
    assert BOB not in (tmp_path / "anna" / "records.json").read_text()
    with pytest.raises(errors.NotPossible, match="not there yet"):
        await people.export(console(play, gateway), ALL, ANNA, tmp_path / "anna")


async def test_a_person_is_forgotten_and_the_bill_stays(play: Play) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)
    await lived(play, gateway)

    await people.forget(held, ALL, f" {ANNA.upper()} ", reason="asked by letter")

    assert {row.person for row in (await threads.threads(held, ALL)).rows} == {BOB}
    assert {row.person for row in (await mails.mails(held, ALL)).rows} == {BOB}
    assert {row.person for row in (await replies.replies(held, ALL)).rows} == {BOB}
    left = [key async for key in play.stand.objects.every("")]
    assert len(left) == 4  # Bob's
    today = day_of(play.clock.time())
    bill = await costs.costs(held, ALL, since=today, until=today, by=("person",))
    assert {(row.person, row.usd, row.commands) for row in bill} == {("", 0.5, 1), (BOB, 0.25, 1)}
    for noun in ("mails", "threads", "sessions", "commands", "outbox", "usage", "audit"):
        assert ANNA not in str(await play.stand.tables.scan(play.stand.names.table(noun))), noun
    again = await people.forget(held, ALL, ANNA)
    assert again == people.Kept()
    assert [row.what.value for row in (await audit.audit(held, ALL)).rows] == ["forget", "forget"]


async def test_nobody_is_forgotten_while_something_of_theirs_is_open(play: Play) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)
    _, record = await play.mail(gateway, "Rework the page")

    with pytest.raises(errors.NotPossible, match=f"{record.command_id}; stop them first"):
        await people.forget(held, ALL, ANNA)
    with pytest.raises(errors.NotFound):
        await people.forget(held, SITE_ONLY, ANNA)
    with pytest.raises(errors.BadQuery):
        await people.export(held, ALL, "anna", Path("nowhere"))

    assert (await commands.find(held, ALL, str(record.command_id))).instruction == "Rework the page"
    assert (await thread.thread(held, ALL, str(record.session_id))).row.person == ANNA
