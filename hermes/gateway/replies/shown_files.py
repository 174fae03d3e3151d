"""The pictures and diffs of replies: read from S3 when a reply is written, and again each time that it is sent."""

from __future__ import annotations

import asyncio
from typing import Final

from hermes import errors
from hermes.aws.objects import Objects
from hermes.domain import wire
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import ShownFile
from hermes.mail.write import apart

#: A picture or diff, as the worker bounds them.
FILE_BYTES: Final = 512 * 1024
_PNG: Final = b"\x89PNG\r\n\x1a\n"


async def of_result(objects: Objects, session_id: str, result: wire.ResultMessage) -> tuple[ShownFile, ...]:
    """The files that a result names; none that is not of its session, no picture, or not to be had: a reply does not wait for them."""
    # A worker's word alone must not mail an object of somebody else's.
    own = f"shown/{session_id}/"
    pictures = [one for one in result.pictures if one.key.startswith(own)]
    wanted: list[tuple[str, wire.Picture | None]] = [(one.key, one) for one in pictures]
    if result.diff_key is not None and result.diff_key.startswith(own):
        wanted.append((result.diff_key, None))
    data = await asyncio.gather(*(_read(objects, key) for key, _ in wanted))
    return tuple(
        ShownFile(key=key, data=found, picture=picture)
        for (key, picture), found in zip(wanted, data, strict=True)
        if found and (picture is None or found.startswith(_PNG))
    )


async def whole(objects: Objects, reply: Reply) -> bytes:
    """A reply's bytes with its files. One that S3 has no longer is left out. Raises `errors.Transient`."""
    if not reply.apart:
        return reply.raw
    found = await asyncio.gather(*(_kept(objects, key) for key in reply.apart))
    return apart.put_back(reply.raw, dict(zip(reply.apart, found, strict=True)))


async def _kept(objects: Objects, key: str) -> bytes:
    try:
        return await objects.get(key, most=FILE_BYTES)
    except (errors.AwsRefused, errors.Refused):
        return b""


async def _read(objects: Objects, key: str) -> bytes:
    try:
        return await _kept(objects, key)
    except errors.Transient:
        return b""
