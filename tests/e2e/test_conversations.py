"""What a mail means and what follows, over a running `hermes dev`: while a command runs and while none does, in four languages."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from hermes.domain.commands import CommandState
from hermes.domain.reply_facts import ReplyKind
from hermes.mail.write.templates import LANGUAGES
from tests.e2e import dev as running_dev

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


@dataclasses.dataclass(frozen=True)
class Talk:
    """The mails of one conversation. The demo's agent knows two sentences of English; what stands around them is the language's own."""

    code: str
    slow: str
    title: str
    thanks: tuple[str, ...]
    status: str
    question: str
    help: str
    yes: str
    no: str
    publish: str
    stop: str
    undo: str


TALKS = (
    Talk(
        code="en", slow="Please do this for us: rework the whole page. Thanks!", title="Please update the homepage title to 'Fresh'",
        thanks=("Thanks!", "Great job", "👍"), status="How far are you?", question="Why is the title so long?", help="help",
        yes="Yes, please.", no="No, thanks", publish="Publish it", stop="Stop, I made a mistake", undo="can you undo the last change?",
    ),
    Talk(
        code="de", slow="Bitte machen Sie das auch für mich, und zwar so: rework the whole page. Danke!",
        title="Bitte ändern Sie den Titel und machen Sie es so: homepage title to 'Frisch'",
        thanks=("Danke dir, super!", "Alles klar", "🎉"), status="Wie weit bist du?", question="Warum ist der Titel so lang?", help="Hilfe",
        yes="Ja, bitte", no="Nein danke", publish="Bitte veröffentlichen", stop="Stopp bitte, ich habe mich vertan",
        undo="Mach das bitte rückgängig",
    ),
    Talk(
        code="fr", slow="Bonjour, merci de faire ceci pour nous avec tous les textes : rework the whole page",
        title="Bonjour, merci de mettre ceci pour nous dans votre page : homepage title to 'Frais'",
        thanks=("Merci beaucoup !", "Parfait", "👏"), status="Où en êtes-vous ?",
        question="Pourquoi le titre est-il si long ?", help="Aide", yes="Oui", no="Non merci",
        publish="Publiez-le", stop="Arrêtez tout, s'il vous plaît",
        undo="Annulez la dernière modification",
    ),
    Talk(
        code="es", slow="Hola, por favor haga esto para todos nosotros con los textos nuevos: rework the whole page",
        title="Hola, por favor ponga esto para nosotros: homepage title to 'Fresco'",
        thanks=("¡Muchas gracias!", "Perfecto", "❤️"), status="¿Cómo va?", question="¿Por qué es tan largo el título?", help="Ayuda",
        yes="Sí", no="No, gracias", publish="Publícalo", stop="Para, por favor", undo="Deshaz el último cambio",
    ),
)  # fmt: skip


class Thread:
    """One conversation; every mail answers the first."""

    def __init__(self, dev: running_dev.Dev, talk: Talk) -> None:
        self.dev = dev
        self.talk = talk
        self.words = LANGUAGES[talk.code]
        self.first = ""

    async def write(self, text: str) -> str:
        message_id = await self.dev.send(text, in_reply_to=self.first or None, subject=f"Re: {self.talk.code}")
        self.first = self.first or message_id
        return message_id

    async def told(self, message_id: str) -> str:
        return " ".join(running_dev.text_of(await self.dev.reply(message_id)).split())

    async def answered(self, text: str, kind: ReplyKind) -> str:
        """The reply to a mail, which is of this kind and in the thread's language."""
        told = await self.told(await self.write(text))
        headline = " ".join(self.words.headlines[kind].headline.split())
        assert told.startswith(headline), f"{text}: {told}"
        return told

    async def running(self) -> None:
        """Until the first mail's command runs, by what `status` says."""
        for _ in range(100):
            if self.words.states[CommandState.RUNNING] in await self.answered(self.talk.status, ReplyKind.STATUS):
                return
            await asyncio.sleep(0.2)
        raise AssertionError("it never ran")


async def _while_a_command_runs(thread: Thread) -> list[str]:
    """Nothing but a stop touches it. Returns the mails that get no answer."""
    talk, words = thread.talk, thread.words
    slow = await thread.write(talk.slow)
    await thread.running()
    silent = [await thread.write(one) for one in talk.thanks]
    question = await thread.write(talk.question)
    await thread.answered(talk.help, ReplyKind.HELP)
    for text in (talk.yes, talk.no, talk.publish):
        await thread.answered(text, ReplyKind.NOTHING_WAITS)
    await thread.answered("???", ReplyKind.UNCLEAR)
    still = await thread.answered(talk.status, ReplyKind.STATUS)
    assert words.states[CommandState.RUNNING] in still
    assert thread.dev.replies(question) == thread.dev.replies(slow) == []

    stop = await thread.write(talk.stop)
    stopped = await thread.told(slow)
    assert stopped.startswith(" ".join(words.headlines[ReplyKind.INTERRUPTED].headline.split()))
    assert " ".join(words.kept.split()) in stopped, "its work is kept"
    assert " ".join(words.never_started.split()) in await thread.told(question), "a stop is for all that waits, too"
    return [*silent, stop]


async def _while_nothing_runs(thread: Thread) -> list[str]:
    talk, words = thread.talk, thread.words
    silent = [await thread.write(one) for one in talk.thanks]
    await thread.answered(talk.stop, ReplyKind.STOPPED_NOTHING)
    idle = await thread.answered(talk.status, ReplyKind.STATUS)
    assert " ".join(words.waiting_none.split()) in idle
    for text in (talk.yes, talk.no, talk.publish):
        await thread.answered(text, ReplyKind.NOTHING_WAITS)
    await thread.answered("???", ReplyKind.UNCLEAR)
    title, question = await thread.write(talk.title), await thread.write(talk.question)
    answer = await thread.told(question)
    assert answer.startswith("I am only the demo's agent"), "the answer itself comes first"
    assert " ".join(words.headlines[ReplyKind.ANSWERED].then.split()) in answer
    done = await thread.told(title)
    assert done.startswith(words.headlines[ReplyKind.SUCCEEDED].headline), "a question waits, and interrupts nothing"
    undone = await thread.answered(talk.undo, ReplyKind.SUCCEEDED)
    assert talk.title[:20] in undone, "it names what it took back"
    assert " ".join(words.undone_then.split()) in undone
    twice = await thread.answered(talk.undo, ReplyKind.SUCCEEDED)
    assert talk.slow[:20] in twice, "twice means two"
    nothing_left = await thread.told(await thread.write(talk.undo))
    assert (
        " ".join(next(w.body for f, w in words.faults.items() if f.value == "nothing_to_undo").split()) in nothing_left
    )
    return silent


async def _conversation(dev: running_dev.Dev, talk: Talk) -> list[str]:
    thread = Thread(dev, talk)
    return [*await _while_a_command_runs(thread), *await _while_nothing_runs(thread)]


async def test_every_kind_of_mail_is_followed_by_what_it_means_in_four_languages(tmp_path: Path) -> None:
    async with running_dev.dev(tmp_path / "state") as dev:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_conversation(dev, talk)) for talk in TALKS]
        for talk, task in zip(TALKS, tasks, strict=True):
            for message_id in task.result():
                assert dev.replies(message_id) == [], (
                    f"{talk.code}: a courtesy or a stop that stopped gets no mail of its own"
                )
