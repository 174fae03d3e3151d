"""A DNS server on loopback that speaks real DNS over UDP: a table of records, and domains that take their time or never answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

#: Seconds that answers may be remembered: not at all.
_TTL = 0


class DnsServer(asyncio.DatagramProtocol):
    """Answers from `records`: `(name, kind)` → values as in a zone file, TXT in quotes. Whatever else is asked for does not exist."""

    def __init__(self, records: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self.records = dict(records)
        self.delays: dict[str, float] = {}
        """Domain → seconds before anything in it is answered; a negative number is never."""
        self.asked: Counter[str] = Counter()
        """Names, as often as they were asked for."""
        self.port = 0
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, address: Any) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked[name] += 1
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        values = self.records.get((name, kind), ())
        if values:
            answer.answer.append(dns.rrset.from_text_list(question.name, _TTL, "IN", kind, list(values)))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        delay = next((seconds for zone, seconds in self.delays.items() if f".{name}".endswith(f".{zone}")), 0.0)
        if delay >= 0:
            asyncio.get_running_loop().call_later(delay, self._send, answer.to_wire(), address)

    def _send(self, wire: bytes, address: Any) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(wire, address)


def txt(text: str) -> str:
    """A TXT record's value as a zone file has it, in strings of 200 characters."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, max(len(text), 1), 200))


@contextlib.asynccontextmanager
async def serving(records: Mapping[tuple[str, str], Sequence[str]]) -> AsyncIterator[DnsServer]:
    """A server that listens."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: DnsServer(records), local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
