"""The ways out by more rights and by calls to the kernel; run like `ways.py`, in the same process."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

FACTS: dict[str, Any] = json.loads(sys.argv[1])
SECRET = FACTS["secret"]
VICTIM = int(FACTS["pid"])
WORD = "S3KR3T"
LIBC = ctypes.CDLL(None, use_errno=True)
SECONDS = 3.0


def left_open() -> list[str]:
    """What a program had open before it did anything: nothing but its streams."""
    found = []
    for handle in map(int, os.listdir("/proc/self/fd")):
        try:
            target = os.readlink(f"/proc/self/fd/{handle}")
        except OSError:
            continue
        if handle > 2 and not target.startswith("/proc/"):
            found.append(target)
    return found


LEFT_OPEN = left_open()
WAYS: dict[str, Callable[[], object]] = {}
ARM = os.uname().machine == "aarch64"


def way(function: Callable[[], object]) -> Callable[[], object]:
    WAYS[function.__name__] = function
    return function


def has(path: str) -> bool:
    return WORD in Path(path).read_text(errors="replace")


def call(x86: int, arm: int, *arguments: Any) -> int:
    found = int(LIBC.syscall(arm if ARM else x86, *arguments))
    if found < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return found


def done(result: int) -> bool:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return True


def for_writing(path: str) -> bool:
    os.close(os.open(path, os.O_WRONLY))
    return True


def make(path: str) -> bool:
    Path(path).write_text("planted\n")
    return True


# ── more rights ───────────────────────────────────────────────────────────────────────────────────────────────────────


@way
def become_root() -> object:
    if os.getuid() == 0 and not int(capabilities(), 16):
        raise PermissionError
    os.setresuid(0, 0, 0)
    return True


@way
def have_a_capability() -> object:
    return int(capabilities(), 16)


def capabilities() -> str:
    status = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    return status["CapEff"]


@way
def gain_rights_by_a_program() -> object:
    return "NoNewPrivs:\t1" not in Path("/proc/self/status").read_text()


@way
def make_a_namespace_of_users() -> object:
    return done(LIBC.unshare(0x10000000))


@way
def clone_into_a_namespace() -> object:
    child = call(56, 220, 0x10000000 | int(signal.SIGCHLD), None, None, None, None)
    if child == 0:
        os._exit(0)
    return child


@way
def clone_with_hidden_flags() -> object:
    block = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, int(signal.SIGCHLD))
    child = call(435, 435, block, ctypes.sizeof(block))
    if child == 0:
        os._exit(0)
    return child


@way
def mount_something() -> object:
    os.makedirs("mounted", exist_ok=True)
    return done(LIBC.mount(b"none", b"mounted", b"tmpfs", 0, None))


@way
def make_the_root_writable() -> object:
    return done(LIBC.mount(None, b"/", None, 0x20 | 0x1000, None))


@way
def change_the_root() -> object:
    os.chroot(".")
    return True


@way
def dump_the_memory_of_programs() -> object:
    resource.setrlimit(resource.RLIMIT_CORE, (1, resource.RLIM_INFINITY))
    return True


@way
def set_the_clock() -> object:
    now = time.clock_gettime(time.CLOCK_REALTIME)
    time.clock_settime(time.CLOCK_REALTIME, now)
    return True


@way
def load_a_module() -> object:
    return call(313, 273, 0, b"", 0) == 0


@way
def read_the_kernels_messages() -> object:
    return call(103, 116, 10, None, 0)


@way
def watch_the_kernel_by_a_program() -> object:
    return call(321, 280, 0, (ctypes.c_char * 64)(), 64)


@way
def measure_other_programs() -> object:
    return call(298, 241, (ctypes.c_char * 128)(), -1, 0, -1, 0)


@way
def make_rings_past_the_filter() -> object:
    return call(425, 425, 4, (ctypes.c_char * 128)())


@way
def look_into_the_kernels_keys() -> object:
    return call(250, 219, 0, -4, 0)


@way
def add_a_key_to_the_kernel() -> object:
    return call(248, 217, b"user", b"planted", b"x", 1, -4)


@way
def type_into_the_terminal() -> object:
    import fcntl

    fcntl.ioctl(os.open("/dev/tty", os.O_RDWR), 0x5412, b"x")
    return True


@way
def use_a_descriptor_that_was_left_open() -> object:
    return LEFT_OPEN


def main() -> None:
    found = {}
    for name, function in WAYS.items():
        try:
            found[name] = bool(function())
        except (OSError, ValueError, KeyError, urllib.error.URLError):
            found[name] = False
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
