"""Another user of the machine for agents and builds, where the worker runs as root: then file modes keep from them what is not theirs."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from hermes import errors

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Not blocking: a pipe that nobody writes to would hold us up.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: Folders inside each other; no project has so many, and each is open meanwhile.
_DEPTH = 200


@dataclass(frozen=True, slots=True)
class User:
    """Who an agent's processes run as."""

    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> User:
        """By name or number. Raises `errors.ConfigError` if there is none, if it is root, or if we may not become another."""
        if os.geteuid() != 0:
            raise errors.ConfigError(f"agents can run as {name!r} only where the worker runs as root")
        try:
            found = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
            uid, gid = found.pw_uid, found.pw_gid
        except KeyError:
            if not name.isdigit():
                raise errors.ConfigError(f"there is no user {name!r} on this machine") from None
            uid = gid = int(name)
        if uid == 0:
            raise errors.ConfigError("agents cannot run as root")
        return cls(uid, gid)

    def take_over(self, *folders: Path) -> None:
        """Make everything in these folders theirs.

        What they own they can exchange for a link at any moment, between two looks as well: so every folder and file is opened without
        following one, and it is what was opened that changes hands. Links stay as they are. So does a file with a second name: that name
        may be outside, among our own or the machine's files (the objects of our clone have one in each worktree, and are only to be read
        there).
        """
        for folder in folders:
            if folder.is_symlink() or not folder.is_dir():  # left by them in one of their own: a link would lead us out
                folder.unlink(missing_ok=True)
            folder.mkdir(parents=True, exist_ok=True)
            self._take_folder(os.open(folder, _FOLDER), 0)

    def _take_folder(self, here: int, depth: int) -> None:
        """All of an open folder, which is closed then."""
        try:
            self._take(here)
            with os.scandir(here) as found:
                entries = [(one.name, one.stat(follow_symlinks=False)) for one in found]
            for name, seen in entries:
                with contextlib.suppress(OSError):  # it has gone or is another thing by now, and theirs in any case
                    if stat.S_ISDIR(seen.st_mode) and depth < _DEPTH:
                        self._take_folder(os.open(name, _FOLDER, dir_fd=here), depth + 1)
                    elif stat.S_ISREG(seen.st_mode) and seen.st_uid != self.uid:
                        self._take_file(os.open(name, _FILE, dir_fd=here))
        finally:
            os.close(here)

    def _take_file(self, file: int) -> None:
        try:
            self._take(file)
        finally:
            os.close(file)

    def _take(self, opened: int) -> None:
        found = os.fstat(opened)
        plain = stat.S_ISDIR(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1)
        if plain and found.st_uid != self.uid:
            os.fchown(opened, self.uid, self.gid)
