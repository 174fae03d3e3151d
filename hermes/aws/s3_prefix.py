"""A prefix of a bucket as a folder of published files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hermes import errors, limits
from hermes.aws import calls

#: Keys in one DeleteObjects (S3's own limit).
DELETE_OBJECTS: Final = 1000


class S3Prefix:
    """Lists, writes and deletes only under one prefix."""

    def __init__(self, *, client: Any, bucket: str, prefix: str) -> None:
        if not prefix.endswith("/") or prefix == "/":
            raise ValueError(f"{prefix!r} is no folder")
        self._client = client
        self.bucket = bucket
        self.prefix = prefix

    async def manifest(self) -> dict[str, str]:
        """Every file there, with its ETag: the MD5 of its bytes, unless the bucket encrypts with KMS."""
        found: dict[str, str] = {}
        more: dict[str, str] = {}
        while True:
            answer = await calls.call(
                "S3 ListObjectsV2",
                self._client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, **more),
                seconds=limits.OBJECT_SECONDS,
            )
            for entry in answer.get("Contents", []):
                found[entry["Key"].removeprefix(self.prefix)] = str(entry["ETag"]).strip('"')
            token = answer.get("NextContinuationToken")
            if not answer.get("IsTruncated") or not token:
                return found
            more = {"ContinuationToken": token}

    async def put(self, name: str, data: bytes, *, content_type: str, cache_control: str) -> None:
        """Write one file."""
        await calls.call(
            "S3 PutObject",
            self._client.put_object(
                Bucket=self.bucket,
                Key=self.prefix + name,
                Body=data,
                ContentType=content_type,
                CacheControl=cache_control,
            ),
            seconds=limits.OBJECT_SECONDS,
        )

    async def delete(self, names: Sequence[str]) -> None:
        """Delete files. Raises `errors.AwsUnavailable` if some could not be."""
        for start in range(0, len(names), DELETE_OBJECTS):
            keys = [{"Key": self.prefix + name} for name in names[start : start + DELETE_OBJECTS]]
            answer = await calls.call(
                "S3 DeleteObjects",
                self._client.delete_objects(Bucket=self.bucket, Delete={"Objects": keys, "Quiet": True}),
                seconds=limits.OBJECT_SECONDS,
            )
            failed = answer.get("Errors") or []
            if failed:
                raise errors.AwsUnavailable(f"S3 DeleteObjects: {len(failed)} of {len(keys)} not deleted")
