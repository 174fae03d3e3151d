"""The filter of system calls: what no agent, build or check needs, and what would lead around Landlock's list of TCP ports.

The filter is classic BPF (seccomp(2)), written here by hand because `enter` loads it without any library, between fork and exec. A call
that is closed answers "not permitted"; one that programs try first and do without answers "not implemented".
"""

from __future__ import annotations

import errno
import platform
import socket
import struct
from typing import Final

# include/uapi/linux/{bpf_common,seccomp,audit}.h
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NR, _ARCH, _ARGS = 0, 4, 16
_ARCHES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
"""The machine → its number, and the column of the table below."""
#: Numbers from here on are of the x32 interface, which would name the same calls by other numbers.
_X32: Final = 0x40000000

_CALLS: Final[dict[str, tuple[int, int]]] = {
    # keys that others of the same user hold
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # the kernel itself
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "syslog": (103, 116), "acct": (163, 89), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60),
    "vhangup": (153, 58), "fanotify_init": (300, 262), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161), "setdomainname": (171, 162),
    # other roots and namespaces
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "move_mount": (429, 429),
    "open_tree": (428, 428), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "open_by_handle_at": (304, 265), "unshare": (272, 97), "setns": (308, 268),
}  # fmt: skip
#: Rings would make sockets past this filter, and the newer clone hides its flags from it; programs fall back to what is older.
_MISSING: Final[dict[str, tuple[int, int]]] = {
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "clone3": (435, 435),
}  # fmt: skip
_CLONE, _IOCTL, _SOCKET = (56, 220), (16, 29), (41, 198)
#: Sends with flags, and which argument has them.
_SENDS: Final = (((44, 206), 3), ((46, 211), 2), ((307, 269), 3))
_NEW_NAMESPACES: Final = 0x7E020080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_FAST_OPEN: Final = 0x20000000
"""MSG_FASTOPEN: connects by sending, where older Landlocks do not look."""
_KIND: Final = 0xF
"""The kind of a socket, without SOCK_NONBLOCK and SOCK_CLOEXEC."""
_NETLINK, _ROUTE = 16, 0


def known(machine: str | None = None) -> bool:
    """Whether there is a filter for this machine's processor."""
    return (machine or platform.machine()) in _ARCHES


def program(*, tcp_only: bool, machine: str | None = None) -> bytes:
    """The filter, as an array of `struct sock_filter`. With `tcp_only` it leaves of the network only what Landlock judges."""
    audit, column = _ARCHES[machine or platform.machine()]
    out = _Filter()
    out.load(_ARCH)
    out.unless_equal(audit, errno.ENOSYS)
    out.load(_NR)
    if column == 0:
        out.refuse_at_least(_X32, errno.ENOSYS)
    for numbers in _MISSING.values():
        out.refuse(numbers[column], errno.ENOSYS)
    for numbers in _CALLS.values():
        out.refuse(numbers[column], errno.EPERM)
    out.refuse_bits(_CLONE[column], argument=0, bits=_NEW_NAMESPACES)
    out.refuse_values(_IOCTL[column], argument=1, values=(_TIOCSTI, _TIOCLINUX))
    if tcp_only:
        for numbers, argument in _SENDS:
            out.refuse_bits(numbers[column], argument=argument, bits=_FAST_OPEN)
        out.judge_sockets(_SOCKET[column])
    out.add(_RETURN, _ALLOW)
    return out.code


class _Filter:
    """Instructions one after another; each rule leaves the call's number loaded, or answers."""

    def __init__(self) -> None:
        self.code = b""

    def add(self, operation: int, value: int, yes: int = 0, no: int = 0) -> None:
        self.code += struct.pack("=HBBI", operation, yes, no, value)

    def load(self, offset: int) -> None:
        self.add(_LOAD, offset)

    def answer(self, number: int) -> None:
        self.add(_RETURN, _ERRNO | number)

    def unless_equal(self, value: int, number: int) -> None:
        self.add(_EQUAL, value, 1, 0)
        self.answer(number)

    def refuse_at_least(self, value: int, number: int) -> None:
        self.add(_AT_LEAST, value, 0, 1)
        self.answer(number)

    def refuse(self, call: int, number: int) -> None:
        self.add(_EQUAL, call, 0, 1)
        self.answer(number)

    def refuse_bits(self, call: int, *, argument: int, bits: int) -> None:
        """Refuse the call if one of the bits is set in the lower half of an argument."""
        self.add(_EQUAL, call, 0, 4)
        self.load(_ARGS + 8 * argument)
        self.add(_ANY_BIT, bits, 0, 1)
        self.answer(errno.EPERM)
        self.load(_NR)

    def refuse_values(self, call: int, *, argument: int, values: tuple[int, ...]) -> None:
        self.add(_EQUAL, call, 0, 2 + 2 * len(values))
        self.load(_ARGS + 8 * argument)
        for value in values:
            self.refuse(value, errno.EPERM)
        self.load(_NR)

    def judge_sockets(self, call: int) -> None:
        """Only Unix sockets, the kernel's list of addresses, and TCP as itself: no UDP, no raw packets, no MPTCP."""
        rule = _Filter()
        rule.load(_ARGS)
        rule.add(_EQUAL, socket.AF_UNIX, 0, 1)
        rule.add(_RETURN, _ALLOW)
        rule.add(_EQUAL, _NETLINK, 0, 3)
        rule.load(_ARGS + 16)
        rule.add(_EQUAL, _ROUTE, 0, 8)
        rule.add(_RETURN, _ALLOW)
        rule.add(_EQUAL, socket.AF_INET, 1, 0)
        rule.add(_EQUAL, socket.AF_INET6, 0, 5)
        rule.load(_ARGS + 8)
        rule.add(_MASK, _KIND)
        rule.add(_EQUAL, socket.SOCK_STREAM, 0, 2)
        rule.load(_ARGS + 16)
        rule.add(_EQUAL, 0, 2, 0)
        rule.add(_EQUAL, socket.IPPROTO_TCP, 1, 0)
        rule.answer(errno.EPERM)
        rule.add(_RETURN, _ALLOW)
        self.add(_EQUAL, call, 0, len(rule.code) // 8)
        self.code += rule.code
