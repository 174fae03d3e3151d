"""DNS for verdicts: dnspython's asynchronous resolver behind the one callable of `hermes.mail.lookup`."""

from __future__ import annotations

import dns.asyncresolver
import dns.exception
import dns.resolver

from hermes import errors, limits


class DnsResolver:
    """Asks the system's name servers; every question has a time limit, and answers are kept for their own time to live."""

    def __init__(self, *, seconds: float = limits.DNS_SECONDS) -> None:
        self._seconds = seconds
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        """The records of a name as text; none: an empty tuple. Raises `errors.DnsUnavailable`."""
        try:
            if self._resolver is None:
                self._resolver = dns.asyncresolver.Resolver()
                self._resolver.cache = dns.resolver.LRUCache()
            answer = await self._resolver.resolve(name, kind, lifetime=self._seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as error:
            raise errors.DnsUnavailable(f"DNS gave no answer for {kind} {name}: {type(error).__name__}") from error
        return tuple(_text(record, kind) for record in answer)


def _text(record: object, kind: str) -> str:
    if kind == "TXT":
        strings: tuple[bytes, ...] = getattr(record, "strings", ())
        return b"".join(strings).decode("utf-8", "replace")
    return str(record)
