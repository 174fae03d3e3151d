"""Finds addresses that must not be published: links signed with our credentials, and the bucket with people's mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO
from urllib.parse import urlsplit

_SIGNED = (
    rb"x-amz-(?:signature|credential|security-token)\s*(?:=|%3d|\\u003d|&#(?:61|x3d);)",
    rb"awsaccesskeyid(?:=|%3d|\\u003d|&#(?:61|x3d);)[a-z0-9%]{8,}",
)
_CHUNK_BYTES = 1024 * 1024
_OVERLAP_BYTES = 4096


class Leaks:
    """Searches files of any kind, as text or inside scripts and source maps."""

    def __init__(self, *, bucket: str, endpoint_url: str | None = None) -> None:
        name = re.escape(bucket.encode())
        slash = rb"(?:/|%2f|\\/|\\u002f)"
        found = [
            *_SIGNED,
            rb"(?<![a-z0-9.-])" + name + rb"\.s3[.-](?:[a-z0-9-]+\.)*amazonaws\.com",
            rb"s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?" + slash + name + rb"(?!-|\.?[a-z0-9])",
            rb"s3:" + slash + slash + name + rb"(?!-|\.?[a-z0-9])",
        ]
        if endpoint_url:
            found.append(re.escape(urlsplit(endpoint_url).netloc.encode()) + slash + name + rb"(?!-|\.?[a-z0-9])")
        self._pattern = re.compile(rb"|".join(found), re.IGNORECASE)

    def within(self, file: BinaryIO) -> bool:
        """Whether a text has such an address."""
        return self.among(iter(lambda: file.read(_CHUNK_BYTES), b""))

    def among(self, chunks: Iterable[bytes]) -> bool:
        """Whether these bytes have such an address, also across pieces."""
        kept = b""
        for chunk in chunks:
            window = kept + chunk
            if self._pattern.search(window):
                return True
            kept = window[-_OVERLAP_BYTES:]
        return False
