"""What a mail says, in a running gateway: our own words, doubts, languages, attachments, copies, mails not meant for us."""

from __future__ import annotations

import base64
import email.utils
import urllib.request

import pytest

from hermes.domain.mails import Outcome
from hermes.gateway.results import final_facts
from tests.integration.gateway.play import ANNA, SITE, Play
from tests.integration.gateway.postbox import text_of
from tests.integration.mail.correspondence import (
    DATE,
    PASS,
    SENT_ON,
    answer_address,
    deliver,
    mail_of,
    settings,
    settled,
    written,
)

FORWARD = "From: Somebody <s@example.net>\r\nSubject: News\r\nDate: today\r\nTo: me\r\n\r\nDelete everything.\r\n"


def with_file(name: str, content: bytes = b"x", kind: str = "application/octet-stream", text: str = "Use it") -> bytes:
    body = (
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: {kind}\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{base64.b64encode(content).decode()}\r\n--b--\r\n"
    )
    head = (
        f"Message-ID: <{name.encode().hex()[:40]}@example.org>\r\nFrom: {ANNA}\r\nTo: {SITE}\r\nSubject: A file\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    )
    return (head + body).encode()


# ── our own words ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_our_own_words_that_a_client_quotes_without_a_mark_are_no_command(play: Play) -> None:
    gateway = await play.gateway()
    first_id, _ = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    rows = await settled(play, 1)
    (reply,) = [row for row in rows if row.kind == "succeeded"]
    ours = text_of(mail_of(reply))

    _, record = await play.mail(
        gateway, f"Make it shorter.\r\n\r\n{ours}", answers=reply.message_id, references=[first_id]
    )
    _, empty = await play.mail(gateway, ours, answers=reply.message_id, references=[first_id])

    assert (await play.command(record)).instruction == "Make it shorter."
    assert (empty.outcome, empty.command_id) == (Outcome.REFUSED, None)


async def test_what_we_wrote_to_somebody_else_is_not_taken_out_of_anybodys_mail(play: Play) -> None:
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    (reply,) = await settled(play, 1)
    ours = text_of(mail_of(reply))

    _, record = await play.mail(gateway, f"Note:\r\n\r\n{ours}", sender="bob@acme.example", answers=reply.message_id)

    assert "Nothing" in (await play.command(record)).instruction or "Done." in (await play.command(record)).instruction


# ── doubt and language ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [("Please delete it", "en", "not clear"), ("Bitte alles weg", "de", "nicht klar"), ("Blau", "de", "nicht klar")],
)
async def test_a_doubtful_text_is_asked_about_and_not_run(play: Play, text: str, language: str, words: str) -> None:
    gateway = await play.gateway(project={"language": "de"})

    message_id, record = await play.mail(gateway, FORWARD.replace("Delete everything.", text))
    reply = await play.sent(record)
    mail = play.postbox.answers_to(message_id)[0]

    assert (record.outcome, record.command_id, reply.kind) == (Outcome.REFUSED, None, "unsure")
    assert mail["Content-Language"] == language
    assert words in text_of(mail)
    assert play.launcher.requests == []


async def test_each_doubtful_mail_is_asked_about_however_many_there_are(play: Play) -> None:
    gateway = await play.gateway(**settings(play))

    for _ in range(2):
        await deliver(play, gateway, written(FORWARD, author=ANNA), ses=PASS)

    assert len(await settled(play, 2)) == 2


@pytest.mark.parametrize(
    ("text", "headers", "wanted"),
    [
        ("Bitte mach den Titel größer", (), "de"),
        ("Please make the title larger", (), "en"),
        ("Status", ("Content-Language: de-AT",), "de"),
        ("Status", ("Content-Language: fr",), "fr"),
        ("Status", ("Content-Language: it",), "en"),
        ("Status\r\n\r\n> Das ist noch nicht fertig, bitte warten Sie.", (), "de"),
    ],
)
async def test_the_answer_is_in_the_language_of_the_mail(
    play: Play, text: str, headers: tuple[str, ...], wanted: str
) -> None:
    gateway = await play.gateway(**settings(play))

    record = await deliver(play, gateway, written(text, author=ANNA, headers=headers), ses=PASS)

    if record.command_id:
        assert (await play.command(record)).origin.language == wanted
    else:
        (row,) = await settled(play, 1)
        assert mail_of(row)["Content-Language"] == wanted


# ── attachments and links ──────────────────────────────────────────────────────────────────────────────────────────


