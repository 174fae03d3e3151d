"""`hermes ingest` as a mail server's pipe starts it: a process with a mail on its standard input."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from tests.forks import Forks

#: The project that the mail is for, after the settings of AWS.
PROJECT = """
[[projects]]
client = "demo"
project = "site"
repository = "/nowhere"
addresses = ["site@hermes.test"]
owners = ["anna@people.test"]
agent = { kind = "patch" }
"""


async def ingest(forks: Forks, config: Path, *arguments: str, raw: bytes, seconds: float = 60) -> tuple[int, str]:
    """The exit code and what it wrote to standard error, within `seconds`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HERMES_", "AWS_"))}
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        given.write(raw)
        given.seek(0)
        streams = (given.fileno(), out.fileno(), said.fileno())
        words = ("ingest", "--config", str(config), *arguments)
        process = await forks.start("hermes", *words, env=environment, streams=streams)
        code = await asyncio.wait_for(process.wait(), seconds)
        out.seek(0)
        assert out.read() == b""
        said.seek(0)
        return code, said.read().decode()
