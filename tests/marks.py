"""What is of the whole machine and a test must have alone, for tests run beside each other: marks of processes, and user numbers."""

from __future__ import annotations

import fcntl
import functools
import os
import tempfile
from pathlib import Path
from typing import Final

from hermes.process import privileges

#: Ranges of numbers above the users of a machine and below "nobody".
_RANGES: Final = range(20, 60)
#: Descriptors that hold this process's range until it ends.
_HELD: Final[list[int]] = []


def mark(folder: Path) -> str:
    """Of this process alone: pytest cuts a folder's name, so two parameters of one test have the same in two processes.

    Hermes ends all that carry the mark of its command.
    """
    return f"test-{os.getpid()}-{folder.name}"


@functools.cache
def users() -> int:
    """The first of a range of users that no other test process of this machine has, until this one ends.

    Where all are taken, or this process is not root and can use none of them, one that depends on its number alone.
    """
    turn = [_RANGES[(os.getpid() + step) % len(_RANGES)] for step in range(len(_RANGES))]
    for number in turn if os.geteuid() == 0 else ():
        path = Path(tempfile.gettempdir()) / f"hermes-test-users-{number}.lock"
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            continue
        _HELD.append(held)
        return number * privileges.RANGE
    return turn[0] * privileges.RANGE
