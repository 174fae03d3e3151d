"""The command line of bubblewrap: a root of its own with the installed programs to read and a few folders to write.

User, process, network, IPC and host names are those of new namespaces; no capability and no further user namespace are left inside.
`/proc` shows only the processes inside, `/tmp` and `/dev` are its own, and with its first process all others end.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from hermes.process.walls import toolchain

#: `nobody`: Claude Code refuses some options to root, and other programs warn.
_NOT_ROOT: Final = 65534
#: `/tmp` is memory; a build that fills it gets "no space" before the machine does.
_TMP_BYTES: Final = 1024 * 1024 * 1024
#: Signals that are meant for the program reach bubblewrap too, which would end at once and all of it with it; `enter` heeds them again.
_DEAF: Final = ("/bin/sh", "-c", "trap '' INT TERM; exec \"$@\"", "walls")

#: Where root changes the kernel itself, by files that only look at the user.
_KERNELS: Final = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi")

_NAMESPACES: Final = (
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--disable-userns",
    "--die-with-parent",
    "--cap-drop", "ALL",
    "--hostname", "agent",
)  # fmt: skip


def argv(
    bwrap: str, *, writable: Sequence[Path], readable: Sequence[Path], network: bool, inside: Sequence[str]
) -> list[str]:
    """The whole command line; `inside` is what is run. With `network` it has the machine's."""
    options = [bwrap, *_NAMESPACES, *(() if network else ("--unshare-net",))]
    if os.geteuid() == 0:
        options += ["--uid", str(_NOT_ROOT), "--gid", str(_NOT_ROOT)]
    for folder in toolchain.SYSTEM:
        options += _system(folder)
    for path in _outermost(toolchain.settings(network=network)):
        options += ["--ro-bind", str(path), str(path)]
    options += ["--proc", "/proc", "--dev", "/dev", "--size", str(_TMP_BYTES), "--tmpfs", "/tmp"]  # noqa: S108
    for name in _KERNELS:
        if os.path.exists(
            name
        ):  # bubblewrap leaves those that it cannot write itself, and root outside may write the files in them
            options += ["--ro-bind", name, name]
    for path in _outermost(readable):
        options += ["--ro-bind", str(path), str(path)]
    for path in writable:
        options += ["--bind", str(path), str(path)]
    return [*_DEAF, *options, "--remount-ro", "/", "--", *inside]


def _system(folder: str) -> list[str]:
    if os.path.islink(folder):
        return ["--symlink", os.readlink(folder), folder]
    return ["--ro-bind", folder, folder] if os.path.isdir(folder) else []


def _outermost(paths: Iterable[Path]) -> list[Path]:
    """In an order in which no mount hides another, each once, and none that lies in another."""
    found: list[Path] = []
    for path in sorted(set(paths)):
        if not any(path.is_relative_to(one) for one in found):
            found.append(path)
    return found
