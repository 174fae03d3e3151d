"""The resolver against a name server on loopback: records, no records, and no answer are three things."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from hermes import errors
from hermes.ingress.resolver import Resolver

_ZONE = {
    ("acme.example.", "TXT"): ['"v=spf1 " "ip4:192.0.2.7 -all"', '"caf\\195\\169"'],
    ("acme.example.", "MX"): ["10 mx1.acme.example.", "20 mx2.acme.example."],
    ("acme.example.", "A"): ["192.0.2.7"],
    ("acme.example.", "AAAA"): ["2001:db8::7"],
}


class _Server(asyncio.DatagramProtocol):
    asked = 0
    port = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        if name == "silent.example.":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name == "broken.example.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in _ZONE:
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, _ZONE[name, kind]))
        elif name != "acme.example.":
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def _serving() -> AsyncIterator[tuple[Resolver, _Server]]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(_Server, local_addr=("127.0.0.1", 0))
    try:
        port = transport.get_extra_info("sockname")[1]
        yield Resolver(servers=("127.0.0.1",), port=port, seconds=0.5), server
    finally:
        transport.close()


async def test_records_come_as_text() -> None:
    async with _serving() as (resolver, server):
        assert set(await resolver("acme.example", "TXT")) == {"v=spf1 ip4:192.0.2.7 -all", "café"}
        assert sorted(await resolver("acme.example", "MX")) == ["10 mx1.acme.example", "20 mx2.acme.example"]
        assert await resolver("acme.example", "A") == ("192.0.2.7",)
        assert await resolver("acme.example", "AAAA") == ("2001:db8::7",)
        asked = server.asked
        await resolver("acme.example", "A")
        assert server.asked == asked


async def test_no_such_name_and_no_such_record_are_an_answer() -> None:
    async with _serving() as (resolver, _):
        assert await resolver("missing.example", "TXT") == ()
        assert await resolver("acme.example", "PTR") == ()


@pytest.mark.parametrize("name", ["silent.example", "broken.example"])
async def test_silence_and_a_broken_server_are_no_answer(name: str) -> None:
    async with _serving() as (resolver, _):
        with pytest.raises(errors.DnsUnavailable):
            await resolver(name, "TXT")


async def test_a_name_that_no_question_can_hold_is_no_answer() -> None:
    async with _serving() as (resolver, _):
        with pytest.raises(errors.DnsUnavailable):
            await resolver("x" * 70 + ".example", "TXT")


async def test_a_domain_without_an_answer_is_told_from_name_servers_that_are_down() -> None:
    async with _serving() as (resolver, server):
        for name in ("silent.example", "broken.example"):
            with pytest.raises(errors.DnsUnavailable) as raised:
                await resolver(name, "TXT")
            assert not isinstance(raised.value, errors.NameServersDown)
        assert server.asked < 10, "the root is asked once for both"
    resolver = Resolver(servers=("127.0.0.1",), port=server.port, seconds=0.2)
    with pytest.raises(errors.NameServersDown):
        await resolver("acme.example", "TXT")
