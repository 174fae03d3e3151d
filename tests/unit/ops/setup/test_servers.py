"""Servers are guessed from SRV records, from the provider's description, and from the usual names, in that order."""

from __future__ import annotations

from hermes import errors
from hermes.ops.setup import servers
from hermes.ops.setup.servers import ServerGuess

DOCUMENT = b"""<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="example.org">
<incomingServer type="pop3"><hostname>pop.example.net</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
<incomingServer type="imap"><hostname>in.example.net</hostname><port>993</port><socketType>SSL</socketType>
<username>%EMAILLOCALPART%</username></incomingServer>
<incomingServer type="imap"><hostname>in.example.net</hostname><port>143</port><socketType>plain</socketType></incomingServer>
<outgoingServer type="smtp"><hostname>out.example.net</hostname><port>587</port><socketType>STARTTLS</socketType>
<username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>"""


async def guesses(srv: dict[str, tuple[str, ...]] | None = None, document: bytes | None = None) -> list[ServerGuess]:
    async def lookup(name: str, kind: str) -> tuple[str, ...]:
        assert kind == "SRV"
        if srv is None:
            raise errors.DnsUnavailable("no name server")
        return srv.get(name, ())

    async def fetch(url: str) -> bytes | None:
        return document if url.startswith("https://autoconfig.example.org/") else None

    return await servers.guesses("site@example.org", lookup=lookup, fetch=fetch)


async def test_srv_records_come_first_by_priority_and_encrypted_ones_before_starttls() -> None:
    found = await guesses(
        {
            "_imaps._tcp.example.org": ("20 0 993 second.example.net.", "10 0 993 first.example.net."),
            "_imap._tcp.example.org": ("0 0 0 .",),
            "_submission._tcp.example.org": ("0 1 587 out.example.net.",),
        }
    )
    assert [(g.protocol, g.host, g.port, g.security) for g in found if g.source == "SRV record"] == [
        ("imap", "first.example.net", 993, "tls"),
        ("imap", "second.example.net", 993, "tls"),
        ("smtp", "out.example.net", 587, "starttls"),
    ]
    assert found[3].source == "usual name"


async def test_the_providers_description_names_servers_and_login() -> None:
    found = [guess for guess in await guesses({}, DOCUMENT) if guess.source == "autoconfig"]
    assert found == [
        ServerGuess("imap", "in.example.net", 993, "tls", "autoconfig", "site"),
        ServerGuess("smtp", "out.example.net", 587, "starttls", "autoconfig", "site@example.org"),
    ]


async def test_a_document_that_is_no_description_is_passed_over() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><clientConfig><incomingServer type="imap"/></clientConfig>'
    for document in (b"<html>not found</html>", b"no xml", bomb):
        assert {guess.source for guess in await guesses({}, document)} == {"usual name"}


async def test_without_dns_and_web_the_usual_names_are_left() -> None:
    found = await guesses()
    assert ("imap", "imap.example.org", 993, "tls") in [(g.protocol, g.host, g.port, g.security) for g in found]
    assert ("smtp", "smtp.example.org", 465, "tls") in [(g.protocol, g.host, g.port, g.security) for g in found]
    assert len({(g.protocol, g.host, g.port) for g in found}) == len(found)
