"""A site as a folder of files, and the pages that are different in two of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from hermes.site import links, text

#: Of a page or style sheet so much is read: a page of a megabyte is slow already.
PAGE_BYTES: Final = 4 * 1024 * 1024
#: Pages that are compared by what they say, where many are different.
_COMPARED: Final = 2000
_PAGES = (".html", ".htm")
#: Where nobody looks for pages: what a site in the root of a repository has beside them.
_NOT_THE_SITE = frozenset({"node_modules"})


class SiteFolder:
    """The files of one site."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.hashes = dict(self._walk())
        """A hash of each plain file, by its path."""

    def _walk(self) -> list[tuple[str, str]]:
        found = []
        for folder, folders, names in os.walk(self._root):
            folders[:] = sorted(name for name in folders if name not in _NOT_THE_SITE and not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if path.is_file() and not path.is_symlink() and not name.startswith("."):
                    with path.open("rb") as file:
                        digest = hashlib.file_digest(file, "blake2b").hexdigest()
                    found.append((path.relative_to(self._root).as_posix(), digest))
        return found

    @cached_property
    def pages(self) -> tuple[str, ...]:
        """The paths of all pages, the first of each folder before the others."""
        found = (name for name in self.hashes if name.lower().endswith(_PAGES))
        return tuple(sorted(found, key=lambda name: (name.count("/"), not name.startswith("index."), name)))

    def size(self, name: str) -> int:
        """The size of a file in bytes."""
        return (self._root / name).stat().st_size

    def read(self, name: str) -> str:
        """The beginning of a page or style sheet as text; empty if there is no such file."""
        if name not in self.hashes:
            return ""
        with (self._root / name).open("rb") as file:
            return file.read(PAGE_BYTES).decode("utf-8", "replace")


def address(page: str) -> str:
    """The address of a page on its site: `/about/` of `about/index.html`."""
    folder, _, name = page.rpartition("/")
    return f"/{folder}/" if name.startswith("index.") and folder else "/" if name.startswith("index.") else f"/{page}"


def changed_pages(before: SiteFolder, after: SiteFolder, named: Sequence[str], *, most: int) -> list[str]:
    """The pages that show a change best, at most so many.

    Pages whose own file is different; where these are many, since a shared layout changed, those of them that say something else; and
    where these are many too, the first of `named` (addresses or paths of the project). What changed only in style sheets, pictures and
    scripts shows on the pages that use them.
    """
    preferred = _paths(named, after)
    different = [page for page in after.pages if before.hashes.get(page) != after.hashes[page]]
    if not different:
        others = {name for name in after.hashes.keys() | before.hashes.keys() if _differs(name, before, after)}
        different = [page for page in after.pages if others & _used(page, after)] if others else []
    if len(different) > most:
        said = [page for page in different[:_COMPARED] if text.lines(before.read(page)) != text.lines(after.read(page))]
        different = said if 0 < len(said) <= most else [page for page in preferred if page in different] or different
    order = {page: number for number, page in enumerate(preferred)}
    return sorted(different, key=lambda page: order.get(page, len(order)))[:most]


def _paths(named: Sequence[str], site: SiteFolder) -> list[str]:
    found = (links.file(name.strip().lstrip("/"), site.hashes) for name in named)
    return [name for name in dict.fromkeys(found) if name is not None]


def _differs(name: str, before: SiteFolder, after: SiteFolder) -> bool:
    return before.hashes.get(name) != after.hashes.get(name)


def _used(page: str, site: SiteFolder) -> set[str]:
    """The files that a page uses, and those that its style sheets do."""
    found = _leads_to(page, site)
    for sheet in [name for name in found if name.endswith(".css")]:
        found |= _leads_to(sheet, site)
    return found


def _leads_to(name: str, site: SiteFolder) -> set[str]:
    held = site.read(name)
    given, base = (list(links.of_css(held)), "") if name.endswith(".css") else links.of_html(held)
    paths = (links.path(link.address, page=name, base=base) for link in given)
    return {file for path in paths if path is not None and (file := links.file(path, site.hashes)) is not None}
