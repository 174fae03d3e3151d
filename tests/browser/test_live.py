"""What moves by itself: logs, the first page, threads; also when the gateway that was looked at is gone."""

from __future__ import annotations

from pathlib import Path

from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.operating.live_log import STEP, segment_key
from tests.browser import axe
from tests.browser.chromium import Chromium
from tests.browser.world import ANSI, ATTACK, World, world
from tests.integration.gateway.play import Play
from tests.integration.gateway.web import visitors


async def _end(there: World, command: Command) -> None:
    given = {"command_id": command.command_id, "attempt": command.attempt, "success": True, "summary": "It is done."}
    await there.gateway.finisher.finish(wire.ResultMessage.model_validate(given))


async def test_a_log_grows_on_the_page_and_can_be_searched(play: Play, chromium: Chromium, pictures: Path) -> None:
    async with world(play) as there, there.visit(chromium) as tab:
        command = await play.command(there.running)

        async def segment(number: int, text: str) -> None:
            key = segment_key(command.session_id, command.command_id, command.attempt, number)
            await play.stand.objects.put(key, text.encode())

        await segment(0, f"{STEP} agent: Working\nReading index.html\n")
        await tab.go(there.thread(there.running))
        await tab.click("Live log")
        assert "Reading index.html" in await tab.text("pre.log")
        await segment(1, f"{ATTACK}{ANSI}\nWriting index.html\n")
        await tab.until("document.querySelector('pre.log').innerText.includes('Writing index.html')")
        assert await tab.run("document.querySelectorAll('pre.log *').length") == 0
        assert "\x1b" not in await tab.text("pre.log")
        await tab.picture(pictures / "log-1440.png")
        wrong = await axe.violations(tab)
        await _end(there, command)
        await tab.until("document.getElementById('live-state').innerText === 'ended'")
        await tab.fill(q="writing")
        await tab.click("Search")
        assert (await tab.text("pre.log")).strip() == "Writing index.html"
    assert wrong == []
    assert tab.complaints == []


async def test_the_first_page_and_a_thread_move_and_keep_what_the_reader_opened(play: Play, chromium: Chromium) -> None:
    async with world(play) as there, there.visit(chromium) as tab:
        await tab.go(there.base)
        assert (await tab.text(".figures dd")).strip() == "1"
        _, new = await play.mail(there.gateway, "Translate the page", subject="Translation")
        await tab.until("document.querySelector('main').innerText.includes('Translate the page')")
        await tab.go(there.thread(there.running))
        await tab.run(
            "document.querySelector('details').open = true, document.querySelector('details').dataset.mine = '1'"
        )
        await _end(there, await play.command(there.running))
        await tab.until("document.querySelector('main').innerText.includes('It is done.')")
        assert await tab.run("document.querySelector('[data-mine]').open"), "what did not change is not replaced"
        assert "running" not in await tab.text("aside")
    assert new.session_id


async def test_a_page_goes_on_at_another_replica_after_its_own_has_died(play: Play, chromium: Chromium) -> None:
    """Behind one address, as a load balancer has it."""
    async with world(play) as there, there.visit(chromium) as tab:
        assert there.gateway.site is not None
        port = there.gateway.site.server.port
        await tab.go(there.base)
        await tab.until("document.getElementById('live-state').innerText === 'live'")
        await visitors.stop(there.gateway)
        await tab.until("document.getElementById('live-state').innerText.includes('trying again')")
        async with visitors.serving(play, port=port) as other:
            await play.mail(other, "Translate the page", subject="Translation")
            await tab.until("document.querySelector('main').innerText.includes('Translate the page')")
            assert await tab.text("#live-state") == "live"


async def test_without_scripts_every_list_and_thread_is_there(play: Play, chromium: Chromium) -> None:
    async with world(play) as there, there.visit(chromium) as tab:
        await tab.send("Emulation.setScriptExecutionDisabled", value=True)
        for path, words in (
            ("/", "Rework the whole page"),
            ("/threads?state=succeeded", "The homepage"),
            (f"/threads/{there.done.session_id}", "The title is “Spring”"),
        ):
            await tab.send("Page.navigate", url=there.base + path)
            await tab.shows(words)
