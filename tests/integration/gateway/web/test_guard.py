"""What a browser should not have sent, and what it may do with what it gets."""

from __future__ import annotations

import pytest
import yarl

from tests.integration.gateway.play import Play
from tests.integration.gateway.web.visitors import serving, visiting


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "a b"])
async def test_a_host_name_that_is_not_ours_is_refused(play: Play, host: str) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        assert (await visitor.get("/sign-in", host=host))[0] == 403
        assert (await visitor.get("/healthz", host=host or "x"))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
async def test_another_site_cannot_send_our_forms(play: Play, headers: dict[str, str]) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        assert (await visitor.sign_in("olga", **headers))[0] == 403
        assert (await visitor.get("/"))[0] == 303


async def test_every_answer_says_what_a_page_may_do(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        await visitor.sign_in("olga")
        for path in ("/", "/sign-in", "/nowhere", "/static/page.css"):
            async with visitor.client.get(visitor.base + path, allow_redirects=False) as answer:
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert "access-control-allow-origin" not in answer.headers


async def test_a_form_that_is_too_long_or_none_is_refused(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        assert (await visitor.post("/sign-in", {"name": "x" * 40_000}))[0] == 413
        async with visitor.client.post(f"{visitor.base}/sign-in", json={"name": "olga"}) as answer:
            assert answer.status == 415


async def test_a_page_that_does_not_exist_says_so_and_shows_no_name_to_strangers(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        status, text = await visitor.get("/no/such/page")
        assert status == 404
        assert "There is no such page" in text


async def test_without_the_setting_there_is_no_page(play: Play) -> None:
    async with serving(play, pages=False) as gateway, visiting(gateway) as visitor:
        assert (await visitor.get("/"))[0] == 404
        assert (await visitor.get("/sign-in"))[0] == 404


async def test_files_are_kept_by_the_browser_and_lead_nowhere_else(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        async with visitor.client.get(f"{visitor.base}/static/htmx.min.js") as answer:
            assert answer.status == 200
            assert "immutable" in answer.headers["cache-control"]
        url = yarl.URL(f"{visitor.base}/static/..%2f__init__.py", encoded=True)
        async with visitor.client.get(url) as answer:
            assert answer.status == 404
