"""Room on the disk that is kept aside for what must still be written when the disk is full.

A file of some size is made while there is room, and given up when a write fails for want of it. Programs of other users fill a disk too;
what this file held is free again for the next writes, which are then the ones that matter.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

#: What the system says where there is no room: none on the disk, none of the user's share.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Reserve:
    """A file that holds room. Every failure is borne: it is a help, never a condition."""

    def __init__(self, path: Path, *, size: int, free: Callable[[Path], int] | None = None) -> None:
        """`size` in bytes; `free` tells how many are left on the disk of a folder."""
        self._path = path
        self._size = size
        self._free = free or free_bytes
        self.held = False
        """Whether the room is there."""

    def hold(self) -> bool:
        """Hold the room, if the disk has twice as much left: what is given up is not taken back at once."""
        if self.held and self._path.exists():
            return True
        self.held = False
        with contextlib.suppress(OSError):
            if self._path.exists() and self._path.stat().st_size == self._size:
                self.held = True
            elif self._free(self._path.parent) >= 2 * self._size:
                descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                try:
                    os.posix_fallocate(descriptor, 0, self._size)
                finally:
                    os.close(descriptor)
                self.held = True
        if not self.held:
            with contextlib.suppress(OSError):
                self._path.unlink()
        return self.held

    def release(self) -> bool:
        """Give the room up; True if there was any."""
        self.held = False
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


def free_bytes(folder: Path) -> int:
    """What is left for us on the disk of a folder; none where no file can be made."""
    found = os.statvfs(folder)
    return 0 if found.f_files and not found.f_favail else found.f_bavail * found.f_frsize
