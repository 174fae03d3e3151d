"""An operator asks for another look: what was set aside is tried again, and old mail of some days is taken."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors
from hermes.domain.mailboxes import Rescan, Waiting
from hermes.ingress.imap import rescans
from hermes.ops import rescanning
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import NOON, PATIENT, Clock, Reading, Rows, mail, reading
from tests.unit.ingress.imap.scripted_imap import Mail, On, ScriptedImap, Session, no

DAY = 86400.0


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescans, "RESCAN_SECONDS", 0.02)


def ask(one: Reading, **given: float) -> None:
    rows: Rows = one.rows
    ((mailbox, row),) = rows.rows.items()
    request = Rescan(rescan_id="r1", asked_at=NOON, **given)
    rows.rows[mailbox] = row.model_copy(update={"rescan": request, "rescan_id": "r1"})


async def done(one: Reading) -> Rescan:
    def look() -> Rescan | None:
        ((_, row),) = one.rows.rows.items()
        return row.rescan if row.rescan is not None and row.rescan.done_at is not None else None

    found: Rescan = await eventually(look)
    return found


async def test_a_mail_that_was_set_aside_is_tried_again_at_once() -> None:
    server = ScriptedImap({7: Mail(mail(7))}, [On("BODY", no("[UNAVAILABLE] later"), times=3)], idle=False)
    clock = Clock(seconds=30.0)
    async with reading(server, clock=clock, times=PATIENT) as one:
        await eventually(lambda: 7 in one.rows.waiting and one.rows.waiting[7].state is Waiting.ASIDE)
        waiting = await eventually(lambda: one.rows.waiting[7] if one.rows.waiting[7].subject else None)
        assert (waiting.author, waiting.subject) == ("anna@people.test", "Hello")
        assert one.stored == []
        assert (waiting.next_at or 0.0) > clock.now() + 20.0
        ask(one)
        found = await done(one)
        assert one.stored == [mail(7)]
        assert (found.again, found.old, one.rows.waiting) == (1, 0, {})


async def test_old_mail_of_some_days_is_taken_and_older_and_seen_mail_is_not() -> None:
    mails = {
        1: Mail(mail(1), date="20-Jan-2026 12:00:00 +0000"),
        2: Mail(mail(2), date="30-Jan-2026 12:00:00 +0000"),
        3: Mail(mail(3), date="10-Feb-2026 12:00:00 +0000"),
        4: Mail(mail(4)),
    }
    async with reading(ScriptedImap(mails), times=PATIENT) as one:
        await eventually(lambda: one.stored == [mail(4)])
        ask(one, since=NOON - 31 * DAY, until=NOON - 29 * DAY)
        found = await done(one)
        assert one.stored == [mail(4), mail(2)]
        assert found.old >= 1
        (pointer,) = [one for one in one.deposits.pointers if one.order is not None]
        assert (pointer.received_at, pointer.order) == (NOON - 30 * DAY, NOON - 30 * DAY)
        await asyncio.sleep(0.1)
        assert len(one.stored) == 2


async def test_a_request_in_the_middle_of_a_look_is_not_taken_for_done_by_it() -> None:
    looking, asked = asyncio.Event(), asyncio.Event()

    async def slowly(session: Session, tag: str) -> None:
        looking.set()
        await asked.wait()
        await session.write("* SEARCH", f"{tag} OK done")

    mails = {2: Mail(mail(2), date="30-Jan-2026 12:00:00 +0000")}
    async with reading(ScriptedImap(mails, [On("SEARCH", slowly)]), times=PATIENT) as one:
        await eventually(looking.is_set)
        ask(one, since=NOON - 31 * DAY, until=NOON - 29 * DAY)
        await eventually(lambda: one.ingress._rescans.open)
        asked.set()
        await done(one)
        assert one.stored == [mail(2)]


def test_the_days_are_read_as_a_person_means_them() -> None:
    found = rescanning.asked(since="2026-01-01", until="2026-01-31", now=NOON)
    assert found.until is not None
    assert found.since is not None
    assert found.until - found.since == 31 * DAY
    assert rescanning.asked(since="2026-01-01T10:00:00+00:00", until=None, now=NOON).until == NOON
    assert rescanning.asked(since=None, until=None, now=NOON).since is None


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("yesterday", None, "'yesterday' is no date; write one like 2026-01-31"),
        (None, "2026-01-31", "--until needs --since"),
        ("2026-02-01", "2026-01-31", "is not before --until"),
        ("2036-02-01", None, "is not before now"),
    ],
)
def test_days_that_make_no_sense_are_refused(since: str | None, until: str | None, said: str) -> None:
    with pytest.raises(errors.ConfigError, match=said):
        rescanning.asked(since=since, until=until, now=NOON)
