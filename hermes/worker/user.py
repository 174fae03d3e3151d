"""Another user of the machine for agents and builds, where the worker runs as root: then file modes keep from them what is not theirs."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from hermes import errors


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

        No link is followed. A file with a second name is left as it is: that name may be outside, among our own or the machine's files
        (the objects of our clone have one in each worktree, and are only to be read there).
        """
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            self._take(folder)
            for here, names, files in os.walk(folder):
                for name in (*names, *files):
                    self._take(Path(here) / name)

    def _take(self, path: Path) -> None:
        found = path.lstat()
        if found.st_uid == self.uid or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
            return
        os.lchown(path, self.uid, self.gid)