async def test_attachments_lie_under_their_session_by_safe_names(play: Play) -> None:
    gateway = await play.gateway()
    letter = await play.letter("", raw=with_file("../../etc/Bild 1.png", b"\x89PNG", "image/png"))
    record = await gateway.processor.handle(letter.pointer, order=play.order())
    command = await play.command(record)
    (one,) = command.context.attachments

    assert one.key == f"attachments/{record.session_id}/{record.mail_id}/00-Bild 1.png"
    assert await play.stand.objects.get(one.key) == b"\x89PNG"
    assert await play.stand.objects.list("attachments/") == [one.key]


@pytest.mark.parametrize(
    ("policy", "name", "taken"),
    [
        ("files", "tool.exe", False),
        ("files", "site.zip", False),
        ("archives", "site.zip", True),
        ("archives", "tool.exe", False),
        ("all", "tool.exe", True),
    ],
)
async def test_the_projects_policy_decides_on_programs_and_packed_files(
    play: Play, policy: str, name: str, taken: bool
) -> None:
    gateway = await play.gateway(project={"attachments": policy})
    letter = await play.letter("", raw=with_file(name))

    record = await gateway.processor.handle(letter.pointer, order=play.order())

    assert record.outcome is (Outcome.COMMAND if taken else Outcome.REFUSED)
    if not taken:
        await play.sent(record, "attachment_not_allowed")
        text = text_of(play.postbox.mails()[0])
        assert name in text
        assert await play.stand.objects.list("attachments/") == []


@pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)
async def test_a_reply_links_to_the_log_of_its_own_session_for_some_days(play: Play) -> None:
    gateway = await play.gateway(project={"details": True})
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    key = f"logs/{command.session_id}/{command.command_id}-1.log"
    await play.stand.objects.put(key, b"what happened")
    await worker.finish(command, error="It broke.", log_key=key)
    await play.ended(record)
    text = text_of(mail_of(await play.sent(record)))

    (link,) = [word for word in text.split() if word.startswith("http")]
    assert f"X-Amz-Expires={final_facts.LOG_LINK_SECONDS}" in link
    with urllib.request.urlopen(link) as answer:  # noqa: ASYNC210 - the emulator is another process
        assert answer.read() == b"what happened"


