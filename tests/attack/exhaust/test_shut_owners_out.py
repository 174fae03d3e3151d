"""A stranger wants nobody else to get in: by taking all places, by being slow, by floods of small mails, by a full spool."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import time
from typing import Any

from tests.attack import door
from tests.attack.conftest import Doorway
from tests.attack.table import Figures

KEY = "a-key-of-twenty-chars"
HTTP: dict[str, Any] = {"enabled": True, "port": 0, "providers": [{"name": "edge", "kind": "hmac", "secret": KEY}]}
OFTEN = {"mails_per_minute_per_address": 10_000, "mails_per_minute_per_network": 10_000}
SECONDS = 2.0


def post(raw: bytes) -> bytes:
    """A request of the owner's own script."""
    stamp = str(int(time.time()))
    signed = f"{stamp}\n{door.OWNER}\n{door.OURS}\n".encode() + raw
    lines = [
        "POST /ingress/edge HTTP/1.1",
        "Host: hermes.test",
        f"X-Hermes-Timestamp: {stamp}",
        f"X-Hermes-Sender: {door.OWNER}",
        f"X-Hermes-Recipient: {door.OURS}",
        f"X-Hermes-Signature: {hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()}",
        f"Content-Length: {len(raw)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


async def owner_posts(house: door.Door) -> tuple[str, float]:
    took = house.watch()
    client = await house.connect("http")
    client.writer.write(post(door.MAIL + str(time.monotonic()).encode()))
    said = await client.answer()
    client.close()
    return said, took()


async def test_by_connections_that_say_nothing(doorway: Doorway, large: bool, figures: Figures) -> None:
    count = 210 if large else 30
    async with doorway(http_ingress=HTTP, ingress_limits={"connections": 200 if large else 25}) as house:
        for way in ("smtp", "http"):
            idle = await house.connect_all(way, count)
            if way == "http":
                for client in idle[::2]:
                    client.writer.write(b"POST /ingress/edge HTTP/1.1\r\nX-Long: ")

            said, seconds = await (house.owner_writes() if way == "smtp" else owner_posts(house))
            figures.add(f"{way}_idle", count)
            figures.add(f"{way}_owner_seconds", seconds)

            assert said[:3] == "250" or " 200 " in said, said
            if large:
                assert seconds <= SECONDS
            if way == "smtp":
                assert (await idle[0].answer())[:3] in {"220", "421"}
                assert (await idle[0].answer())[:3] in {"421", ""}


async def test_from_one_address_by_many_connections(doorway: Doorway, large: bool, figures: Figures) -> None:
    async with doorway() as house:
        many = [await house.connect("smtp", "127.66.0.1") for _ in range(40)]
        said = [(await client.answer())[:3] for client in many]
        owner, seconds = await house.owner_writes()
        figures.add("let_in", said.count("220"))
        figures.add("owner_seconds", seconds)

    assert said == ["220"] * 20 + ["421"] * 20
    assert owner[:3] == "250"


async def test_by_a_flood_of_small_mails_to_many_sub_addresses(doorway: Doorway, large: bool, figures: Figures) -> None:
    count = 100 if large else 30
    async with doorway(ingress_limits={"mails_per_minute_per_address": 20}) as house:
        client = await house.connect("smtp", "127.66.0.1")
        await client.answer()
        await client.say("EHLO client")
        await client.say("MAIL FROM:<x@stranger.test>")
        one = [(await client.say(f"RCPT TO:<site+{number}@hermes.test>"))[:3] for number in range(count)]
        later = []
        for number in range(count):
            await client.say("RSET")
            await client.say("MAIL FROM:<x@stranger.test>")
            later.append((await client.say(f"RCPT TO:<site+{number}@hermes.test>"))[:3])
        owner, seconds = await house.owner_writes()
        figures.add("sub_addresses_taken", one.count("250"))
        figures.add("mails_taken", later.count("250"))
        figures.add("owner_seconds", seconds)

    assert one == ["250"] * 5 + ["452"] * (count - 5)
    assert 10 <= later.count("250") <= 17 + seconds
    assert set(later) == {"250", "451"}
    assert owner[:3] == "250"


async def test_by_filling_the_spool(doorway: Doorway, large: bool, figures: Figures) -> None:
    limits = {**OFTEN, "spool_bytes": 64 * door.MIB, "memory_bytes": door.MIB}
    async with doorway(ingress_limits=limits) as house:
        hoard = [await house.connect("smtp", "127.66.0.1") for _ in range(6)]
        await asyncio.gather(*(client.begin() for client in hoard))
        await asyncio.gather(*(client.send(12 * door.MIB) for client in hoard))

        owner = await house.connect("smtp")
        await owner.begin()
        await owner.send(4 * door.MIB)
        said = await owner.say(".")
        small, seconds = await house.owner_writes()
        ends = [(await client.say("."))[:3] for client in hoard]
        figures.add("refused", ends.count("452"))
        figures.add("owner_seconds", seconds)

    assert said[:3] == "250"
    assert small[:3] == "250"
    assert "452" in ends
    assert set(ends) <= {"250", "452"}


async def test_by_endless_commands(doorway: Doorway, large: bool, figures: Figures) -> None:
    async with doorway() as house:
        client = await house.connect("smtp", "127.66.0.1")
        await client.answer()
        said = [""]
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                said.append(await client.say("NOOP"))
                if not said[-1]:
                    break
        owner, _ = await house.owner_writes()
        figures.add("answered", said.count("250 OK"))

    assert said[-2][:3] == "421"
    assert len(said) < 40
    assert owner[:3] == "250"


async def test_by_posts_in_countless_pieces(doorway: Doorway, large: bool, figures: Figures) -> None:
    """Each piece of a chunked body is an event of the loop, and whoever may post without a proof in the header may send millions."""
    count = 100 if large else 10
    head = "POST /ingress/mailgun HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    pieces = {"bare": b"1\r\nx\r\n" * 100_000, "extended": b"1;" + b"a" * 40 + b"\r\nx\r\n" + b"1\r\nx\r\n" * 100_000}
    providers = [*HTTP["providers"], {"name": "mailgun", "kind": "mailgun", "secret": KEY}]

    async def flood(client: door.Client, body: bytes) -> str:
        client.writer.write(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + body)
        return await client.answer()

    async with doorway(http_ingress={**HTTP, "providers": providers}, ingress_limits=OFTEN) as house:
        many = await house.connect_all("http", count)
        before = house.cpu_seconds
        said = await asyncio.gather(
            *(flood(client, list(pieces.values())[number % 2]) for number, client in enumerate(many))
        )
        spent = (house.cpu_seconds - before) / count
        owner, seconds = await owner_posts(house)
        figures.add("posts", count)
        figures.add("cpu_ms_each", spent * 1000)
        figures.add("owner_seconds", seconds)

    assert {one[:12] for one in said} <= {"HTTP/1.1 400", ""}
    assert " 200 " in owner
    # One of them whole would take a second.
    assert spent < 0.1
