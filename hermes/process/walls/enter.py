"""What runs first inside the walls: takes the last rights away, hands the worker a port to listen on, and becomes the program.

It is run as text by a bare interpreter (`python -I -S -c`), without a file of ours inside, and so knows the standard library alone:

    python -I -S -c TEXT ORDERS PROGRAM ARGUMENT…

ORDERS is JSON: `deaf` to heed SIGINT and SIGTERM again, `landlock` with its rules, `filter` with the instructions of seccomp in hex,
`port` to listen on, with the descriptor `door` on which the listening socket is handed over.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
from typing import Any

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
LANDLOCK_VERSION = 1
"""The flag of `landlock_create_ruleset` that asks for the version."""
LANDLOCK_WITH_TCP = 4
_LANDLOCK_WITH_SCOPES = 6
_PATH_BENEATH, _NET_PORT = 1, 2
_CONNECT_TCP, _BIND_TCP = 2, 1
_SCOPES = 3
"""Abstract Unix sockets and signals of others."""
#: Rights that each version added to the thirteen of the first.
_ADDED = ((2, 13), (3, 14), (5, 15))
_ON_FILES = 0x1 | 0x2 | 0x4 | 1 << 14 | 1 << 15
"""Rights that a plain file can have: execute, write, read, truncate, ioctl."""
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_MODE_FILTER = 2
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAPABILITY_VERSION = 0x20080522
#: Processes and threads of one user inside (setrlimit(2)); outside, root is not counted.
_PROCESSES = 2048
_FAILED = 126


def landlock_rights(version: int) -> int:
    """All rights on files that this version judges."""
    return (1 << 13) - 1 | sum(1 << bit for since, bit in _ADDED if version >= since)


def main(arguments: list[str]) -> None:
    """Do what is ordered and become the program; ends with 126 or 127 and a sentence where that fails."""
    orders, argv = json.loads(arguments[0]), arguments[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    environ = dict(os.environ)
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        least = _PROCESSES if most == resource.RLIM_INFINITY else min(_PROCESSES, most)
        resource.setrlimit(resource.RLIMIT_NPROC, (least, least))
        _call(libc, libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if orders.get("dies"):
            _call(libc, libc.prctl, _PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        _no_capabilities(libc)
        if orders.get("landlock"):
            _landlock(libc, orders["landlock"])
        if orders.get("door") is not None:
            _hand_over(int(orders["door"]), int(orders["port"]))
        if orders.get("filter"):
            _filter(libc, bytes.fromhex(orders["filter"]))
        os.execvpe(argv[0], argv, environ)  # noqa: S606
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be run inside its walls: {error}\n")
        os._exit(_FAILED)


def _no_capabilities(libc: Any) -> None:
    """Of root, too: with no new privileges none comes back."""
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)  # unknown to old kernels, which have none
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _call(libc, libc.capset, header, bytes(24))


def _hand_over(door: int, port: int) -> None:
    """Open the proxy's port in the network that is ours alone, for the worker to serve."""
    with socket.socket(fileno=door) as handing, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
        handing.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("@i", listening.fileno()))])


def _landlock(libc: Any, rules: dict[str, Any]) -> None:
    version = int(rules["version"])
    ports = rules.get("ports")
    network = _CONNECT_TCP | _BIND_TCP if ports is not None and version >= LANDLOCK_WITH_TCP else 0
    scopes = _SCOPES if version >= _LANDLOCK_WITH_SCOPES else 0
    attributes = struct.pack("=QQQ", landlock_rights(version), network, scopes)
    size = 24 if version >= _LANDLOCK_WITH_SCOPES else 16 if version >= LANDLOCK_WITH_TCP else 8
    ruleset = _call(libc, libc.syscall, LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0)
    for path, rights in rules["paths"]:
        try:
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:  # not there, or not for this user: then it needs no right
            continue
        allowed = rights if os.path.isdir(path) else rights & _ON_FILES
        rule = struct.pack("=Qi", allowed, handle)
        _call(libc, libc.syscall, LANDLOCK_ADD, ruleset, _PATH_BENEATH, rule, 0)
        os.close(handle)
    for port in (ports or ()) if network else ():
        rule = struct.pack("=QQ", _CONNECT_TCP, port)
        _call(libc, libc.syscall, LANDLOCK_ADD, ruleset, _NET_PORT, rule, 0)
    _call(libc, libc.syscall, LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)


def _filter(libc: Any, code: bytes) -> None:
    instructions = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: the number of instructions, and where they are
    filtering = struct.pack("@HP", len(code) // 8, ctypes.addressof(instructions))
    _call(libc, libc.prctl, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filtering, 0, 0)


def _call(libc: Any, function: Any, *arguments: Any) -> int:
    found = int(function(*arguments))
    if found < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
