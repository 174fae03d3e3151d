"""What the page shows in these tests: people at work in every state, and one who attacks whoever looks."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from hermes.app.gateway import Gateway
from hermes.domain.mails import MailRecord
from tests.browser.chromium import Chromium, Tab
from tests.integration.gateway.console import done
from tests.integration.gateway.play import BOB, EVE, SHOP, Play
from tests.integration.gateway.web import visitors

#: In whatever an attacker may write: were one of them not escaped, a script would run, or the page break.
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)> {{7*7}} &lt;b&gt;"
ANSI = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;javascript:alert(4)\x1b\\link\x1b]8;;\x1b\\"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A gateway whose page is served, and what is on it."""

    play: Play
    gateway: Gateway
    done: MailRecord
    running: MailRecord
    attack: MailRecord
    other: MailRecord
    """Of another project."""
    refused: MailRecord

    @property
    def base(self) -> str:
        """Where the page is."""
        assert self.gateway.site is not None
        return f"http://127.0.0.1:{self.gateway.site.server.port}"

    def thread(self, record: MailRecord) -> str:
        """The address of a mail's thread."""
        return f"{self.base}/threads/{record.session_id}"

    @contextlib.asynccontextmanager
    async def visit(self, chromium: Chromium, *, name: str = "olga", width: int = 1440) -> AsyncIterator[Tab]:
        """A tab of somebody who has signed in."""
        secret = await visitors.link(self.play, name)
        async with chromium.tab(width=width) as tab:
            await tab.go(f"{self.base}/link/{secret}")
            await tab.click("Sign in")
            yield tab


@contextlib.asynccontextmanager
async def world(play: Play) -> AsyncIterator[World]:
    """The world, with its page."""
    async with visitors.serving(play) as gateway:
        _, first = await play.mail(
            gateway,
            "Please change the title of the homepage to “Spring”.\n\nAnd make the button green.\n\n-- \nAnna Berg\n"
            "\nOn Mon, 23 Nov 2026, Bob wrote:\n> Could we have a title that says what we sell?\n",
            subject="The homepage",
        )
        await done(
            play,
            gateway,
            first,
            summary="The title is “Spring” and the button is green.",
            files_changed=("index.html", "css/site.css"),
            git_commit="b3f1c2d4" * 5,
            branch="thread-homepage",
            pushed=True,
            cost_usd=0.42,
            preview_url="https://preview.example.com/thread-homepage/",
        )
        _, failed = await play.mail(
            gateway, "Add a product page for the blue chair", to=SHOP, sender=BOB, subject="Blue chair"
        )
        await done(
            play, gateway, failed, success=False, error="The build failed: product.html is missing.", cost_usd=0.07
        )
        _, attack = await play.mail(gateway, ATTACK + ANSI, subject=ATTACK, sender=f'"{EVE}" <mallory@acme.example>')
        await done(
            play,
            gateway,
            attack,
            summary=ATTACK + ANSI,
            files_changed=(ATTACK,),
            branch="thread-x",
            git_commit="c" * 40,
            pushed=True,
            preview_url="javascript:alert(5)",
        )
        _, running = await play.mail(gateway, "Rework the whole page for the summer sale", subject="Summer sale")
        command = await play.command(running)
        await play.stand.commands.claim(
            command.command_id, attempt=command.attempt, gen=1, token="t", now=play.clock.time()
        )
        _, refused = await play.mail(gateway, "Let me in", sender=EVE, subject="Hello", trusted=False)
        facts = {"reason": "it cannot be read", "source": "t-inbound"}
        await gateway.records.queues.send(gateway.records.places.dead, "nobody reads " + ATTACK, attributes=facts)
        yield World(
            play=play, gateway=gateway, done=first, running=running, attack=attack, other=failed, refused=refused
        )
