"""Which mails are Hermes' to take: not the mailbox's past, nor what a migration makes unseen again; and what is left is visible."""

from __future__ import annotations

import datetime

import pytest

from hermes import limits
from hermes.domain.mailboxes import MailboxRecord, Waiting
from hermes.ingress.imap.window import MailWindow
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import NOON, OURS, Clock, Rows, mail, reading
from tests.unit.ingress.imap.scripted_imap import Mail, On, ScriptedImap, no, raw

DAY = 86400.0


def date(at: float) -> str:
    return datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%d-%b-%Y %H:%M:%S +0000")


async def test_the_first_start_takes_what_came_in_the_last_hour_and_nothing_older() -> None:
    server = ScriptedImap(
        {
            1: Mail(mail(1), date="17-Jul-2023 02:44:25 -0700"),
            2: Mail(mail(2), date=date(NOON - DAY)),
            3: Mail(mail(3), date=date(NOON - 1800)),
        },
        idle=False,
    )
    async with reading(server) as found:
        await eventually(lambda: server.seen == [3])
        await eventually(lambda: server.count("SEARCH") >= 2)

        assert found.stored == [mail(3)]
        assert server.count("BODY", 1) == server.count("BODY", 2) == 0
        assert "UID SEARCH UNSEEN UNDELETED SINCE 28-Feb-2026" in server.lines


async def test_the_first_start_is_remembered_so_that_mail_that_came_while_hermes_was_down_is_taken() -> None:
    rows = Rows()
    first = ScriptedImap({}, idle=False)
    async with reading(first, rows=rows):
        await eventually(lambda: first.count("SEARCH"))
    (name,) = rows.rows
    rows.rows[name] = rows.rows[name].model_copy(update={"since": NOON - 3 * DAY})

    again = ScriptedImap({2: Mail(mail(2), date=date(NOON - 2 * DAY))}, idle=False)
    async with reading(again, rows=rows) as found:
        await eventually(lambda: again.seen == [2])

        assert found.stored == [mail(2)]


async def test_since_can_be_set() -> None:
    server = ScriptedImap(
        {1: Mail(mail(1), date=date(NOON - 3 * DAY)), 2: Mail(mail(2), date=date(NOON - DAY))}, idle=False
    )
    async with reading(server, since=datetime.datetime.fromtimestamp(NOON - 2 * DAY, datetime.UTC)) as found:
        await eventually(lambda: server.seen == [2])

        assert found.stored == [mail(2)]


async def test_a_migration_that_loses_every_mark_runs_no_more_than_a_week_again_and_the_rest_is_visible() -> None:
    rows = Rows()
    rows.rows["u@127.0.0.1/INBOX"] = MailboxRecord(container_key="k", since=NOON - 80 * DAY)
    server = ScriptedImap({uid: Mail(mail(uid), date=date(NOON - (60 - uid) * DAY)) for uid in range(1, 60)})
    server.mails[99] = Mail(mail(99), date=date(NOON - 400 * DAY))
    async with reading(server, rows=rows) as found:
        await eventually(lambda: server.seen == list(range(54, 60)))
        await eventually(lambda: rows.waiting)

        assert len(found.stored) == 6
        assert set(rows.waiting) == set(range(35, 54))
        assert {one.state for one in rows.waiting.values()} == {Waiting.TOO_OLD}
        assert "max_age_days" in rows.waiting[50].reason
        assert found.said("imap.old")


async def test_a_mailbox_of_a_hundred_thousand_old_mails_is_asked_for_no_more_than_their_numbers() -> None:
    server = ScriptedImap({uid: Mail(b"", date="17-Jul-2023 02:44:25 -0700") for uid in range(1, 100_001)}, idle=False)
    async with reading(server) as found:
        # This server does not know SINCE, so it names them all, once.
        server.script.append(On("SEARCH", raw(b"* SEARCH\r\n%TAG% OK done\r\n"), times=None))
        await eventually(lambda: found.ingress.state.ok)

        assert not found.stored


async def test_a_mail_whose_day_the_server_does_not_tell_is_taken() -> None:
    told = raw(b"* 1 FETCH (UID 7 RFC822.SIZE %d)\r\n%%TAG%% OK done\r\n" % len(mail(7)))
    server = ScriptedImap({7: Mail(mail(7))}, [On("FACTS", told)], idle=False)
    async with reading(server):
        await eventually(lambda: server.seen == [7])


@pytest.mark.parametrize("month", range(1, 13))
def test_the_days_of_search_have_english_months(month: int) -> None:
    at = datetime.datetime(2026, month, 15, tzinfo=datetime.UTC).timestamp()

    assert MailWindow(at, 7 * DAY).criteria(at) == f"SINCE 14-{datetime.date(2026, month, 1):%b}-2026"


async def test_a_mail_that_is_too_large_is_final_and_goes_on_as_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAIL_BYTES", 400)
    rows = Rows()
    server = ScriptedImap({7: Mail(mail(7, text="x" * 500)), 8: Mail(mail(8))}, [On("HEADER", no())], idle=False)
    async with reading(server, clock=Clock(), rows=rows) as found:
        await eventually(lambda: 7 in rows.waiting and rows.waiting[7].state is Waiting.TOO_LARGE)
        await eventually(lambda: server.seen == [8])

        assert sorted(one.size for one in found.deposits.pointers) == [len(mail(8)), len(server.mails[7].raw)]
        assert found.deposits.pointers[-1].recipient == OURS
        assert found.said("imap.left")[0].facts["uid"] == 7
        assert str(limits.MAIL_BYTES) in rows.waiting[7].reason

    again = ScriptedImap(server.mails, idle=False)
    async with reading(again, clock=Clock(), rows=rows, deposits=found.deposits):
        await eventually(lambda: again.count("SEARCH") >= 2)
        assert again.count("FACTS") == 0


async def test_a_header_that_cannot_be_stored_now_is_stored_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAIL_BYTES", 400)
    server = ScriptedImap({7: Mail(mail(7, text="x" * 500))}, idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: found.said("imap.left"))

        assert found.stored == [mail(7).partition(b"\r\n\r\n")[0]]
