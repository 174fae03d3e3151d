"""Sign-in: who gets in, for how long, and who does not."""

from __future__ import annotations

import asyncio

import pytest

from hermes.web.access import sign_in
from tests.integration.gateway.play import Play
from tests.integration.gateway.web import visitors
from tests.integration.gateway.web.visitors import serving, visiting
from tests.unit.web.access import test_load_balancer as balanced


async def test_a_password_opens_the_page_until_its_time_is_over(play: Play) -> None:
    async with serving(play, hours=1) as gateway, visiting(gateway) as visitor:
        assert await visitor.get("/?state=failed") == (303, "/sign-in?next=%2F%3Fstate%3Dfailed")
        assert (await visitor.sign_in("olga", "wrong password"))[0] == 403
        assert await visitor.sign_in("olga") == (303, "/")
        assert (await visitor.get("/"))[0] == 200
        play.clock.advance(3601)
        assert (await visitor.get("/"))[0] == 303


async def test_the_cookie_is_closed_to_scripts_and_other_sites(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        form = {"name": "olga", "password": visitors.PASSWORD}
        async with visitor.client.post(f"{visitor.base}/sign-in", data=form, allow_redirects=False) as answer:
            cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_over_https_the_cookie_is_for_https_and_this_host_alone(play: Play) -> None:
    settings = {"url": "https://hermes.example.com"}
    async with serving(play, **settings) as gateway, visiting(gateway) as visitor:
        form = {"name": "olga", "password": visitors.PASSWORD}
        there = {"host": "hermes.example.com", "origin": "https://hermes.example.com"}
        async with visitor.client.post(
            f"{visitor.base}/sign-in", data=form, headers=there, allow_redirects=False
        ) as answer:
            cookie = answer.headers["set-cookie"]
            assert "max-age=" in answer.headers["strict-transport-security"]
    assert cookie.startswith("__Host-hermes=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


async def test_sign_out_needs_the_forms_token_and_ends_the_visit(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        await visitor.sign_in("rita")
        token = await visitor.token()
        assert (await visitor.post("/sign-out", {"token": "x"}))[0] == 403
        assert (await visitor.get("/"))[0] == 200
        assert await visitor.post("/sign-out", {"token": token}) == (303, "/sign-in")
        assert (await visitor.get("/"))[0] == 303


async def test_a_link_signs_in_once_by_its_button_on_any_replica(play: Play) -> None:
    async with (
        serving(play) as first,
        serving(play) as second,
        visiting(first) as one,
        visiting(second) as other,
    ):
        secret = await visitors.link(play)
        assert (await one.get(f"/link/{secret}"))[0] == 200  # a mail scanner opens it too
        assert await other.post(f"/link/{secret}", {}) == (303, "/")
        assert "operator" in (await other.get("/"))[1]
        assert (await one.post(f"/link/{secret}", {}))[0] == 403
        one.client.cookie_jar.update_cookies(other.cookies)
        assert (await one.get("/"))[0] == 200


async def test_of_two_who_use_a_link_at_once_one_gets_in(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as one, visiting(gateway) as other:
        secret = await visitors.link(play)
        found = await asyncio.gather(one.post(f"/link/{secret}", {}), other.post(f"/link/{secret}", {}))
    assert sorted(status for status, _ in found) == [303, 403]


async def test_a_link_is_dead_after_its_minutes_and_one_of_nobodys_never_lived(play: Play) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        secret = await visitors.link(play, seconds=60)
        gone = await visitors.link(play, "somebody-gone")
        play.clock.advance(61)
        assert (await visitor.post(f"/link/{secret}", {}))[0] == 403
        await visitor.post(f"/link/{gone}", {})
        assert (await visitor.get("/"))[0] == 303


async def test_guessing_is_slowed_down_for_a_name_on_all_replicas_and_time_helps(play: Play) -> None:
    async with serving(play) as first, serving(play) as second, visiting(first) as guesser:
        play.clock.advance(900 - play.clock.time() % 900 + 1)  # a new window
        async with visiting(second) as other:
            tries = [(guesser, other)[number % 2] for number in range(sign_in.TRIES_PER_NAME)]
            found = await asyncio.gather(*(one.sign_in("olga", f"guess {one}") for one in tries))
            assert {status for status, _ in found} == {403}
            assert (await other.sign_in("olga"))[0] == 429
            assert (await guesser.sign_in("rita"))[0] == 303
            play.clock.advance(900)
            assert (await other.sign_in("olga"))[0] == 303


async def test_one_address_may_not_guess_at_many_names(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "TRIES_PER_ADDRESS", 3)
    async with serving(play) as gateway, visiting(gateway) as guesser:
        play.clock.advance(900 - play.clock.time() % 900 + 1)
        names = [f"name{number}" for number in range(sign_in.TRIES_PER_ADDRESS)]
        found = await asyncio.gather(*(guesser.sign_in(name) for name in names))
        assert {status for status, _ in found} == {403}
        assert (await guesser.sign_in("olga"))[0] == 429


async def test_a_new_password_or_a_removed_name_ends_what_the_old_one_began(play: Play) -> None:
    async with serving(play) as before, visiting(before) as visitor:
        await visitor.sign_in("olga")
        other_hash = visitors.HASH.replace("c2FsdHNhbHRzYWx0", "c2FsdHNhbHRzYWx1")
        for users in ([{"name": "olga", "hash": other_hash}], [{"name": "rita"}]):
            async with serving(play, users=users) as after, visiting(after) as again:
                again.client.cookie_jar.update_cookies(visitor.cookies)
                assert (await again.get("/"))[0] == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-Forwarded-Email": "olga", "X-Hermes-Proxy": "p" * 32}, 200),
        ({"X-Forwarded-Email": "olga", "X-Hermes-Proxy": "q" * 32}, 303),
        ({"X-Forwarded-Email": "olga"}, 303),
        ({"X-Forwarded-Email": "mallory", "X-Hermes-Proxy": "p" * 32}, 303),
    ],
)
async def test_a_proxy_is_believed_by_its_secret_about_people_of_the_configuration(
    play: Play, headers: dict[str, str], status: int
) -> None:
    settings = {"proxy": {"secret": "p" * 32}}
    async with serving(play, **settings) as gateway, visiting(gateway) as visitor:
        assert (await visitor.get("/", **headers))[0] == status


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example", "/\\evil.example", "\\\\evil", "/a\nb", ""]
)
async def test_sign_in_leads_to_no_other_site(play: Play, target: str) -> None:
    async with serving(play) as gateway, visiting(gateway) as visitor:
        form = {"name": "olga", "password": visitors.PASSWORD, "next": target}
        assert await visitor.post("/sign-in", form) == (303, "/")


async def test_a_load_balancer_signs_in_by_its_own_token_with_a_key_from_where_its_keys_are(play: Play) -> None:
    keys = await asyncio.start_server(_keys, "127.0.0.1", 0)
    port = keys.sockets[0].getsockname()[1]
    balancer = {"signer": balanced.SIGNER, "keys_url": f"http://127.0.0.1:{port}/{{kid}}"}
    users = [{"name": "olga@acme.example", "role": "operator"}]
    ends = play.clock.time() + 60
    given = balanced.token(exp=ends, claims={"exp": ends})
    async with keys, serving(play, load_balancer=balancer, users=users) as gateway, visiting(gateway) as visitor:
        assert (await visitor.get("/"))[0] == 303
        status, text = await visitor.get("/", **{sign_in.BALANCER_HEADER: given})
        assert (status, "olga@acme.example" in text) == (200, True)
        eve = balanced.token(exp=ends, claims={"exp": ends, "email": "eve@evil.example"})
        assert (await visitor.get("/", **{sign_in.BALANCER_HEADER: eve}))[0] == 303
        elsewhere = balanced.token(exp=ends, claims={"exp": ends}, signer=f"{balanced.SIGNER}0")
        assert (await visitor.get("/", **{sign_in.BALANCER_HEADER: elsewhere}))[0] == 303
        play.clock.advance(100)
        assert (await visitor.get("/", **{sign_in.BALANCER_HEADER: given}))[0] == 303
        unknown = balanced.token(exp=ends + 200, claims={"exp": ends + 200}, kid="f" + balanced.KID[1:])
        assert (await visitor.get("/", **{sign_in.BALANCER_HEADER: unknown}))[0] == 503
    async with serving(play, users=users) as gateway, visiting(gateway) as visitor:
        play.clock.advance(-100)
        assert (await visitor.get("/", **{sign_in.BALANCER_HEADER: given}))[0] == 303


async def _keys(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    there = head.startswith(f"GET /{balanced.KID} ".encode())
    body = balanced.pem() if there else b""
    status = b"200 OK" if there else b"500 Gone"
    writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (status, len(body), body))
    await writer.drain()
    writer.close()
