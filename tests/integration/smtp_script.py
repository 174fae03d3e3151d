r"""A mail server that says what a short script tells it to: for mail servers as they are.

A script has a line for each answer that is not the usual one: the step, and what happens at it. The lines of one step are for its first,
second, … time; after them the server is well again. With a `*` behind the step its last line is for good.

    greeting  220-mx.test|220 ready      several lines in one answer
    RCPT      450 4.7.1 greylisted       a refusal
    dot       550 5.1.1 Bo\xeete         bytes
    MAIL*     !silent                    no answer, for good
    DATA      !cut                       the connection ends, without an answer
    dot       250 OK !cut                an answer, then the end
    dot       !slow 0.2 250 OK           the answer comes late
    body      !cut                       in the middle of the mail
    body      552 5.3.4 enough !cut      an answer in the middle of the mail; without the cut it replaces the dot's

Steps: greeting, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA, body, dot, RSET, QUIT. The server has what it needs of RFC 5321 and nothing
else, keeps every mail whose final dot came, and counts what was said to it.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import dataclasses
import re
import ssl
from collections.abc import AsyncIterator, Iterator

USUAL = {
    "greeting": rb"220 mx.test ESMTP",
    "EHLO": rb"250-mx.test|250-PIPELINING|250-SIZE 10000000|250-8BITMIME|250-ENHANCEDSTATUSCODES|250-AUTH PLAIN LOGIN|250 SMTPUTF8",
    "HELO": rb"250 mx.test",
    "STARTTLS": rb"220 2.0.0 ready",
    "AUTH": rb"235 2.7.0 welcome",
    "MAIL": rb"250 2.1.0 Ok",
    "RCPT": rb"250 2.1.5 Ok",
    "DATA": rb"354 go on",
    "dot": rb"250 2.0.0 Ok: queued",
    "RSET": rb"250 2.0.0 Ok",
    "QUIT": rb"221 2.0.0 Bye",
}


@dataclasses.dataclass(frozen=True)
class Taken:
    """A mail whose final dot came."""

    raw: bytes
    sender: str
    recipient: str
    answer: str
    """What the server said to it: a 250 that the client never saw is one, too."""

    @property
    def kept(self) -> bool:
        """Did the server take it, as far as it knows? One that is silent after the dot did."""
        return not self.answer.startswith(("4", "5"))


class Ended(Exception):
    """The script ends the connection."""


class ScriptedServer:
    """Listens on a free port of loopback."""

    def __init__(self, script: str = "", *, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.taken: list[Taken] = []
        self.said: list[str] = []
        """Every command, as it came."""
        self.steps: collections.Counter[str] = collections.Counter()
        """How often each step was reached."""
        self.logins_refused = 0
        self._tls = tls
        self._lines: dict[str, list[str]] = {}
        self._last: dict[str, str] = {}
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()
        self.play(script)

    def play(self, script: str) -> None:
        """From now on this script."""
        self._lines, self._last = collections.defaultdict(list), {}
        for line in filter(None, (one.strip() for one in script.splitlines())):
            step, _, action = line.partition(" ")
            name = step.rstrip("*")
            assert name in USUAL or name == "body", f"no such step: {line}"
            self._lines[name].append(action.strip())
            if step.endswith("*"):
                self._last[name] = action.strip()

    @property
    def copies(self) -> collections.Counter[bytes]:
        """Mail → how often the server has it."""
        return collections.Counter(one.raw for one in self.taken if one.kept)

    @contextlib.asynccontextmanager
    async def listening(self, *hosts: str, tls: bool = False) -> AsyncIterator[ScriptedServer]:
        """Serve on these addresses, all at one port; with `tls` from the first byte."""
        for host in hosts or ("127.0.0.1",):
            made = await asyncio.start_server(self._accept, host, self.port, ssl=self._tls if tls else None)
            self.port = made.sockets[0].getsockname()[1]
            self._servers.append(made)
        try:
            yield self
        finally:
            for made in self._servers:
                made.close()
            for talk in list(self._talks):
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)
        try:
            await _Talk(self, reader, writer).hold()
        except (Ended, ConnectionError, asyncio.CancelledError):
            pass  # the last by the server's own end; asyncio would log it
        finally:
            writer.transport.abort()

    def next(self, step: str) -> str:
        """What happens at this step now."""
        self.steps[step] += 1
        if self._lines[step]:
            return self._lines[step].pop(0)
        return self._last.get(step, "")


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._sender = self._recipient = ""

    async def hold(self) -> None:
        await self._answer("greeting")
        while line := await self._reader.readline():
            said = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            self._server.said.append(said)
            verb, _, rest = said.partition(" ")
            await self._command(verb.upper(), rest)

    async def _command(self, verb: str, rest: str) -> None:
        match verb:
            case "MAIL" | "RCPT":
                address = rest.partition(":")[2].partition("> ")[0].strip("<>")
                if verb == "MAIL":
                    self._sender = address
                else:
                    self._recipient = address
                await self._answer(verb)
            case "DATA":
                if (await self._answer("DATA")).startswith("354"):
                    await self._content()
            case "STARTTLS":
                if (await self._answer("STARTTLS")).startswith("220") and self._server._tls is not None:
                    await self._writer.start_tls(self._server._tls)
            case "AUTH":
                await self._log_in(rest)
            case "QUIT":
                await self._answer("QUIT")
                raise Ended
            case "EHLO" | "HELO" | "RSET":
                await self._answer(verb)
            case _:
                await self._send(b"500 5.5.2 what?")

    async def _log_in(self, rest: str) -> None:
        if rest.upper().startswith(("LOGIN", "CRAM-MD5")):
            await self._send(b"334 VXNlcm5hbWU6")
            await self._reader.readline()
        self._server.logins_refused += 1
        if (await self._answer("AUTH")).startswith("235"):
            self._server.logins_refused -= 1

    async def _content(self) -> None:
        lines: list[bytes] = []
        early = ""
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise Ended
            lines.append(line[1:] if line.startswith(b"..") else line)
            if len(lines) == 1 and (early := self._server.next("body")):
                await self._do(early)
        action = early or self._server.next("dot") or USUAL["dot"].decode()
        self._server.taken.append(Taken(b"".join(lines), self._sender, self._recipient, action))
        if not early:
            await self._do(action)

    async def _answer(self, step: str) -> str:
        action = self._server.next(step) or USUAL[step].decode()
        return await self._do(action)

    async def _do(self, action: str) -> str:
        slow, action = (action.split(" ", 2)[1:]) if action.startswith("!slow ") else ("0", action)
        await asyncio.sleep(float(slow))
        words, cut, _ = action.partition("!cut")
        if action.startswith("!silent"):
            await asyncio.Event().wait()
        if words.strip():
            await self._send(_bytes(words.strip()))
        if cut:
            raise Ended
        return words

    async def _send(self, answer: bytes) -> None:
        self._writer.write(b"".join(line + b"\r\n" for line in answer.split(b"|")))
        await self._writer.drain()


def _bytes(words: str) -> bytes:
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), words.encode())


@contextlib.asynccontextmanager
async def playing(script: str = "", *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ScriptedServer]:
    """A server that plays the script."""
    async with ScriptedServer(script, tls=tls).listening() as server:
        yield server


def steps(server: ScriptedServer) -> Iterator[str]:
    """The verbs that were said, in their order."""
    return (line.partition(" ")[0].upper() for line in server.said)
