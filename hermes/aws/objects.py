"""S3: raw mails, large bodies, attachments, logs, and links to them."""

from __future__ import annotations

import base64
import io
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp

from hermes import errors, limits
from hermes.aws import calls


class Objects:
    """The S3 operations that Hermes uses, in one bucket."""

    def __init__(self, *, client: Any, bucket: str) -> None:
        self._client = client
        self.bucket = bucket

    async def put(self, key: str, data: bytes, *, content_type: str = "application/octet-stream") -> None:
        """Store an object; the same key with the same bytes may be stored again."""
        await calls.call(
            "S3 PutObject",
            self._client.put_object(Bucket=self.bucket, Key=key, Body=data, ContentType=content_type),
            seconds=limits.OBJECT_SECONDS,
        )

    async def put_stream(
        self,
        key: str,
        stream: io.RawIOBase,
        *,
        crc32: int | None = None,
        content_type: str = "application/octet-stream",
    ) -> None:
        """Store an object from a seekable stream, with a few chunks in memory.

        Without a given checksum botocore would read the whole stream in the event loop to compute one.
        """
        given = {} if crc32 is None else {"ChecksumCRC32": base64.b64encode(crc32.to_bytes(4, "big")).decode("ascii")}
        await calls.call(
            "S3 PutObject",
            self._client.put_object(Bucket=self.bucket, Key=key, Body=stream, ContentType=content_type, **given),
            seconds=limits.OBJECT_SECONDS,
        )

    async def get(
        self, key: str, *, bucket: str | None = None, most: int = limits.MAIL_BYTES, first: int | None = None
    ) -> bytes:
        """An object's bytes, or its `first` ones.

        Raises `errors.AwsRefused` if it is not there, `errors.Refused` (too_large) above `most`.
        """
        part = {"Range": f"bytes=0-{first - 1}"} if first else {}

        async def read() -> bytes:
            answer = await self._client.get_object(Bucket=bucket or self.bucket, Key=key, **part)
            async with answer["Body"] as stream:
                if int(answer.get("ContentLength", 0)) > most:
                    raise errors.Refused(errors.Refusal.TOO_LARGE, f"{answer.get('ContentLength')} bytes")
                data: bytes = await stream.read()
            return data

        return await calls.call("S3 GetObject", read(), seconds=limits.OBJECT_SECONDS)

    async def beginning(self, key: str, *, bucket: str | None = None, most: int) -> tuple[bytes, int]:
        """The first bytes of an object, at most so many, and the size of the whole. Raises `errors.AwsRefused` if it is not there."""
        # Not by a range: S3 refuses every range of an empty object. What is not read of the answer is never sent.
        read = bytearray()

        async def keep(piece: bytes) -> bool:
            read.extend(piece)
            return len(read) < most

        size = await self.pour(key, keep, bucket=bucket, piece=min(most, limits.PIECE_BYTES))
        return bytes(read[:most]), size

    async def pour(
        self,
        key: str,
        take: Callable[[bytes], Awaitable[bool]],
        *,
        bucket: str | None = None,
        piece: int = limits.PIECE_BYTES,
    ) -> int:
        """Pass an object to `take` in pieces of at most `piece` bytes until it declines; returns the size of the object.

        Raises `errors.AwsRefused` if it is not there; of a bucket that is not ours, also where the bucket itself is not there.
        """

        async def read() -> int:
            answer = await self._client.get_object(Bucket=bucket or self.bucket, Key=key)
            async with answer["Body"] as stream:
                while data := await stream.read(piece):
                    if not await take(data):
                        break
            return int(answer.get("ContentLength", 0))

        try:
            return await calls.call("S3 GetObject", read(), seconds=limits.OBJECT_SECONDS)
        except errors.AwsUnavailable as error:
            # Ours is waited for, until the operator has made it; nobody makes one that a message invented.
            if error.code != "NoSuchBucket" or bucket in (None, self.bucket):
                raise
            raise errors.AwsRefused(error.message, code=error.code, missing=True) from error

    async def exists(self, key: str) -> bool:
        """Is there such an object?"""
        try:
            await calls.call("S3 HeadObject", self._client.head_object(Bucket=self.bucket, Key=key))
        except errors.AwsRefused as error:
            if error.missing:
                return False
            raise
        return True

    async def delete(self, key: str) -> None:
        """Delete an object; none there is fine."""
        await calls.call("S3 DeleteObject", self._client.delete_object(Bucket=self.bucket, Key=key))

    async def list(self, prefix: str, *, most: int = 1000, after: str = "") -> list[str]:
        """Up to `most` (1000 at most) keys under a prefix, in their order, from the one behind `after` on."""
        answer = await calls.call(
            "S3 ListObjectsV2",
            self._client.list_objects_v2(
                Bucket=self.bucket, Prefix=prefix, MaxKeys=most, **({"StartAfter": after} if after else {})
            ),
        )
        return [entry["Key"] for entry in answer.get("Contents", [])]

    async def every(self, prefix: str) -> AsyncGenerator[str, None]:
        """Every key under a prefix."""
        after = ""
        while found := await self.list(prefix, after=after):
            for key in found:
                yield key
            after = found[-1]

    @property
    def links_last(self) -> bool:
        """Whether a presigned link is good for as long as it says: one that a session signed ends with the session's token."""
        signer = getattr(self._client, "_request_signer", None)
        return getattr(getattr(signer, "_credentials", None), "token", None) is None

    async def link(self, key: str, *, seconds: int) -> str:
        """A presigned link to read an object, valid for `seconds`."""
        url: str = await calls.call(
            "S3 presign",
            self._client.generate_presigned_url(
                "get_object", Params={"Bucket": self.bucket, "Key": key}, ExpiresIn=seconds
            ),
        )
        return url


async def download(url: str, path: Path, *, most: int = limits.MAIL_BYTES) -> None:
    """Fetch a presigned link into a new file in pieces, so that a film needs no memory, and never more than announced.

    Raises `errors.AwsRefused` for an invalid link, `errors.Transient` for other failures.
    """

    async def fetch() -> None:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            if answer.status != 200:
                raise calls.said("S3 link", str(answer.status), f"status {answer.status}", status=answer.status)
            with path.open("wb") as file:
                async for chunk in answer.content.iter_chunked(limits.PIPE_BYTES):
                    if file.tell() + len(chunk) > most:
                        raise errors.AwsRefused("S3 link: the file is larger than announced")
                    file.write(chunk)

    await calls.call("S3 link", fetch(), seconds=limits.OBJECT_SECONDS)
