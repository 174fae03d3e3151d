"""A dialogue with an SMTP server by hand, where a library would be too polite."""

from __future__ import annotations

import asyncio


class Line:
    """A dialogue by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int) -> Line:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def answer(self) -> str:
        async with asyncio.timeout(60):
            while True:
                line = (await self._reader.readline()).decode().rstrip()
                if line[3:4] != "-":
                    return line

    async def say(self, line: str) -> str:
        self.writer.write(line.encode() + b"\r\n")
        return await self.answer()

    async def begin(self, *recipients: str) -> list[str]:
        await self.answer()
        await self.say("EHLO client")
        await self.say("MAIL FROM:<anna@people.test>")
        return [await self.say(f"RCPT TO:<{recipient}>") for recipient in recipients]

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
