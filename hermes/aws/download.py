"""Downloads a presigned link to disk in pieces, so that a film needs no memory, and never more than announced."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from hermes import errors, limits
from hermes.aws import calls


async def download(url: str, path: Path, *, most: int = limits.MAIL_BYTES) -> None:
    """Fetch the link into a new file. Raises `errors.AwsRefused` for an invalid link, `errors.Transient` for other failures."""

    async def fetch() -> None:
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as answer:
            if answer.status != 200:
                kind = errors.AwsUnavailable if answer.status >= 500 else errors.AwsRefused
                raise kind(f"S3 link: status {answer.status}")
            with path.open("wb") as file:
                async for chunk in answer.content.iter_chunked(limits.PIPE_BYTES):
                    if file.tell() + len(chunk) > most:
                        raise errors.AwsRefused("S3 link: the file is larger than announced")
                    file.write(chunk)

    await calls.call("S3 link", fetch(), seconds=limits.OBJECT_SECONDS)
