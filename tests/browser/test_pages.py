"""Every page in Chromium, small and large, light and dark: nothing runs that should not, nothing is refused, everybody can use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import axe
from tests.browser.chromium import Chromium, Tab
from tests.browser.world import World, world
from tests.integration.gateway.play import Play


def _pages(world: World) -> dict[str, str]:
    return {
        "now": "/",
        "threads": "/threads",
        "thread": f"/threads/{world.done.session_id}",
        "thread-running": f"/threads/{world.running.session_id}",
        "thread-attack": f"/threads/{world.attack.session_id}",
        "mails": "/mails",
        "mail": f"/mails/{world.refused.mail_id}",
        "replies": "/replies",
        "reply": f"/replies/{world.done.command_id}%23final",
        "costs": "/costs",
        "workers": "/workers",
        "dead-letters": "/dead-letters",
        "projects": "/projects",
        "audit": "/audit",
        "no-page": "/nowhere",
    }


async def _look(tab: Tab, url: str, picture: Path) -> list[str]:
    await tab.go(url)
    wide = await tab.run("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    await tab.picture(picture)
    found = await axe.violations(tab)
    return [f"{picture.stem}: {one}" for one in [*found, *(["it is wider than the screen"] if wide else [])]]


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)], ids=["large-light", "small-dark"])
async def test_every_page_is_usable_and_runs_nothing_of_a_strangers(
    play: Play, chromium: Chromium, pictures: Path, width: int, dark: bool
) -> None:
    async with world(play) as there, there.visit(chromium, width=width) as tab:
        await tab.resize(width, dark=dark)
        wrong = []
        for name, path in _pages(there).items():
            wrong += await _look(tab, there.base + path, pictures / f"{name}-{width}.png")
        async with chromium.tab(width=width, dark=dark) as stranger:
            wrong += await _look(stranger, there.base + "/sign-in", pictures / f"sign-in-{width}.png")
        complaints = [
            one for one in [*tab.complaints, *stranger.complaints] if "/nowhere" not in one and "events" not in one
        ]
    assert wrong == []
    assert complaints == []
