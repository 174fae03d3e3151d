"""What servers answer to a FETCH when something is wrong with them: no mail is lost, each is stored once, and each that waits is named."""

from __future__ import annotations

import pytest

from hermes.domain.mailboxes import Waiting
from hermes.ingress.imap.ingress import IMAP_WITHHELD_MAILS
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import Clock, Rows, mail, reading
from tests.unit.ingress.imap.scripted_imap import Fault, Mail, On, ScriptedImap, bad, cut, no, nonsense, ok, raw

#: Yahoo, Gmail and others (mscdex/node-imap 209 and 340, emailjs/emailjs-imap-client 60, imapsync 338).
PASSING = {
    "unavailable": no("[UNAVAILABLE] FETCH Server error while fetching messages"),
    "tempfail": no("[TEMPFAIL] UID FETCH Temporary failure on server [CODE: WBL]"),
    "some": no("Some messages could not be FETCHed (Failure)"),
    "bad": bad("[SERVERBUG] internal error"),
    "nothing": ok(),
    "flags alone": ok("1 FETCH (UID 7 FLAGS (\\Recent))"),
    "expunged": ok("1 EXPUNGE"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
@pytest.mark.parametrize("step", ["FACTS", "BODY"])
async def test_a_mail_that_the_server_does_not_give_now_is_asked_for_again_on_the_same_connection(
    step: str, fault: Fault
) -> None:
    clock = Clock()
    server = ScriptedImap({7: Mail(mail())}, [On(step, fault, times=3)], idle=False)
    async with reading(server, clock=clock) as found:
        await eventually(lambda: server.seen == [7])
        await eventually(lambda: not found.rows.waiting)

        assert found.stored == [mail()]
        assert server.connections == 1
        assert [event.facts["uid"] for event in found.said("imap.withheld")] == [7, 7]
        assert found.said("imap.set_aside")[0].facts["uid"] == 7
        assert 60 <= clock.passed <= 600


async def test_a_backlog_that_meets_a_second_of_no_is_taken_whole() -> None:
    clock = Clock()
    server = ScriptedImap(
        {uid: Mail(mail(uid)) for uid in range(1, 21)}, [On("BODY", no("[UNAVAILABLE]"), times=20)], idle=False
    )
    async with reading(server, clock=clock) as found:
        await eventually(lambda: len(server.seen) == 20)

        assert sorted(found.stored) == sorted(mail(uid) for uid in range(1, 21))
        assert server.connections == 1


async def test_a_server_that_gives_no_mail_at_all_is_not_asked_for_all_of_them() -> None:
    clock = Clock()
    server = ScriptedImap({uid: Mail(mail(uid)) for uid in range(1, 101)}, [On("BODY", no(), times=None)], idle=False)
    async with reading(server, clock=clock):
        await eventually(lambda: server.count("SEARCH") >= 2)

        assert server.count("BODY") <= server.count("SEARCH") * IMAP_WITHHELD_MAILS


async def test_a_mail_that_is_never_given_is_asked_for_every_quarter_of_an_hour_and_is_visible_with_the_reason() -> (
    None
):
    clock = Clock(seconds=6 * 3600)
    server = ScriptedImap({7: Mail(mail())}, [On("BODY", no("[UNAVAILABLE]"), times=None)], idle=False)
    async with reading(server, clock=clock, poll_seconds=300) as found:
        await eventually(lambda: clock.passed > 6 * 3600 - 600)

        assert 24 <= server.count("BODY") <= 40
        waiting = found.rows.waiting[7]
        assert waiting.state is Waiting.ASIDE
        assert "[UNAVAILABLE]" in waiting.reason
        assert found.ingress.state.ok
        assert found.ingress.state.waiting == 1
        assert not found.stored
        assert not server.seen


LYING: dict[str, Fault] = {
    "nothing in a literal": raw(b"* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n%TAG% OK done\r\n"),
    "an empty string": raw(b'* 1 FETCH (UID 7 BODY[] "")\r\n%TAG% OK done\r\n'),
    "NIL": raw(b"* 1 FETCH (UID 7 BODY[] NIL)\r\n%TAG% OK done\r\n"),
    "a part": raw(b"* 1 FETCH (UID 7 BODY[] {30}\r\n" + mail()[:30] + b")\r\n%TAG% OK done\r\n"),
    "nearly all": raw(
        b"* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n" % (len(mail()) - 3, mail()[:-3]) + b"%TAG% OK done\r\n"
    ),
    "another mail": raw(b"* 1 FETCH (UID 8 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n" % (len(mail()), mail(2))),
    "a mail without a number": raw(b"* 1 FETCH (BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n" % (len(mail()), mail(2))),
    "two mails": raw(
        b"* 2 FETCH (BODY[] {%d}\r\n%b UID 8)\r\n" % (len(mail(2)), mail(2))
        + b"* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n" % (len(mail()), mail())
    ),
}


@pytest.mark.parametrize("fault", LYING.values(), ids=LYING)
async def test_bytes_that_are_not_what_the_server_says_are_not_stored_and_the_mail_is_not_marked(fault: Fault) -> None:
    clock = Clock()
    server = ScriptedImap({7: Mail(mail())}, [On("BODY", fault, times=None)], idle=False)
    async with reading(server, clock=clock, poll_seconds=300) as found:
        await eventually(lambda: found.said("imap.set_aside"))
        await eventually(lambda: 7 in found.rows.waiting and found.rows.waiting[7].state is Waiting.ASIDE)

        assert not found.stored
        assert not server.seen
        assert server.connections == 1
        server.script.clear()
        await eventually(lambda: server.seen == [7])
        assert found.stored == [mail()]
        await eventually(lambda: not found.rows.waiting)


async def test_a_mail_without_any_byte_is_none_even_where_the_server_says_so() -> None:
    server = ScriptedImap({7: Mail(b"")}, idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: found.said("imap.set_aside"))

        assert not found.stored
        assert not server.seen


TRUE: dict[str, tuple[bytes, int | None]] = {
    "its size": (mail(), None),
    "line ends of one byte counted as two": (mail().replace(b"\r\n", b"\n"), len(mail())),
    "line ends of two bytes counted as one": (mail(), len(mail().replace(b"\r\n", b"\n"))),
    "a last line end that is not counted": (mail(), len(mail()) - 2),
    "a last line end too many": (mail(), len(mail()) + 2),
    "NUL and 8-bit bytes": (mail(text="\0 ü \x80"), None),
    "a bare CR and LF": (mail(text="a\rb\nc"), None),
    "longer than announced": (mail(text="x" * 500), 100),
}


@pytest.mark.parametrize(("content", "size"), TRUE.values(), ids=TRUE)
async def test_differences_that_are_only_another_way_of_counting_hold_no_mail_up(
    content: bytes, size: int | None
) -> None:
    server = ScriptedImap({7: Mail(content, size=size)}, idle=False)
    async with reading(server) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [content]
        assert not found.said("imap.withheld")


async def test_sizes_of_exchange_are_estimates() -> None:
    server = ScriptedImap({7: Mail(mail(), size=len(mail()) + 60)}, idle=False)
    server.greeting = "The Microsoft Exchange IMAP4 service is ready."
    async with reading(server) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail()]


async def test_a_server_that_tells_no_sizes_is_believed_if_it_gives_the_same_bytes_twice() -> None:
    told = raw(b'* 1 FETCH (UID 7 INTERNALDATE "01-Mar-2026 12:00:00 +0000")\r\n%TAG% OK done\r\n')
    server = ScriptedImap({7: Mail(mail())}, [On("FACTS", told, times=None)], idle=False)
    async with reading(server) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail()]
        assert server.count("BODY") == 2


