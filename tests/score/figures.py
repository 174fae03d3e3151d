"""The figures of reading: each function measures one of them over a corpus."""

from __future__ import annotations

import email
import json
import pathlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from hermes import errors
from hermes.cli import mail as explain
from hermes.mail.parse import parse, split
from hermes.mail.read import machine, newest, reading


@dataclass
class Figure:
    """One row: how many of how many, and which not."""

    name: str
    right: int = 0
    total: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, name: str, right: bool) -> None:
        """Count one case."""
        self.total += 1
        self.right += right
        if not right:
            self.wrong.append(name)


@dataclass
class Trimming:
    """Reply trimming: exact cases, mails with a quoted line taken for text, mails with a line of text dropped."""

    exact: Figure
    leaks: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)


def trimming(folder: pathlib.Path) -> Trimming:
    """`emails/X.txt` cut must equal `trimmed/X.txt` after strip."""
    found = Trimming(Figure("reply trimming"))
    for path in sorted((folder / "emails").glob("*.txt")):
        wanted = _plain(folder / "trimmed" / path.name)
        got = newest.cut(_plain(path)).text
        found.exact.count(path.stem, got.strip() == wanted.strip())
        if _lines(got) - _lines(wanted):
            found.leaks.append(path.stem)
        if _lines(wanted) - _lines(got):
            found.losses.append(path.stem)
    return found


def _plain(path: pathlib.Path) -> str:
    return path.read_text("utf-8").replace("\r\n", "\n")


def _lines(text: str) -> set[str]:
    return {" ".join(line.split()) for line in text.split("\n") if line.strip()}


def machine_mail(folder: pathlib.Path) -> tuple[Figure, Figure]:
    """Every file is a machine's; and its kind, where the corpus tells it."""
    expected: dict[str, list[dict[str, str]]] = json.loads((folder / "expected.json").read_text("utf-8"))
    recall, kinds = Figure("machine mail: recall"), Figure("machine mail: kind")
    for path in sorted((folder / "eml").glob("*.eml")):
        found = machine.classify(parse.parse(path.read_bytes()), envelope_sender=None)
        recall.count(path.stem, found is not None)
        reasons = {one["reason"] for one in expected.get(path.name, [])}
        if found is not None and reasons:
            wanted = "feedback" if "feedback" in reasons else "auto-reply" if reasons == {"vacation"} else "bounce"
            kinds.count(path.stem, found.kind.value == wanted)
    return recall, kinds


def human_mail(paths: Iterable[pathlib.Path]) -> Figure:
    """No person's mail is taken for a machine's."""
    found = Figure("human mail: not taken for a machine's")
    for path in paths:
        found.count(path.stem, machine.classify(parse.parse(path.read_bytes()), envelope_sender=None) is None)
    return found


def never_raises(paths: Iterable[pathlib.Path]) -> Figure:
    """`parse` gives a mail or a refusal for every file."""
    found = Figure("parse: no exception")
    for path in paths:
        try:
            parse.parse(path.read_bytes())
        except errors.Refused:
            found.count(path.stem, True)
        except Exception as error:
            found.count(f"{path.stem}: {error!r}", False)
        else:
            found.count(path.stem, True)
    return found


def decoded_bytes(folder: pathlib.Path) -> Figure:
    """`X_decoded_1_2.txt` is the second part of the root of `X.msg`, decoded."""
    found = Figure("parse: decoded bytes equal")
    for path in sorted(folder.glob("*_decoded_*")):
        match = re.fullmatch(r"(.+)_decoded_([\d_]+)\.(?:txt|bin)", path.name)
        if match is None:
            continue
        parts = dict(_numbered(split.split((folder / f"{match[1]}.msg").read_bytes()), "1"))
        got = parts.get(match[2])
        wanted = path.read_bytes()
        found.count(path.name, got is not None and _unix(got) == _unix(wanted))
    return found


def _numbered(part: split.MimePart, number: str) -> Iterator[tuple[str, bytes]]:
    if part.content_type == "message/rfc822":
        yield from _numbered(split.split(part.decoded()[0]), f"{number}_1")
        return
    if not part.children:
        yield number, part.decoded()[0]
    for index, child in enumerate(part.children, start=1):
        yield from _numbered(child, f"{number}_{index}")


def _unix(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")


@dataclass
class Speed:
    """Mails in a second, whole `explain` against a bare parse and walk of the same files in the same run."""

    explain: float
    bare: float

    @property
    def ratio(self) -> float:
        """What the issue asks to be at least 0.6."""
        return self.explain / self.bare


def speed(paths: Iterable[pathlib.Path], *, rounds: int = 5) -> Speed:
    """The best of a few rounds each, taken in turns."""
    mails = [path.read_bytes() for path in paths]
    own, bare = [], []
    for _ in range(rounds):
        own.append(_seconds(_explain, mails))
        bare.append(_seconds(_bare, mails))
    return Speed(len(mails) / min(own), len(mails) / min(bare))


def _seconds(run: Callable[[bytes], object], mails: list[bytes]) -> float:
    # Of the processor's time: what else the machine does is no figure of ours.
    start = time.process_time()
    for raw in mails:
        run(raw)
    return time.process_time() - start


def _explain(raw: bytes) -> object:
    return explain.line_of(explain.account_of("x.eml", reading.read(raw)))


def _bare(raw: bytes) -> object:
    parts = []
    for part in email.message_from_bytes(raw).walk():
        if not part.is_multipart():
            parts.append(part.get_payload(decode=True))
    return parts


def doubling(make: Callable[[int], bytes], size: int, tries: int = 3) -> tuple[float, float]:
    """Seconds for a hostile input of a size, and for twice that size: the best of so many tries."""
    return _best(make(size), tries), _best(make(2 * size), tries)


def _best(raw: bytes, tries: int) -> float:
    return min(_seconds(reading.read, [raw]) for _ in range(tries))
