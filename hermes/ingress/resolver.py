"""DNS for verdicts: queries with a time limit, and distinguishes "no such record" from "no answer"."""

from __future__ import annotations

import asyncio
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.rdtypes.ANY.MX
import dns.rdtypes.ANY.TXT
import dns.resolver

from hermes import errors, limits

#: One DNS question of a verdict.
DNS_SECONDS: Final = 4.0
#: The question by which the resolver tells a domain without an answer from name servers that are down; its answer holds for the second.
DNS_PROBE_SECONDS: Final = 2.0
DNS_PROBE_KEPT_SECONDS: Final = 10.0


class Resolver:
    """`await resolver(name, kind)`: the port `hermes.mail.authenticate.lookup.Resolver` over the system's or the given servers."""

    def __init__(self, *, servers: tuple[str, ...] = (), port: int = 53, seconds: float = DNS_SECONDS) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver(configure=not servers)
        except dns.resolver.NoResolverConfiguration:
            # A machine without name servers: every question goes unanswered, and nothing else is disturbed.
            self._resolver = dns.asyncresolver.Resolver(configure=False)
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.cache = dns.resolver.LRUCache(limits.DNS_CACHED)
        self._seconds = seconds
        self._probe: asyncio.Task[bool] | None = None
        self._probed = 0.0

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        """The records as text. Raises `errors.DnsUnavailable`, or `errors.NameServersDown` where not even the root gets an answer."""
        try:
            answer = await self._resolver.resolve(name, kind, lifetime=self._seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            text = f"DNS gave no answer for {name} {kind}: {type(error).__name__}"
            if not await self._answers():
                raise errors.NameServersDown(f"{text}; nor for any other name") from error
            raise errors.DnsUnavailable(text) from error
        return tuple(_text(record) for record in answer)

    async def _answers(self) -> bool:
        """Whether the name servers answer at all: asked once for all questions that fail at about the same time."""
        loop = asyncio.get_running_loop()
        if self._probe is None or (self._probe.done() and loop.time() - self._probed > DNS_PROBE_KEPT_SECONDS):
            self._probe = loop.create_task(self._root(), name="DNS probe")
        return await asyncio.shield(self._probe)

    async def _root(self) -> bool:
        try:
            await self._resolver.resolve(".", "NS", lifetime=DNS_PROBE_SECONDS, search=False)
        except (dns.exception.Timeout, OSError):
            return False
        except dns.exception.DNSException:
            pass  # an answer all the same
        finally:
            self._probed = asyncio.get_running_loop().time()
        return True


def _text(record: object) -> str:
    if isinstance(record, dns.rdtypes.ANY.TXT.TXT):
        return b"".join(record.strings).decode("utf-8", "replace")
    if isinstance(record, dns.rdtypes.ANY.MX.MX):
        return f"{record.preference} {record.exchange.to_text(omit_final_dot=True)}"
    return str(record)
