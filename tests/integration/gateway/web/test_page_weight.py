"""What the first page weighs, and that it reads by index."""

from __future__ import annotations

import re

from tests import direct
from tests.integration.gateway.play import Play
from tests.integration.gateway.web.visitors import serving, visiting


async def test_the_first_page_with_all_its_files_is_under_100_kb_and_scans_no_table(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        for number in range(20):
            await play.mail(gateway, f"Change number {number}", subject=f"Thread {number}")
        client = play.stand.clients.dynamodb
        assert isinstance(client, direct.Direct)

        async def refuse(*_: object) -> dict[str, object]:
            raise AssertionError("a scan")

        client.put_between("Scan", refuse)
        await visitor.sign_in("olga")
        _, page = await visitor.get("/")
        size = len(page.encode())
        for path in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))):
            status, text = await visitor.get(path)
            assert status == 200
            size += len(text.encode())
        for path in ("/threads", "/mails", "/replies", "/costs", "/workers", "/projects", "/audit"):
            assert (await visitor.get(path))[0] == 200
    assert "Change number 19" in page
    assert size < 100_000
