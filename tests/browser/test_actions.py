"""Every action from its link on a page to the audit: a confirmation that says what will happen, a reason, and what came of it."""

from __future__ import annotations

from pathlib import Path

from hermes.domain.commands import CommandState
from hermes.domain.replies import ReplyState
from tests.browser import axe
from tests.browser.chromium import Chromium, Tab
from tests.browser.world import world
from tests.integration.gateway.play import Play


async def _do(tab: Tab, button: str, *, says: str, **fields: str) -> None:
    """Confirm the action whose page is open, and read what came of it."""
    await tab.fill(reason=f"because of {button}", **fields)
    await tab.click(button, "main form button")
    found = await tab.text("main")
    assert says in found, found


async def test_an_operator_acts_from_the_page_and_the_audit_has_each_action(
    play: Play, chromium: Chromium, pictures: Path
) -> None:
    async with world(play) as there, there.visit(chromium) as tab:
        await tab.go(there.base)
        await tab.click("Stop", "main td a")
        assert "is stopped" in await tab.text("main")
        await tab.picture(pictures / "act-1440.png")
        wrong = await axe.violations(tab)
        await tab.run("document.querySelector('[name=reason]').required = false")
        await tab.click("Stop it", "main form button")
        assert "Say why" in await tab.text("main")
        await _do(tab, "Stop it", says="is being stopped")
        assert (await play.command(there.running)).state is CommandState.INTERRUPTING

        await tab.go(there.thread(there.done))
        await tab.click("Run again")
        await _do(tab, "Run it again", says="accepted again")

        outbox = there.gateway.records.outbox
        given_up = next(one for one in await outbox.all() if one.kind == "succeeded")
        await outbox.failed(given_up, error="553 no such user")
        await tab.go(f"{there.base}/replies?state=failed")
        await tab.click("Send again")
        await _do(tab, "Send it again", says="is on its way")
        due = await outbox.get(given_up.reply_id)
        assert due is not None
        assert (due.state, due.error[:16]) == (ReplyState.PENDING, "to be sent again")
        assert due.due is not None
        await tab.go(f"{there.base}/mails/{there.refused.mail_id}")
        await tab.click("Take up again")
        await _do(tab, "Take it up", says="on the inbound queue")

        await tab.go(f"{there.base}/act/block?subject=spam%40elsewhere.test")
        await _do(tab, "Block", says="Blocked: spam@elsewhere.test")
        await tab.go(f"{there.base}/projects")
        await tab.click("Pause")
        await _do(tab, "Pause", says="Paused: project acme/shop")
        await tab.go(there.base)
        await tab.click("Resume", "main li a")
        await _do(tab, "Resume", says="Resumed")
        await tab.go(there.base)
        await tab.click("Unblock", "main li a")
        await _do(tab, "Unblock", says="read again")
        await tab.go(f"{there.base}/workers")
        await tab.click("Drain")
        await _do(tab, "Drain it", says="takes nothing more")

        await tab.go(f"{there.base}/dead-letters")
        await tab.click("Drop")
        await _do(tab, "Drop for good", says="1 message dropped")
        held = there.gateway.records
        facts = {"reason": "it was too much", "source": held.names.inbound}
        await held.queues.send(held.places.dead, "once more", attributes=facts)
        await tab.go(f"{there.base}/dead-letters")
        await tab.click("Redrive")
        await _do(tab, "Redrive", says="1 message sent back")
        assert "once more" in [one.body for one in await held.queues.receive(held.places.inbound, wait_seconds=1)]

        await tab.go(f"{there.base}/audit")
        shown = await tab.text("table")
        await tab.picture(pictures / "audit-1440.png")
        wrong += await axe.violations(tab)
    for name in (
        "stop",
        "retry",
        "take-up",
        "block",
        "pause",
        "resume",
        "unblock",
        "resend",
        "drain",
        "redrive",
        "drop",
    ):
        assert name in shown
    assert shown.count("olga") >= 11
    assert "because of Stop it" in shown
    assert wrong == []
    assert [one for one in tab.complaints if "400" not in one] == []


async def test_a_reader_sees_no_action_and_may_do_none(play: Play, chromium: Chromium) -> None:
    async with world(play) as there, there.visit(chromium, name="rita") as tab:
        await tab.go(there.thread(there.running))
        assert "Stop" not in await tab.text("main")
        await tab.go(f"{there.base}/act/stop?subject={there.running.command_id}")
        assert "needs the role" in await tab.text("main")
    assert (await play.command(there.running)).state is CommandState.RUNNING


async def test_somebody_of_one_project_sees_nothing_of_another(play: Play, chromium: Chromium) -> None:
    async with world(play) as there, there.visit(chromium, name="acme") as tab:
        for path in ("/", "/threads", "/mails", "/replies", "/costs", "/projects"):
            await tab.go(there.base + path)
            text = await tab.text()
            assert "acme/site" in text or path == "/mails"
            assert "acme/shop" not in text
            assert "Blue chair" not in text
        for path in ("/dead-letters", f"/threads/{there.other.session_id}", f"/mails/{there.other.mail_id}"):
            await tab.go(there.base + path)
            assert "Blue chair" not in await tab.text()
            assert await tab.run("document.title.includes('no such page') || document.title.includes('did not work')")
