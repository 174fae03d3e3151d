"""What a mail is meant to say, in a thread where something runs and in one where nothing does."""

from __future__ import annotations

import datetime

import pytest

from hermes.domain.commands import CommandState
from hermes.domain.mails import Outcome
from hermes.domain.request import CommandType, Policy
from tests.integration.gateway.play import ANNA, SITE, Play
from tests.integration.gateway.postbox import text_of


@pytest.mark.parametrize("text", ["Thanks!", "Danke dir, super!", "👍", "Merci beaucoup", "¡Perfecto, gracias!"])
async def test_a_courtesy_starts_nothing_stops_nothing_and_gets_no_mail(play: Play, text: str) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()

    _, record = await play.mail(gateway, text, answers=first_id)

    assert (record.outcome, record.reason, record.session_id) == (Outcome.CONTROL, "courtesy", first.session_id)
    assert (record.command_id, record.reply_id) == (None, None)
    assert (await play.command(first)).state is CommandState.RUNNING
    assert await worker.waiting(worker.input_url) == []
    await worker.succeed(running)
    assert (await play.sent(first)).kind == "succeeded"
    assert len(play.postbox.raw) == 1


async def test_a_question_waits_for_what_runs_and_its_answer_is_an_answer(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    running = await worker.begin()

    _, asked = await play.mail(gateway, "Why is the title red?", answers=first_id)
    command = await play.command(asked)

    assert (command.type, command.policy, command.state) == (CommandType.ASK, Policy.QUEUE, CommandState.ACCEPTED)
    assert (await play.command(first)).state is CommandState.RUNNING
    await worker.succeed(running)
    question = await worker.begin()
    assert question.type is CommandType.ASK
    await worker.finish(question, success=True, summary="Because the style sheet says so.")
    reply = await play.sent(asked)
    assert reply.kind == "answered"


async def test_stop_stops_at_once_in_a_thread_where_mails_queue(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "/queue always\r\nRework the page")
    worker = await play.worker()
    running = await worker.begin()

    await play.mail(gateway, "Stopp bitte, ich habe mich vertan\r\n\r\nViele Grüße\r\nAnna", answers=first_id)
    await worker.yield_to(running, await worker.interrupt())

    assert (await play.ended(first)).state is CommandState.INTERRUPTED


async def test_undo_stops_what_runs_even_where_mails_queue(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "/queue always\r\nRework the page")
    worker = await play.worker()
    running = await worker.begin()

    _, undo = await play.mail(gateway, "Can you undo the last change?", answers=first_id)
    await worker.yield_to(running, await worker.interrupt())

    assert (await play.ended(first)).state is CommandState.INTERRUPTED
    assert (await worker.begin()).type is CommandType.UNDO
    assert (await play.command(undo)).policy is Policy.INTERRUPT


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("Yes", "nothing_waits", "yes or no"),
        ("Publish it please", "nothing_waits", "yes or no"),
        ("help", "help", "undo"),
        ("Hello", "unclear", "not clear"),
        ("???", "unclear", "not clear"),
    ],
)
async def test_what_changes_nothing_is_answered_and_leaves_the_work_alone(
    play: Play, text: str, kind: str, said: str
) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()

    mail_id, record = await play.mail(gateway, text, answers=first_id)
    reply = await play.sent(record)

    assert (record.outcome, reply.kind) == (Outcome.CONTROL, kind)
    assert said in text_of(play.postbox.answers_to(mail_id)[0])
    assert (await play.command(first)).state is CommandState.RUNNING


async def test_a_yes_to_a_question_of_ours_is_the_answer_to_it(play: Play) -> None:
    gateway = await play.gateway()
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.finish(await worker.begin(), success=True, needs_input="The blue one?")
    assert (await play.ended(first)).state is CommandState.NEEDS_INPUT

    for text, question in (("Yes, please", "The blue one?"), ("OK", "Really?")):
        _, record = await play.mail(gateway, text, answers=first_id)
        assert record.outcome is Outcome.COMMAND
        command = await worker.begin()
        assert command.instruction == text
        assert command.context.previous is not None
        assert command.context.previous.question == question
        await worker.finish(command, success=True, needs_input="Really?")
        await play.ended(record)


async def test_status_and_stop_name_what_runs_in_another_thread(play: Play) -> None:
    gateway = await play.gateway()
    mail_id, record = await play.mail(gateway, "Stop everything")
    reply = await play.sent(record)

    assert (reply.kind, record.session_id) == ("stopped_nothing", None)
    assert "nothing to stop" in text_of(play.postbox.answers_to(mail_id)[0]).lower()


async def test_a_mail_without_a_body_is_its_subject_and_a_request_is_named_without_its_greeting(play: Play) -> None:
    gateway = await play.gateway()
    _, first = await play.mail(gateway, "", subject="Please change the title to Spring")
    worker = await play.worker()
    command = await worker.begin()
    assert command.instruction == "Please change the title to Spring"
    await worker.succeed(command)
    await play.ended(first)

    _, second = await play.mail(gateway, "Hallo,\r\n\r\nbitte den Titel ändern.\r\n\r\nViele Grüße\r\nAnna")
    assert (await play.command(second)).title == "bitte den Titel ändern."
    assert (await play.command(second)).context.title == "bitte den Titel ändern."


async def test_a_thread_remembers_the_language_and_the_clock_of_its_person(play: Play) -> None:
    gateway = await play.gateway()
    first_id, _ = await play.mail(gateway, "Bonjour, merci de changer les horaires pour nous")
    session = (await play.stand.sessions.all_mails())[0].session_id
    assert session is not None
    begun = await play.stand.sessions.get(session)
    assert begun is not None
    assert (begun.language, begun.offset) == ("fr", None), (
        "the mail's Date has +0000, as many servers write for everybody"
    )

    raw = (
        f"Message-ID: <clock@example.org>\r\nDate: Fri, 20 Nov 2026 15:30:00 +0530\r\nFrom: {ANNA}\r\nTo: {SITE}\r\n"
        f"Subject: Re: The site\r\nIn-Reply-To: {first_id}\r\n\r\n/queue\r\nEt la page d'accueil aussi\r\n"
    )
    await play.mail(gateway, "", raw=raw.encode())
    after = await play.stand.sessions.get(session)
    assert after is not None
    assert (after.language, after.offset) == ("fr", 330)

    status_id, asked = await play.mail(gateway, "Status", answers=first_id)
    await play.sent(asked)
    (mail,) = play.postbox.answers_to(status_id)
    told = " ".join(text_of(mail).split())
    since = datetime.datetime.fromtimestamp(play.clock.time(), datetime.timezone(datetime.timedelta(minutes=330)))
    assert told.startswith("Voici où nous en sommes."), "the word itself tells no language"
    assert f"à {since:%H:%M}" in told
    assert "UTC" not in told