async def test_a_short_mail_may_come_as_a_quoted_string() -> None:
    line = b'To: \\"site\\" <site@hermes.test> \\\\'
    plain = line.replace(b'\\"', b'"').replace(b"\\\\", b"\\")
    quoted = raw(b'* 1 FETCH (UID 7 BODY[] "' + line + b'")\r\n%TAG% OK done\r\n')
    server = ScriptedImap({7: Mail(plain)}, [On("BODY", quoted, times=None)], idle=False)
    async with reading(server) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [plain]


BREAKING: dict[str, Fault] = {
    "nonsense": nonsense,
    "a cut in the mail": cut(b"* 1 FETCH (UID 7 BODY[] {500}\r\nFrom: anna"),
    "a literal that is longer than it says": raw(
        b"* 1 FETCH (UID 7 BODY[] {10}\r\n" + mail() + b")\r\n%TAG% OK done\r\n"
    ),
    "more bytes than any mail has": raw(b"* 1 FETCH (UID 7 BODY[] {4294967296}\r\nFrom"),
}


@pytest.mark.parametrize("fault", BREAKING.values(), ids=BREAKING)
async def test_a_mail_over_which_the_connection_breaks_is_set_aside_for_hours_and_the_others_are_taken_at_full_speed(
    fault: Fault,
) -> None:
    clock = Clock()
    server = ScriptedImap({7: Mail(mail(7))}, [On("BODY", fault, times=None, uid=7)], idle=False)
    async with reading(server, clock=clock) as found:
        await eventually(lambda: 7 in found.rows.waiting and found.rows.waiting[7].state is not Waiting.RETRY)
        connections = server.connections
        for uid in range(8, 28):
            clock.allow(30)
            server.mails[uid] = Mail(mail(uid))
            await eventually(lambda uid=uid: server.mails[uid].seen)  # type: ignore[misc]

        assert server.connections <= connections + 1
        assert connections <= 4
        assert 7 not in server.seen
        told = [*found.said("imap.set_aside"), *found.said("imap.left")]
        assert told[0].facts["uid"] == 7


