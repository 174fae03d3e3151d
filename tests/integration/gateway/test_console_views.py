"""What operators see of threads, mails, replies, costs and of this moment; by index, in pages, and only what is theirs to see."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from hermes import errors
from hermes.admin.views import audit, commands, costs, mails, now, projects, replies, thread, threads
from hermes.admin.views.wanted import Wanted, parse
from hermes.app.gateway import Gateway
from hermes.aws.records.costs import day_of
from hermes.domain import wire
from tests import direct
from tests.integration.gateway.console import ALL, SITE_ONLY, console, done
from tests.integration.gateway.play import ANNA, BOB, EVE, SHOP, SITE, Play


async def test_threads_come_by_their_newest_mail_and_page_by_page(play: Play) -> None:
    gateway = await play.gateway()
    first = [await play.mail(gateway, f"Change number {n}", subject=f"Thread {n}") for n in range(7)]
    answered = first[2]
    await play.mail(gateway, "And this too", answers=answered[0], subject="Re: Thread 2")
    view = console(play, gateway)

    seen, cursor = [], None
    for _ in range(10):
        found = await threads.threads(view, ALL, cursor=cursor, most=3)
        seen += [row.subject for row in found.rows]
        cursor = found.cursor
        if cursor is None:
            break

    assert seen == ["Thread 2", *(f"Thread {n}" for n in (6, 5, 4, 3, 1, 0))]


async def test_a_search_finds_by_project_person_words_state_and_not(play: Play) -> None:
    gateway = await play.gateway()
    _, shop = await play.mail(gateway, "Add a product", to=SHOP, sender=BOB, subject="A new product")
    _, site = await play.mail(gateway, "Update the title", subject="The title")
    await done(play, gateway, site)
    view, at = console(play, gateway), play.clock.time()

    async def found(text: str) -> list[str]:
        page = await threads.threads(view, ALL, parse(text, now=at, states=threads.STATES))
        return sorted(row.subject for row in page.rows)

    assert await found("") == ["A new product", "The title"]
    assert await found("project:acme/shop") == ["A new product"]
    assert await found("project:acme -project:acme/shop") == ["The title"]
    assert await found(f"person:{BOB}") == ["A new product"]
    assert await found("person:@EXAMPLE.org") == ["The title"]
    assert await found("state:succeeded") == ["The title"]
    assert await found("-state:succeeded") == ["A new product"]
    assert await found("new PRODUCT") == ["A new product"]
    assert await found("-product") == ["The title"]
    assert await found("since:1h") == ["A new product", "The title"]
    assert await found("until:1h") == []
    assert shop.session_id


async def test_nobody_sees_threads_of_other_projects(play: Play) -> None:
    gateway = await play.gateway()
    _, shop = await play.mail(gateway, "Add a product", to=SHOP)
    _, site = await play.mail(gateway, "Update the title", subject="The title")
    view = console(play, gateway)

    assert [row.subject for row in (await threads.threads(view, SITE_ONLY)).rows] == ["The title"]
    assert [row.mail_id for row in (await mails.mails(view, SITE_ONLY)).rows] == [site.mail_id]
    assert (await now.now(view, SITE_ONLY)).queues == ()
    assert [one.project for one in (await now.now(view, SITE_ONLY)).waiting] == ["acme/site"]
    assert [one.name for one in projects.projects(view, SITE_ONLY)] == ["acme/site"]
    assert shop.session_id is not None
    with pytest.raises(errors.NotFound):
        await thread.thread(view, SITE_ONLY, shop.session_id)
    with pytest.raises(errors.NotFound):
        await mails.mail(view, SITE_ONLY, shop.mail_id)


async def test_a_thread_tells_its_mails_commands_and_replies_in_order(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "Update the title", subject="The title")
    await done(play, gateway, first, cost_usd=0.25, summary="I changed it.", files_changed=["index.html"])
    await play.mail(gateway, "Thanks! Now the footer.\r\n\r\n> Update the title", answers=message_id)
    assert first.session_id is not None

    found = await thread.thread(console(play, gateway), ALL, first.session_id)

    assert [one.row.outcome for one in found.mails] == ["command", "command"]
    assert [one.state for one in found.commands] == ["succeeded", "accepted"]
    assert found.mails[0].read
    assert found.mails[0].text.strip() == "Update the title"
    assert "Update the title" in found.mails[1].quoted
    assert found.mails[0].intent == "request"
    assert found.mails[0].trace
    assert found.replies[0].row.person == ANNA
    assert "I changed it." in found.replies[0].text
    assert "<html" in found.replies[0].html.lower()
    assert found.cost_usd == 0.25
    assert found.row.state == "accepted"
    ended = found.commands[0]
    assert [span.name for span in ended.spans] == ["waiting", "running"]
    assert ended.spans[-1].ended_at == ended.finished_at
    assert (ended.ran_seconds or 0) >= 0
    told = [moment.what for moment in found.timeline if moment.command == ended.command_id]
    assert told == ["accepted", "started", "succeeded"]
    assert [moment.at for moment in found.timeline] == sorted(moment.at for moment in found.timeline)


async def test_this_moment_shows_what_runs_waits_and_is_being_stopped(play: Play) -> None:
    gateway = await play.gateway(shares={"project": {"open_commands": 5}})
    message_id, running = await play.mail(gateway, "Rework the page")
    command = await play.command(running)
    await play.stand.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=play.clock.time())
    await play.mail(gateway, "Add a product", to=SHOP)
    await play.mail(gateway, "Rework the footer in place of it, please", answers=message_id)

    found = await now.now(console(play, gateway), ALL)

    assert [one.command_id for one in found.stopping] == [command.command_id]
    assert found.stopping[0].stopping is not None
    assert found.stopping[0].stopping.reason == "priority_override"
    assert len(found.waiting) == 2
    assert not found.running
    assert {(one.project, one.waiting, one.stopping) for one in found.groups} == {
        ("acme/site", 1, 1),
        ("acme/shop", 1, 0),
    }
    depths = {one.name: one for one in found.queues}
    assert depths["commands"].waiting == 2
    assert depths["dead"].waiting == 0
    assert {(one.subject, one.used, one.most) for one in found.shares} >= {("project acme/shop", 1.0, 5.0)}


async def test_a_command_that_runs_again_waits_twice_in_its_chart(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    command = await play.command(record)
    await play.stand.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=play.clock.time())
    await done_again(play, gateway, command.command_id)

    spans = commands.view(await play.command(record)).spans

    assert [span.name for span in spans] == ["waiting", "running", "waiting"]
    assert spans[-1].ended_at is None


async def done_again(play: Play, gateway: Gateway, command_id: str) -> None:
    report = wire.ResultMessage(command_id=command_id, attempt=1, success=False, interrupted=True, retryable=True)
    await gateway.finisher.finish(report)


async def test_costs_are_summed_by_day_client_project_person_and_agent(play: Play) -> None:
    gateway = await play.gateway()
    for sender, to, dollars in ((ANNA, SITE, 0.5), (BOB, SITE, 0.25), (BOB, SHOP, 1.0)):
        _, record = await play.mail(gateway, f"Work for {dollars}", sender=sender, to=to)
        await done(play, gateway, record, cost_usd=dollars)
    view, today = console(play, gateway), day_of(play.clock.time())

    async def summed(*by: str) -> dict[str, float]:
        rows = await costs.costs(view, ALL, since=today, until=today, by=by)
        return {str(getattr(row, by[0])): row.usd for row in rows}

    assert await summed("project") == {"acme/shop": 1.0, "acme/site": 0.75}
    assert await summed("person") == {BOB: 1.25, ANNA: 0.5}
    assert await summed("agent") == {"patch": 1.75}
    assert await summed("day") == {today: 1.75}
    assert await costs.today(view, SITE_ONLY) == 0.75
    text = costs.as_csv(await costs.costs(view, ALL, since=today, until=today))
    assert text.splitlines()[0] == "day,client,project,person,agent,usd,commands,run_seconds"
    assert f"{today},acme,acme/shop,{BOB},patch,1.0,1," in text
    with pytest.raises(errors.BadQuery):
        await costs.costs(view, ALL, since="2026-13-01", until=today)


async def test_a_name_that_a_spreadsheet_would_calculate_stays_a_text() -> None:
    row = costs.Cost(person="=cmd|' /C calc'!A0@evil.example", usd=1.0, commands=1, run_seconds=1.0)

    assert ",'=cmd" in costs.as_csv([row])


async def test_mails_and_replies_tell_why_nobody_answered(play: Play) -> None:
    gateway = await play.gateway()
    _, refused = await play.mail(gateway, "Let me in", sender=EVE, trusted=False)
    _, asked = await play.mail(gateway, "Update the title")
    await done(play, gateway, asked)
    (reply,) = await play.replies(asked)
    view = console(play, gateway)
    await play.stand.outbox.failed(reply, error="550 no such mailbox")

    page = await mails.mails(view, ALL, parse("state:refused", now=play.clock.time(), states=mails.STATES))
    (failed,) = (await replies.replies(view, ALL, parse("state:failed", now=0, states=replies.STATES))).rows

    assert [(row.mail_id, row.person, row.project) for row in page.rows] == [(refused.mail_id, EVE, "acme/site")]
    assert page.rows[0].reason
    assert (failed.person, failed.project, failed.why) == (ANNA, "acme/site", "550 no such mailbox")
    assert (await replies.reply(view, ALL, failed.reply_id)).text


async def test_lists_are_read_by_index_and_never_by_scan(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Update the title")
    await done(play, gateway, record, cost_usd=0.1)
    view, today = console(play, gateway), day_of(play.clock.time())
    assert record.session_id is not None

    async def refuse(*_: object) -> dict[str, object]:
        raise AssertionError("a scan")

    client = play.stand.clients.dynamodb
    assert isinstance(client, direct.Direct)
    client.put_between("Scan", refuse)
    await asyncio.gather(
        threads.threads(view, ALL),
        mails.mails(view, ALL),
        replies.replies(view, ALL),
        audit.audit(view, ALL),
        costs.costs(view, ALL, since=today, until=today),
    )
    await thread.thread(view, ALL, record.session_id)
    await now.now(view, ALL)


async def test_a_page_reads_no_more_rows_than_it_needs_and_a_search_stops_in_time(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await play.gateway()
    for number in range(12):
        await play.mail(gateway, f"Change {number}", subject=f"Thread {number}")
    view = console(play, gateway)

    page = await threads.threads(view, ALL, most=2)
    assert (len(page.rows), page.looked_at) == (2, 2)

    monkeypatch.setattr("hermes.admin.views.page.fill.__kwdefaults__", {"looked_at": 4})
    rare = await threads.threads(view, ALL, Wanted(words=("thread 0",)), most=2)
    assert (rare.rows, rare.looked_at) == ((), 4)
    assert rare.cursor is not None


async def test_a_cursor_that_is_none_is_refused_with_a_sentence(play: Play) -> None:
    gateway = await play.gateway()

    with pytest.raises(errors.BadQuery, match="begin without it"):
        await threads.threads(console(play, gateway), ALL, cursor="nonsense")


async def test_the_settings_of_a_project_are_shown_without_its_secrets(play: Play) -> None:
    gateway = await play.gateway(project={"repository": "https://deploy@git.example.com/site.git"})

    (site,) = [one for one in projects.projects(console(play, gateway), ALL) if one.name == "acme/site"]

    assert site.repository == "https://git.example.com/site.git"
    assert "deploy" not in str(dataclasses.asdict(site))
