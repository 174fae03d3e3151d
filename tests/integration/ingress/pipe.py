"""`hermes ingest` as a mail server's pipe starts it: a process with a mail on its standard input."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

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


async def ingest(config: Path, *arguments: str, raw: bytes, seconds: float = 60) -> tuple[int, str]:
    """The exit code and what it wrote to standard error, within `seconds`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HERMES_", "AWS_"))}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "hermes", "ingest", "--config", str(config), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    out, said = await asyncio.wait_for(process.communicate(raw), seconds)
    assert out == b""
    assert process.returncode is not None
    return process.returncode, said.decode()