async def test_a_mail_that_our_own_code_cannot_read_is_set_aside_without_another_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(block: bytes) -> None:
        raise RecursionError("deeper than anybody thought")

    monkeypatch.setattr("hermes.ingress.envelope.of", fails)
    server = ScriptedImap({7: Mail(mail())}, idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: found.said("imap.set_aside"))

        assert server.connections == 1
        assert "RecursionError" in found.said("imap.set_aside")[0].text


async def test_what_is_set_aside_is_still_so_after_a_restart_and_a_new_numbering_forgets_it() -> None:
    rows, clock = Rows(), Clock()
    first = ScriptedImap({7: Mail(mail())}, [On("BODY", no(), times=None)], idle=False)
    async with reading(first, clock=clock, rows=rows):
        await eventually(lambda: 7 in rows.waiting and rows.waiting[7].tries == 5)
    before = rows.waiting[7]

    again = ScriptedImap({7: Mail(mail())}, [On("BODY", no(), times=None)], idle=False)
    async with reading(again, clock=clock, rows=rows):
        await eventually(lambda: again.count("SEARCH") >= 3)
        assert again.count("BODY") == 0
    assert rows.waiting[7].next_at == before.next_at

    other = ScriptedImap({7: Mail(mail())}, idle=False)
    other.uidvalidity = 6
    async with reading(other, clock=clock, rows=rows):
        await eventually(lambda: other.seen == [7])
        await eventually(lambda: not rows.waiting)


M = mail()
#: One mail, in forms that servers give it.
FORMS: dict[str, bytes] = {
    "names in lower case": b"* 1 fetch (uid 7 body[] {%d}\r\n%b)\r\n%%TAG%% ok done\r\n" % (len(M), M),
    "an empty line before the end": b"* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n\r\n%%TAG%% OK done\r\n" % (len(M), M),
    "OK without a word": b"* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK\r\n" % (len(M), M),
    "a literal of bytes": b"* 1 FETCH (UID 7 BODY[] ~{%d}\r\n%b)\r\n%%TAG%% OK done\r\n" % (len(M), M),
    "the number behind the mail": b"* 1 FETCH (BODY[] {%d}\r\n%b UID 7)\r\n%%TAG%% OK done\r\n" % (len(M), M),
    "flags and news around it": (
        b"* 3 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen))\r\n"
        b"* 1 FETCH (FLAGS (\\Recent $x) MODSEQ (12) UID 7 BODY[] {%d}\r\n%b FLAGS ())\r\n* 4 EXISTS\r\n%%TAG%% OK done\r\n"
        % (len(M), M)
    ),
    "an envelope in literals before it": (
        b"* 1 FETCH (UID 7 ENVELOPE (NIL {5}\r\nHello NIL NIL NIL NIL NIL NIL NIL {3}\r\n<1>) BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n"
        % (len(M), M)
    ),
    "another literal behind it": (
        b"* 1 FETCH (BODY[] {%d}\r\n%b UID 7 INTERNALDATE {26}\r\n01-Mar-2026 12:00:00 +0000 FLAGS ())\r\n%%TAG%% OK done\r\n"
        % (len(M), M)
    ),
    "its header besides": (
        b"* 1 FETCH (UID 7 BODY[HEADER] {9}\r\nTo: a@b\r\n BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n" % (len(M), M)
    ),
    "news of another mail with its bytes": (
        b"* 2 FETCH (UID 8 BODY[] {%d}\r\n%b)\r\n* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n"
        % (len(mail(2)), mail(2), len(M), M)
    ),
    "the bytes of a long other mail": (
        b"* 2 FETCH (UID 8 BODY[] {100000}\r\n%b)\r\n* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK done\r\n"
        % (b"x" * 100000, len(M), M)
    ),
    "its flags in a separate answer": (
        b"* 1 FETCH (UID 7 FLAGS ())\r\n* 1 FETCH (UID 7 BODY[] {%d}\r\n%b)\r\n%%TAG%% OK [EXPUNGEISSUED] done\r\n"
        % (len(M), M)
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_a_mail_is_taken_whole_in_each_form_that_servers_give_it(form: bytes) -> None:
    server = ScriptedImap({7: Mail(M)}, [On("BODY", raw(form), times=None)], idle=False)
    async with reading(server) as found:
        await eventually(lambda: server.seen == [7] or found.rows.waiting)

        assert found.stored == [M]
        assert server.seen == [7]
        assert server.connections == 1


async def test_a_size_that_is_none_breaks_no_connection() -> None:
    fault = ok(f'1 FETCH (UID 7 RFC822.SIZE {"9" * 5000} INTERNALDATE "01-Mar-2026 12:00:00 +0000")')
    server = ScriptedImap({7: Mail(M)}, [On("FACTS", fault, times=None)], idle=False)
    async with reading(server) as found:
        await eventually(lambda: server.seen == [7] or found.rows.waiting)

        assert found.stored == [M]
        assert server.connections == 1
