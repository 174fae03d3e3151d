"""A process dies while it takes a mail in: its sender hears no yes before mail and pointer are stored, and the copies are one mail."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.aws.clients import Clients
from hermes.ingress.http import providers
from hermes.ingress.pipe import PipeExit
from hermes.local import letter
from tests.faults import siege
from tests.faults.letters import Letter

SEED = 4713
KEY = "a-key-of-twenty-chars"
#: What a mail server in front says of a mail that comes by post or by pipe.
VOUCHED = b"Authentication-Results: mx.people.test; dmarc=pass header.from=people.test\r\n"
VOUCHING = {"authserv_id": "mx.people.test"}
SECTIONS: dict[str, Any] = {
    "http_ingress": {
        "enabled": True,
        "port": 0,
        "providers": [{"name": "script", "kind": "hmac", "secret": KEY, "window_seconds": 600, **VOUCHING}],
    },
    "pipe_ingress": VOUCHING,
    "authentication": {"own_check": False},
}
#: The raw mail is stored; its pointer is, too.
POINTS = ("deposit.kept", "deposit.told")


async def by_smtp(attacked: siege.Siege, one: Letter, point: str) -> bool:
    """Was it taken?"""
    gateway = await attacked.gateway(point)
    try:
        await letter.send(one.raw, sender=one.sender, to=one.to, host="127.0.0.1", port=gateway.port)
    except errors.MailDeferred:
        return False
    return True


async def by_post(attacked: siege.Siege, one: Letter, point: str) -> bool:
    """Was it taken?"""
    gateway = await attacked.gateway(point)
    stamp = str(int(time.time()))
    signature = providers.sign(KEY.encode(), stamp, one.sender, one.to, one.raw).decode()
    headers = {
        "X-Hermes-Timestamp": stamp,
        "X-Hermes-Recipient": one.to,
        "X-Hermes-Sender": one.sender,
        "X-Hermes-Signature": signature,
    }
    status = await post(gateway.http, "/ingress/script", one.raw, headers)
    assert status in (None, 200)
    return status == 200


async def post(port: int, path: str, body: bytes, headers: dict[str, str]) -> int | None:
    """The status of the answer; none if there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        given = {"Host": "127.0.0.1", "Content-Length": str(len(body)), "Connection": "close", **headers}
        head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
        writer.write("\r\n".join(head).encode() + body)
        async with asyncio.timeout(60):
            said = (await reader.readline()).split()
        return int(said[1]) if said else None
    except ConnectionError:
        return None
    finally:
        writer.close()


async def by_pipe(attacked: siege.Siege, one: Letter, point: str) -> bool:
    """Was it taken?"""
    code = await attacked.pipe(one, point)
    assert code in (None, PipeExit.OK)
    return code == PipeExit.OK


@pytest.mark.timeout(200)
async def test_a_mail_whose_taker_dies_is_offered_again_and_handled_once(
    tmp_path: Path, endpoint_url: str, aws_clients: Clients
) -> None:
    async with siege.siege(tmp_path, endpoint_url, aws_clients, seed=SEED, **SECTIONS) as attacked:
        for number, way in enumerate((by_smtp, by_post, by_pipe)):
            for point in POINTS:
                asked = attacked.letter(f"p{number}@people.test", "Note this")
                one = dataclasses.replace(asked, raw=VOUCHED + asked.raw)
                assert not await way(attacked, one, point), f"{way.__name__} said yes before {point}"
                assert await way(attacked, one, ""), f"{way.__name__} said no"
                attacked.acknowledged.add(one.message_id)
                if way is not by_pipe:
                    await attacked.victims[-1].kill()
        await attacked.settle()
        found = await attacked.check()

    assert (found.lost, found.twice) == ((), ())
    assert (found.mails, found.commands) == (6, 6)
