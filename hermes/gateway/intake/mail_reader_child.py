"""The process that reads one large mail and ends: `python -m hermes.gateway.intake.mail_reader_child`.

A JSON object on standard input names the mail and the folder; the answer on standard output is a pickle of the few types that
`mail_reader` allows. The bytes of attachments are written to files.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import resource
import sys
import zlib
from pathlib import Path

from hermes import errors
from hermes.mail.parse import content, parse
from hermes.mail.read import reading

Answer = tuple[reading.Reading, bytes, str]
"""The reading, the SHA-256 of the whole mail, and the id of its content (`hermes.mail.parse.content`)."""


def main() -> None:
    """Read one mail and answer."""
    asked = json.load(sys.stdin.buffer)
    _limit(int(asked["memory_bytes"]), int(asked["seconds"]))
    sys.stdout.buffer.write(pickle.dumps(read(Path(asked["mail"]), Path(asked["folder"]), asked["sender"])))
    sys.stdout.buffer.flush()


def read(path: Path, folder: Path, sender: str | None) -> Answer:
    """The answer for the mail in `path`; its attachments go into `folder`."""
    try:
        raw = path.read_bytes()
        found = reading.read(raw, envelope_sender=sender)
        digest, said = hashlib.sha256(raw).digest(), content.digest(found.mail, raw)
        del raw
        return _without_bytes(found, folder), digest, said
    except MemoryError:
        detail = "reading it takes more memory than a mail may have"
        found = reading.Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=detail)
        return found, b"", ""


def _without_bytes(found: reading.Reading, folder: Path) -> reading.Reading:
    if found.mail is None:
        return found
    kept: list[parse.Attachment] = []
    for number, attachment in enumerate(found.mail.attachments):
        path = folder / str(number)
        path.write_bytes(attachment.content)
        stored, crc32 = len(attachment.content), zlib.crc32(attachment.content)
        kept.append(dataclasses.replace(attachment, content=b"", path=str(path), stored_bytes=stored, crc32=crc32))
    return dataclasses.replace(found, mail=dataclasses.replace(found.mail, attachments=tuple(kept), raw=b""))


def _limit(memory_bytes: int, seconds: int) -> None:
    """Limit this process to this much more memory than it has now, and to this much processor time."""
    for kind, more in ((resource.RLIMIT_DATA, memory_bytes), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds)):
        resource.setrlimit(kind, (more, more))


if __name__ == "__main__":
    main()
