"""The pinned requirements of this repository, read as pip reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
BUILD = Path("deploy/build-requirements.txt")
RUN = Path("deploy/requirements.txt")
TEST = Path("tests/requirements.txt")
OLDEST_PIP = Path("tests/oldest-pip.txt")
FUZZ = Path("tests/fuzz/requirements.txt")
PEERS = Path("tests/bench/peers/requirements.txt")
AIDER = Path("tests/programs/aider/requirements.txt")
ALL = (BUILD, RUN, TEST, OLDEST_PIP, FUZZ, PEERS, AIDER)


@dataclass(frozen=True)
class Pin:
    """One entry of a lock."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> Version:
        (only,) = self.requirement.specifier
        assert only.operator == "=="
        return Version(only.version)

    @property
    def here(self) -> bool:
        """Whether it is for this Python and system."""
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def pins(lock: Path) -> list[Pin]:
    """All entries of a lock, those for other systems too."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / lock).read_text())
    entries = (line.split(" --hash=") for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines() if line.strip())
    return [Pin(Requirement(words[0]), tuple(word.strip() for word in words[1:])) for words in entries]


def pinned(*locks: Path) -> dict[str, Version]:
    """What the locks install here, by name."""
    return {pin.name: pin.version for lock in locks for pin in pins(lock) if pin.here}
