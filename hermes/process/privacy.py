"""Secrets of a process that agents of the same user must not find: its environment and memory, seen from outside through `/proc`.

The kernel shows the environment that a program was started with to every process of the same user, also after the program has changed
it. `close` forbids that, with everything else that reads memory; `take` also overwrites the values where the kernel looks for them.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import MutableMapping
from pathlib import Path

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4

#: What programs and libraries need, and what is no secret. Everything else is taken out of the environment.
_KEPT = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "PWD", "NO_COLOR", "COLUMNS",
     "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
     "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}
)  # fmt: skip
_KEPT_BEGINNINGS = ("LC_", "PYTHON", "XDG_", "PYTEST_", "COVERAGE_", "COV_CORE_")
#: Botocore's own chain looks for these while the process runs: they stay in our memory, and leave the kernel's view of it.
_OF_LIBRARIES = ("AWS_", "ECS_")


def close() -> bool:
    """Keep other processes of the same user out of this one's environment and memory (Linux); False where that does not exist.

    Root is not kept out. A program that this process starts is open again until it calls `close` itself.
    """
    return _prctl(_PR_SET_DUMPABLE, 0) == 0


def closed() -> bool:
    """Whether `close` holds for this process."""
    return _prctl(_PR_GET_DUMPABLE, 0) == 0


def take(environ: MutableMapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment; what may be secret is taken out of `os.environ`, and overwritten where the kernel shows it."""
    environ = os.environ if environ is None else environ
    taken = dict(environ)
    for name, value in taken.items():
        if _harmless(name):
            continue
        if environ is os.environ:
            _overwrite(name)
        del environ[name]
        if name.startswith(_OF_LIBRARIES):
            environ[name] = value
    return taken


def folder(path: Path, *, others_pass: bool = False) -> Path:
    """Create a folder, if it is missing, that no other user may list, read or write.

    `others_pass`: they may reach what is in it, where that is open to them.
    """
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711 if others_pass else 0o700)
    return path


def _harmless(name: str) -> bool:
    # An address of a proxy may hold a password, and no library reads it again later: aiohttp is not told to trust the environment.
    return name in _KEPT or name.startswith(_KEPT_BEGINNINGS)


def _overwrite(name: str) -> None:
    try:
        libc = ctypes.CDLL(None)
        libc.getenv.restype = ctypes.c_void_p
        at = libc.getenv(os.fsencode(name))
    except (OSError, AttributeError):
        return
    if at:
        ctypes.memset(at, 0, len(ctypes.string_at(at)))


def _prctl(option: int, value: int) -> int | None:
    try:
        return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))
    except (OSError, AttributeError):
        return None