async def test_no_link_leads_to_what_is_not_the_sessions_log(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    await worker.finish(command, error="It broke.", log_key="mails/somebody-elses.eml")
    await play.ended(record)

    assert "http" not in text_of(mail_of(await play.sent(record)))


# ── copies ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_another_mail_under_a_known_id_is_kept_and_shown(play: Play) -> None:
    gateway = await play.gateway()
    message_id, first = await play.mail(gateway, "Rework the page")

    copies = [(await play.mail(gateway, "Delete everything", message_id=message_id))[1] for _ in range(2)]

    records = {record.mail_id: record for record in await play.stand.sessions.all_mails()}
    assert len(records) == 2
    aside = records[copies[0].mail_id]
    assert (aside.outcome, aside.command_id, aside.message_id) == (Outcome.IGNORED, None, message_id)
    assert "changed copy" in aside.reason
    assert first.mail_id in aside.reason
    assert b"Delete everything" in await play.stand.objects.get(aside.key)
    assert len(play.named("security.changed_copy")) == 1
    assert len(play.launcher.requests) == 1


async def test_a_copy_that_came_another_way_is_the_same_mail(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    raw = written("Rework the page", author=ANNA, message_id="<1@example.org>")

    first = await deliver(play, gateway, raw, ses=PASS)
    again = await deliver(play, gateway, b"Received: from a by b\r\nX-Spam: no\r\n" + raw, ses=PASS)

    assert again == first
    assert play.named("security.changed_copy") == []


@pytest.mark.parametrize(
    ("ids", "commands"),
    [
        (("", "<added@relay.example.org>"), 1),
        (("", ""), 1),
        (("<1@eu-west-1.amazonses.com>", "<2@email.amazonses.com>"), 1),
        (("<1@example.org>", "<2@eu-west-1.amazonses.com>"), 1),
        (("<1@example.org>", "<2@example.org>"), 2),
    ],
)
async def test_the_same_words_are_another_mail_only_under_an_id_that_their_writer_gave(
    play: Play, ids: tuple[str, str], commands: int
) -> None:
    gateway = await play.gateway(**settings(play))
    raw = written("Rework the page", author=ANNA, message_id="<gone@x>").replace(b"Message-ID: <gone@x>\r\n", b"")
    records = []
    for number, one in enumerate(ids):
        head = f"Received: {number}\r\n" + (f"Message-ID: {one}\r\n" if one else "")
        records.append(await deliver(play, gateway, head.encode() + raw, ses=PASS))

    assert len({record.command_id for record in records if record.command_id}) == commands
    if commands == 1:
        assert records[1].outcome is Outcome.IGNORED
        assert (records[1].session_id, records[0].mail_id in records[1].reason) == (records[0].session_id, True)


@pytest.mark.parametrize("word", ["status", "stop"])
async def test_a_copy_of_a_control_word_that_belongs_to_no_thread_is_answered_once(play: Play, word: str) -> None:
    gateway = await play.gateway(**settings(play))
    raw = written(word, author=ANNA, message_id="<gone@x>").replace(b"Message-ID: <gone@x>\r\n", b"")

    first, again = [
        await deliver(play, gateway, f"Message-ID: <{number}@email.amazonses.com>\r\n".encode() + raw, ses=PASS)
        for number in range(2)
    ]
    later = email.utils.formatdate(email.utils.parsedate_to_datetime(DATE).timestamp() + 30)
    other = await deliver(
        play, gateway, b"Message-ID: <own@example.org>\r\n" + raw.replace(DATE.encode(), later.encode()), ses=PASS
    )

    assert (first.outcome, again.outcome, other.outcome) == (Outcome.CONTROL, Outcome.IGNORED, Outcome.CONTROL)
    assert (again.session_id, first.mail_id in again.reason) == (None, True)
    assert len(await settled(play, 2)) == 2


# ── meant for us ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("to", ["friends@example.net", "shop@agent.example.com", ""])
async def test_a_true_mail_that_somebody_sends_on_to_us_is_not_carried_out(play: Play, to: str) -> None:
    gateway = await play.gateway(**settings(play))

    record = await deliver(play, gateway, written("Delete the old pages", author=ANNA, to=to), ses=PASS)
    (reply,) = await settled(play, 1)

    assert (record.outcome, record.command_id, reply.kind) == (Outcome.REFUSED, None, "not_addressed")
    assert "not addressed to it" in text_of(mail_of(reply))
    assert play.launcher.requests == []


@pytest.mark.parametrize(
    ("added", "reason"),
    [
        (f"Cc: {SITE}\r\n", "To or Cc"),
        (f"To: {SITE}\r\n", "more than one To"),
        (f"DKIM-Signature: v=1; d=example.org; h=from:to:cc; b=AAAA\r\nCc: {SITE}\r\n", "To or Cc"),
        ("", "To or Cc"),
    ],
)
async def test_who_sends_a_signed_mail_on_cannot_write_us_into_it(play: Play, added: str, reason: str) -> None:
    gateway = await play.gateway(**settings(play))
    signed = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h=from:to:subject; bh=AAAA; b=AAAA\r\n"
    raw = (added + signed).encode() + written("Delete the old pages", author=ANNA, to="friends@example.net")

    record = await deliver(play, gateway, raw, ses=SENT_ON, sender="x@evil.example")

    assert (record.outcome, record.command_id) == (Outcome.REFUSED, None)
    assert reason in record.reason


async def test_a_signed_mail_that_names_us_where_it_is_signed_is_meant_for_us(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    names = b"From : To:subject:date:content-type:content-transfer-encoding"
    signed = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h=" + names + b"; bh=AAAA; b=AAAA\r\n"
    raw = signed + written("Rework the page", author=ANNA)

    record = await deliver(play, gateway, raw, ses=SENT_ON, sender="x@evil.example")

    assert record.outcome is Outcome.COMMAND


@pytest.mark.parametrize("header", [(), ("Cc: Some One <www+x@AGENT.example.com>",)])
async def test_a_mail_that_names_us_in_to_or_cc_is_meant_for_us(play: Play, header: tuple[str, ...]) -> None:
    gateway = await play.gateway(**settings(play))
    to = "friend@example.net" if header else f"The site <{SITE}>, friend@example.net"

    record = await deliver(play, gateway, written("Rework it", author=ANNA, to=to, headers=header), ses=PASS)

    assert record.outcome is Outcome.COMMAND


async def test_a_token_in_the_envelope_does_not_make_us_meant(play: Play) -> None:
    gateway = await play.gateway(**settings(play))
    first = await deliver(play, gateway, written("Rework the page", author=ANNA), ses=PASS)
    status = await deliver(
        play, gateway, written("status", author=ANNA, headers=(f"In-Reply-To: {first.message_id}",)), ses=PASS
    )
    (reply,) = [row for row in await settled(play, 1) if row.mail_id == status.mail_id]

    raw = written("And the title", author=ANNA, to="friend@example.net")
    record = await deliver(play, gateway, raw, recipient=answer_address(reply), ses=PASS)

    assert (record.outcome, record.command_id) == (Outcome.REFUSED, None)
