"""The checks of the ways in: a port that another program has, and mail that nobody vouches for."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hermes.config.loading import Config
from hermes.ingress import listening
from hermes.ops.findings import Found

_INODE: Final = re.compile(r"socket:\[(\d+)\]\Z")
#: The state of a listening socket in /proc/net/tcp.
_LISTENING: Final = "0A"


def run(config: Config) -> list[Found]:
    """One finding for each server that is switched on, and for each way in whose mail nobody vouches for."""
    return [*(_port(section, host, port) for section, host, port in _servers(config) if port), *_vouching(config)]


def _servers(config: Config) -> Iterator[tuple[str, str, int]]:
    if config.smtp_ingress.enabled:
        yield "smtp_ingress", config.smtp_ingress.host, config.smtp_ingress.port
    if config.lmtp_ingress.enabled and config.lmtp_ingress.path is None:
        yield "lmtp_ingress", config.lmtp_ingress.host, config.lmtp_ingress.port
    if config.http_ingress.enabled:
        yield "http_ingress", config.http_ingress.host, config.http_ingress.port
    if config.web.enabled:
        yield "web", config.web.host, config.web.port


def _port(section: str, host: str, port: int) -> Found:
    name = f"port of {section}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _is_ours(port):
            return Found(name, True, f"Hermes listens on {host}:{port} now")
        said = listening.refusal(section, host, port, error).message
        text, _, todo = said.partition("; ")
        return Found(name, False, text, todo or "check host and port")
    return Found(name, True, f"{host}:{port} is free")


def _is_ours(port: int) -> bool:
    """Whether a process of Hermes listens there, as far as this user may see."""
    inodes = set(_listening_inodes(port))
    if not inodes:
        return False
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            for link in (process / "fd").iterdir():
                found = _INODE.match(os.readlink(link))
                if found is not None and found[1] in inodes:
                    return b"hermes" in (process / "cmdline").read_bytes()
    return False


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _vouching(config: Config) -> Iterator[Found]:
    """Ways in whose mail nobody vouches for: every author would be refused."""
    if config.authentication.own_check:
        return
    ways = {
        "smtp_ingress": config.smtp_ingress.enabled and not config.smtp_ingress.trust_loopback,
        "lmtp_ingress": config.lmtp_ingress.enabled,
        "imap_ingress": config.imap_ingress.enabled,
    }
    for section, enabled in ways.items():
        border = config.border_of(section.removesuffix("_ingress"))
        if enabled and border.authserv_id is None and not config.authentication.arc_sealers:
            yield Found(
                f"authors of {section}",
                False,
                "nothing vouches for this mail, so every author is refused",
                f"set {section}.authserv_id to the name that the mail server writes into Authentication-Results,"
                " or authentication.own_check = true",
            )
