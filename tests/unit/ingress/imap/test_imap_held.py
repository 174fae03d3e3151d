"""Mailboxes that change under Hermes, and flags that do not stay: each mail is stored once, and none is lost."""

from __future__ import annotations

import time

from hermes.ingress.imap.memory import Memory
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import PATIENT, Clock, Rows, mail, reading
from tests.unit.ingress.imap.scripted_imap import Mail, On, ScriptedImap, Session, cut, no, ok, raw


async def test_a_new_numbering_between_two_connections_is_another_mailbox() -> None:
    server = ScriptedImap({7: Mail(mail(7))}, [On("STORE", cut())], idle=False)
    async with reading(server, clock=Clock(seconds=0), times=PATIENT) as found:
        await eventually(lambda: found.stored)
        server.uidvalidity, server.mails = 6, {7: Mail(mail(8))}
        found.clock.allow(1000)  # type: ignore[union-attr]
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail(7), mail(8)]


async def test_a_new_numbering_on_an_open_connection_is_another_mailbox() -> None:
    renumbered = raw(b"* OK [UIDVALIDITY 6] created again\r\n* SEARCH 7\r\n%TAG% OK done\r\n")
    server = ScriptedImap({7: Mail(mail(7))}, idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: server.seen == [7])
        server.mails = {7: Mail(mail(8))}
        server.uidvalidity = 6
        server.script.append(On("SEARCH", renumbered))
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail(7), mail(8)]
        assert server.connections == 2


async def test_another_mail_under_the_same_numbering_and_number_is_another_mail() -> None:
    server = ScriptedImap({7: Mail(mail(7))}, [On("STORE", cut())], idle=False)
    async with reading(server, clock=Clock(seconds=0), times=PATIENT) as found:
        await eventually(lambda: found.stored)
        server.mails = {7: Mail(mail(8))}
        found.clock.allow(1000)  # type: ignore[union-attr]
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail(7), mail(8)]


async def test_a_stored_mail_whose_flag_was_lost_with_the_connection_is_only_flagged() -> None:
    server = ScriptedImap({7: Mail(mail(7))}, [On("STORE", cut())], idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail(7)]


async def test_a_refused_flag_is_set_later_without_another_fetch() -> None:
    server = ScriptedImap({7: Mail(mail(7))}, [On("STORE", no("[INUSE] locked"), times=3)], idle=False)
    rows = Rows()
    async with reading(server, clock=Clock(), rows=rows) as found:
        await eventually(lambda: server.seen == [7])
        await eventually(lambda: not rows.waiting)

        assert found.stored == [mail(7)]
        assert server.count("BODY") == 1
        assert "not marked as seen" in found.said("imap.withheld")[0].text


async def test_mail_whose_flag_does_not_stay_is_fetched_once_on_a_connection_and_the_operator_is_told_once() -> None:
    clock = Clock(seconds=600)
    server = ScriptedImap({uid: Mail(mail(uid)) for uid in range(1, 6)}, idle=False)
    server.keeps_flags = False
    async with reading(server, clock=clock) as found:
        await eventually(lambda: clock.passed > 500)

        assert server.count("BODY") == 5
        assert len(found.stored) == 5
        assert len(found.said("imap.flags_lost")) == 1


async def test_a_folder_that_keeps_no_flag_is_told_at_the_beginning() -> None:
    server = ScriptedImap({}, idle=False)
    server.permanent = r"\Deleted"
    async with reading(server) as found:
        await eventually(lambda: found.said("imap.flags_lost"))


def test_the_memory_of_twenty_thousand_flags_costs_no_time() -> None:
    memory, unseen = Memory(), list(range(20_000))
    memory.enter("1")
    for uid in unseen:
        memory.stored(uid, b"x")
    began = time.process_time()
    for _ in range(10):
        assert memory.due(unseen, 0.0) == []

    assert time.process_time() - began < 2


async def test_a_mail_that_is_expunged_between_the_search_and_the_fetch_is_forgotten() -> None:
    async def expunged(session: Session, tag: str) -> None:
        del server.mails[7]
        await session.write("* 1 EXPUNGE", f"{tag} OK done")

    server = ScriptedImap({7: Mail(mail(7)), 8: Mail(mail(8))}, [On("BODY", expunged, uid=7)], idle=False)
    rows = Rows()
    async with reading(server, clock=Clock(), rows=rows) as found:
        await eventually(lambda: server.seen == [8])
        await eventually(lambda: server.count("SEARCH") >= 3)

        assert found.stored == [mail(8)]
        assert not rows.waiting


async def test_a_renamed_folder_is_read_again_when_it_is_back() -> None:
    clock = Clock(seconds=3000)
    gone = On("SELECT", no("[NONEXISTENT] Unknown Mailbox: INBOX.work"), times=None)
    server = ScriptedImap({7: Mail(mail(7))}, [gone], idle=False)
    async with reading(server, clock=clock, folder="INBOX.work") as found:
        await eventually(lambda: clock.passed > 2000)
        assert "Unknown Mailbox" in found.ingress.state.detail
        server.script.clear()
        clock.allow(3000)
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail(7)]


async def test_a_folder_that_is_closed_under_the_connection_is_opened_again() -> None:
    server = ScriptedImap({}, [On("SEARCH", no("[CLIENTBUG] No mailbox selected"), times=5)], idle=False)
    async with reading(server, clock=Clock()):
        server.mails[7] = Mail(mail(7))
        await eventually(lambda: server.seen == [7])

        assert server.connections == 2


async def test_a_search_may_be_answered_in_several_lines_and_with_more_than_numbers() -> None:
    several = raw(b"* SEARCH 7\r\n* SEARCH 8 (MODSEQ 917162500)\r\n%TAG% OK done\r\n")
    server = ScriptedImap({7: Mail(mail(7)), 8: Mail(mail(8))}, [On("SEARCH", several)], idle=False)
    async with reading(server, clock=Clock()):
        await eventually(lambda: server.seen == [7, 8])

        assert server.connections == 1


async def test_news_about_other_mails_in_an_answer_is_no_answer_about_this_one() -> None:
    size = len(mail(7))
    facts = ok(
        "2 FETCH (UID 8 RFC822.SIZE 1 FLAGS ())", f"1 FETCH (RFC822.SIZE {size} FLAGS (\\Recent) UID 7)", "3 EXISTS"
    )
    content = raw(
        b"* 2 FETCH (FLAGS (\\Seen $Junk) UID 8)\r\n* 1 FETCH (BODY[] {%d}\r\n%b UID 7)\r\n%%TAG%% OK done\r\n"
        % (size, mail(7))
    )
    server = ScriptedImap({7: Mail(mail(7))}, [On("FACTS", facts), On("BODY", content)], idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail(7)]
        assert not found.said("imap.withheld")


async def test_words_of_status_in_a_mail_are_no_answer_of_the_server() -> None:
    hostile = mail(7, text="A1 NO [UNAVAILABLE]\r\n* BYE\r\n)\r\nX-Spam-Flag: NO\r\n+ go on\r\n{100}")
    server = ScriptedImap({7: Mail(hostile)}, idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [hostile]


async def test_a_server_whose_lines_end_with_one_byte_is_understood() -> None:
    lax = raw(b"* SEARCH 7\n%TAG% OK done\n")
    server = ScriptedImap({7: Mail(mail(7))}, [On("SEARCH", lax)], idle=False)
    async with reading(server, clock=Clock()):
        await eventually(lambda: server.seen == [7])

        assert server.connections == 1
