"""SPF (RFC 7208): whether this client may send for this domain. It needs the client's address, and queries DNS through the one resolver.

`ptr` and `%{p}` are answered as an error: the RFC tells senders not to use them, and they let the client's DNS decide.
"""

from __future__ import annotations

import enum
import ipaddress
import re
import urllib.parse
from typing import Final

from hermes.mail.authenticate import lookup

#: DNS questions of one SPF check, and of them without an answer (RFC 7208, 4.6.4).
SPF_LOOKUPS: Final = 10
SPF_VOID_LOOKUPS: Final = 2

_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_TERM = re.compile(
    r"([+?~-]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?::([^\s/]+(?:/[^\s0-9/][^\s/]*)*))?((?:/\d{1,3})?(?://\d{1,3})?)\Z",
    re.I,
)
_IP_TERM = re.compile(r"([+?~-]?)(ip4|ip6):([0-9a-fA-F.:]+)(/\d{1,3})?\Z", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9._-]*)=(.*)\Z", re.IGNORECASE)
_MACRO = re.compile(r"%(?:\{([slodivhcrt])(\d{0,3})(r?)([.+,/_=-]*)\}|([%_-]))", re.IGNORECASE)
_HOSTS = 10


class Spf(enum.StrEnum):
    """The results of RFC 7208, 2.6; a temporary error is raised as `errors.DnsUnavailable`."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    PERMERROR = "permerror"


_QUALIFIERS = {"": Spf.PASS, "+": Spf.PASS, "-": Spf.FAIL, "~": Spf.SOFTFAIL, "?": Spf.NEUTRAL}


class _PermanentError(Exception):
    """The domain's record cannot be evaluated."""


async def check(*, client: str, sender: str, resolver: lookup.Resolver) -> Spf:
    """The result for the envelope sender's domain. Raises `errors.DnsUnavailable`."""
    domain = lookup.name(sender.rpartition("@")[2])
    try:
        address = ipaddress.ip_address(client.strip("[]"))
    except ValueError:
        return Spf.NONE
    if domain is None or "@" not in sender:
        return Spf.NONE
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    try:
        return await _Check(address, sender, resolver).evaluate(domain)
    except _PermanentError:
        return Spf.PERMERROR


class _Check:
    def __init__(self, client: _Ip, sender: str, resolver: lookup.Resolver) -> None:
        self._client = client
        self._sender = sender
        self._resolver = resolver
        self._lookups = 0
        self._void = 0

    async def evaluate(self, domain: str) -> Spf:
        found = await self._resolver(domain, "TXT")
        records = [text for text in found if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]
        if not records:
            return Spf.NONE
        if len(records) > 1:
            raise _PermanentError
        terms = records[0].split()[1:]
        redirect = self._checked(terms)
        for term in terms:
            if not _MODIFIER.match(term) and (result := await self._mechanism(term, domain)) is not None:
                return result
        if redirect is None:
            return Spf.NEUTRAL
        target = await self._target(redirect, domain)
        result = await self.evaluate(target)
        if result is Spf.NONE:
            raise _PermanentError
        return result

    def _checked(self, terms: list[str]) -> str | None:
        """Syntax errors anywhere spoil the record, before anything is asked (RFC 7208, 4.6). Returns the redirect."""
        redirects = [match[2] for term in terms if (match := _MODIFIER.match(term)) and match[1].lower() == "redirect"]
        bad = any(not (_MODIFIER.match(term) or _TERM.match(term) or _IP_TERM.match(term)) for term in terms)
        if bad or len(redirects) > 1:
            raise _PermanentError
        has_all = any((match := _TERM.match(term)) and match[2].lower() == "all" for term in terms)
        return redirects[0] if redirects and not has_all else None

    async def _mechanism(self, term: str, domain: str) -> Spf | None:
        literal = _IP_TERM.match(term)
        if literal:
            return _QUALIFIERS[literal[1]] if self._in_network(literal[3] + (literal[4] or ""), literal[2]) else None
        match = _TERM.match(term)
        assert match is not None, "what is no term was refused before anything was asked"
        qualifier, kind, argument = _QUALIFIERS[match[1]], match[2].lower(), match[3]
        return qualifier if await self._matches(kind, argument, match[4] or "", domain) else None

    async def _matches(self, kind: str, argument: str | None, lengths: str, domain: str) -> bool:
        if kind == "all":
            return True
        if kind in {"ptr", "ip4", "ip6"} or (kind in {"include", "exists"} and not argument):
            raise _PermanentError
        target = await self._target(argument, domain) if argument else self._counted(domain)
        if kind == "include":
            result = await self.evaluate(target)
            if result is Spf.NONE:
                raise _PermanentError
            return result is Spf.PASS
        if kind == "exists":
            return bool(await self._ask(target, "A"))
        hosts = [target]
        if kind == "mx":
            hosts = [record.split()[-1].rstrip(".") for record in await self._ask(target, "MX")]
            if len(hosts) > _HOSTS:
                raise _PermanentError
        return await self._any_host(hosts, lengths)

    async def _any_host(self, hosts: list[str], lengths: str) -> bool:
        four, _, six = lengths.partition("//")
        version = self._client.version
        bits = (four.strip("/") or "32") if version == 4 else (six or "128")
        for host in hosts:
            plain = lookup.name(host)
            for text in await self._ask(plain, "A" if version == 4 else "AAAA") if plain else ():
                if self._in_network(f"{text}/{bits}", f"ip{version}"):
                    return True
        return False

    def _in_network(self, text: str, kind: str) -> bool:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError as error:
            raise _PermanentError from error
        if network.version != int(kind[-1]):
            raise _PermanentError
        return network.version == self._client.version and self._client in network

    async def _ask(self, name: str, kind: str) -> tuple[str, ...]:
        answer = await self._resolver(name, kind)
        if not answer:
            self._void += 1
            if self._void > SPF_VOID_LOOKUPS:
                raise _PermanentError
        return answer

    def _counted(self, name: str) -> str:
        self._lookups += 1
        if self._lookups > SPF_LOOKUPS:
            raise _PermanentError
        return name

    async def _target(self, spec: str, domain: str) -> str:
        expanded = _MACRO.sub(lambda match: self._expanded(match, domain), spec)
        if "%" in _MACRO.sub("", spec):
            raise _PermanentError
        while len(expanded) > 253:
            expanded = expanded.partition(".")[2]
        plain = lookup.name(expanded)
        if plain is None:
            raise _PermanentError
        return self._counted(plain)

    def _expanded(self, match: re.Match[str], domain: str) -> str:
        if match[5]:
            return {"%": "%", "_": " ", "-": "%20"}[match[5]]
        letter = match[1].lower()
        local, _, sender_domain = self._sender.rpartition("@")
        values = {"s": self._sender, "l": local or "postmaster", "o": sender_domain, "d": domain, "h": sender_domain}
        values |= {"i": self._dotted(), "v": "in-addr" if self._client.version == 4 else "ip6"}
        if letter not in values:
            raise _PermanentError
        parts = re.split(f"[{re.escape(match[4] or '.')}]", values[letter])
        if match[3]:
            parts.reverse()
        if match[2]:
            count = int(match[2])
            if count == 0:
                raise _PermanentError
            parts = parts[-count:]
        text = ".".join(parts)
        return urllib.parse.quote(text, safe="") if match[1].isupper() else text

    def _dotted(self) -> str:
        if isinstance(self._client, ipaddress.IPv4Address):
            return str(self._client)
        return ".".join(self._client.exploded.replace(":", ""))
