"""The mail servers of an address, guessed from its domain: SRV records (RFC 6186, RFC 8314), autoconfig, and the usual names.

A guess is worth nothing until somebody has logged in there; they come in the order in which they are to be tried.
"""

from __future__ import annotations

import asyncio
import dataclasses
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, Literal

from hermes import errors
from hermes.mail.authenticate.lookup import Resolver

Security = Literal["tls", "starttls", "none"]
Fetch = Callable[[str], Awaitable[bytes | None]]
"""The document at a URL; None if there is none."""

#: A description of mail servers has a few kilobytes.
_DOCUMENT_BYTES: Final = 256 * 1024
_FETCH_SECONDS: Final = 6.0
#: Service of SRV → protocol, security. Encrypted from the first byte before STARTTLS, as RFC 8314 wants it.
_SRV: Final = (
    ("_imaps._tcp", "imap", "tls"),
    ("_imap._tcp", "imap", "starttls"),
    ("_submissions._tcp", "smtp", "tls"),
    ("_submission._tcp", "smtp", "starttls"),
)
_USUAL: Final[tuple[tuple[str, str, int, Security], ...]] = (
    ("imap", "imap", 993, "tls"),
    ("mail", "imap", 993, "tls"),
    ("imap", "imap", 143, "starttls"),
    ("mail", "imap", 143, "starttls"),
    ("smtp", "smtp", 465, "tls"),
    ("mail", "smtp", 465, "tls"),
    ("smtp", "smtp", 587, "starttls"),
    ("mail", "smtp", 587, "starttls"),
)
_SOCKETS: Final[dict[str, Security]] = {"SSL": "tls", "STARTTLS": "starttls"}


@dataclasses.dataclass(frozen=True, slots=True)
class ServerGuess:
    """A server that may be it."""

    protocol: str
    """`imap` or `smtp`."""
    host: str
    port: int
    security: Security
    source: str
    """Where the guess comes from, for the person."""
    username: str | None = None
    """What the provider says one logs in as; None: try the address."""


async def guesses(address: str, *, lookup: Resolver, fetch: Fetch) -> list[ServerGuess]:
    """The guesses for an address, each server once."""
    domain = address.rpartition("@")[2]
    by_srv, by_document = await asyncio.gather(_by_srv(domain, lookup), _by_autoconfig(address, domain, fetch))
    usual = [
        ServerGuess(protocol, f"{name}.{domain}", port, security, "usual name")
        for name, protocol, port, security in _USUAL
    ]
    found: dict[tuple[str, str, int], ServerGuess] = {}
    for guess in (*by_srv, *by_document, *usual):
        found.setdefault((guess.protocol, guess.host, guess.port), guess)
    return list(found.values())


async def _by_srv(domain: str, lookup: Resolver) -> list[ServerGuess]:
    async def ask(service: str) -> tuple[str, ...]:
        try:
            return await lookup(f"{service}.{domain}", "SRV")
        except errors.Transient:
            return ()

    found = []
    for (_, protocol, security), records in zip(
        _SRV, await asyncio.gather(*(ask(service) for service, _, _ in _SRV)), strict=True
    ):
        for record in sorted(records, key=_priority):
            *_, port, target = record.split()
            host = target.rstrip(".")
            if host:  # a target of "." says that there is no such service
                found.append(ServerGuess(protocol, host, int(port), _secured(security), "SRV record"))
    return found


def _priority(record: str) -> tuple[int, int]:
    priority, weight, *_ = record.split()
    return int(priority), -int(weight)


def _secured(security: str) -> Security:
    return "tls" if security == "tls" else "starttls"


async def _by_autoconfig(address: str, domain: str, fetch: Fetch) -> list[ServerGuess]:
    asked = urllib.parse.quote(address)
    urls = (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={asked}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress={asked}",
    )
    for document in await asyncio.gather(*(fetch(url) for url in urls)):
        if document and (found := list(_described(document, address))):
            return found
    return []


def _described(document: bytes, address: str) -> Iterator[ServerGuess]:
    """The servers of a description in Mozilla's format. Nobody vouches for the document: what is odd in it is passed over."""
    if b"<!" in document:  # no description needs a DTD or entities
        return
    try:
        root = ET.fromstring(document)  # noqa: S314 - without a DTD there is nothing to expand
    except ET.ParseError:
        return
    local, _, domain = address.rpartition("@")
    for server in (*root.iter("incomingServer"), *root.iter("outgoingServer")):
        protocol, host, port = server.get("type"), server.findtext("hostname", ""), server.findtext("port", "")
        security = _SOCKETS.get(server.findtext("socketType", ""))
        if protocol not in ("imap", "smtp") or security is None or not host.strip() or not port.strip().isdigit():
            continue
        username = server.findtext("username", "")
        for name, value in (("%EMAILADDRESS%", address), ("%EMAILLOCALPART%", local), ("%EMAILDOMAIN%", domain)):
            username = username.replace(name, value)
        yield ServerGuess(protocol, host.strip(), int(port), security, "autoconfig", username.strip() or None)


async def fetch_document(url: str) -> bytes | None:
    """A document of the web, within its time and size."""

    def read() -> bytes | None:
        try:
            with urllib.request.urlopen(url, timeout=_FETCH_SECONDS) as answer:  # noqa: S310 - https alone, see above
                return bytes(answer.read(_DOCUMENT_BYTES))
        except (OSError, ValueError, urllib.error.URLError):
            return None

    try:
        async with asyncio.timeout(_FETCH_SECONDS * 2):
            return await asyncio.to_thread(read)
    except TimeoutError:
        return None
