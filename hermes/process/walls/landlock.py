"""The rules of Landlock (landlock(7)): which files a program may read or write, and which TCP ports it may connect to."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hermes.process.walls import enter, toolchain

# include/uapi/linux/landlock.h
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_MAKE_DEVICES: Final = 1 << 6 | 1 << 11
_IOCTL_DEVICE: Final = 1 << 15
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_DEVICES: Final = (
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
    "/dev/shm",  # noqa: S108
)


def rules(*, version: int, writable: Sequence[Path], readable: Sequence[Path], port: int | None) -> dict[str, Any]:
    """For `enter`: the rights that each path has. With `port` the program may connect to this TCP port alone, else to all."""
    handled = enter.landlock_rights(version)
    paths: dict[str, int] = {}
    for path in (*map(Path, toolchain.SYSTEM), *toolchain.settings(network=port is None), *readable, Path("/proc")):
        if path.exists():
            paths[str(path)] = _READ & handled
    for device in _DEVICES:
        if os.path.exists(device):
            paths[device] = (
                handled if device.endswith("shm") else (_READ_FILE | _WRITE_FILE | _READ_DIR | _IOCTL_DEVICE)
            )
            paths[device] &= handled
    for path in writable:
        paths[str(path)] = handled & ~(_IOCTL_DEVICE | _MAKE_DEVICES)
    return {
        "version": version,
        "paths": [[path, right] for path, right in paths.items()],
        "ports": [port] if port is not None else None,
    }
