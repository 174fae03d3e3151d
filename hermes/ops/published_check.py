"""`hermes check-published`: looks for addresses that must not be published, in a folder or on a website."""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from hermes import errors
from hermes.site import links
from hermes.site.leaks import Leak, Leaks

#: One answer of the website.
REQUEST_SECONDS: Final = 20.0
#: Files of a website that are looked at, and the size of each.
FILES: Final = 5000
FILE_BYTES: Final = 64 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PublishedLeak:
    """An address that must not be published, and where it is."""

    where: str
    """The path of the file, or its address on the web."""
    leak: Leak


def within(where: str, leaks: Leaks) -> Iterator[PublishedLeak]:
    """Each address in a folder, a file or a website. Raises `errors.StepFailed` if it cannot be read."""
    if where.lower().startswith(("http://", "https://")):
        yield from _website(where, leaks)
        return
    root = Path(where)
    if not root.exists():
        raise errors.StepFailed(f"There is no {where}: give the folder that is published, or its address.")
    for path in [root] if root.is_file() else _files(root):
        try:
            with path.open("rb") as file:
                yield from (PublishedLeak(str(path), leak) for leak in leaks.found(_chunks(file)))
        except OSError as error:
            raise errors.StepFailed(f"{path} cannot be read: {error.strerror}.") from error


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        yield from (path for name in sorted(names) if (path := Path(folder, name)).is_file())


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(_CHUNK_BYTES), b"")


def _website(address: str, leaks: Leaks) -> Iterator[PublishedLeak]:
    """A page, and everything on the same host that it leads to below the same folder."""
    first = urllib.parse.urldefrag(address)[0]
    waiting, known = [first], {first}
    while waiting:
        there = waiting.pop(0)
        try:
            data, kind, there = _fetched(there)
        except (OSError, ValueError, http.client.HTTPException) as error:
            if there == first:
                raise errors.StepFailed(f"{there} cannot be read: {error}.") from error
            continue  # a link that leads nowhere shows nobody anything
        if _origin(there) != _origin(first):
            continue  # it led to another website
        yield from (PublishedLeak(there, leak) for leak in leaks.found([data]))
        if "html" not in kind and "css" not in kind:
            continue
        text = data.decode("utf-8", "replace")
        found, base = links.of_html(text) if "html" in kind else (list(links.of_css(text)), "")
        for link in found:
            try:
                to = urllib.parse.urldefrag(urllib.parse.urljoin(urllib.parse.urljoin(there, base), link.address))[0]
            except ValueError:
                continue
            if to not in known and _origin(to) == _origin(first):
                known.add(to)
                waiting.append(to)
        if len(known) > FILES:
            raise errors.StepFailed(f"{first} has more than {FILES} files; check the folder that is published instead.")


def _fetched(address: str) -> tuple[bytes, str, str]:
    """The bytes, their type, and the address that they came from in the end."""
    with urllib.request.urlopen(address, timeout=REQUEST_SECONDS) as answer:  # noqa: S310 - http and https only, see `within`
        data = answer.read(FILE_BYTES + 1)
        if len(data) > FILE_BYTES:
            raise errors.StepFailed(f"{address} has more than {FILE_BYTES // 1024**2} MB.")
        return data, answer.headers.get_content_type(), answer.geturl()


def _origin(address: str) -> tuple[str, str]:
    found = urllib.parse.urlsplit(address)
    return found.scheme.lower(), found.netloc.lower()
