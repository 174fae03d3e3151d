"""Where projects come from: the file, the files of `projects.d` beside it, a prefix of S3, and a table. No I/O but reading files.

Every document but the file itself holds `[[projects]]`, `[[clients]]` and `people` alone. All of them together are one configuration,
validated as a whole; an error names the document that it is in.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hermes import errors

#: What a document beside the file may hold; each is a list.
LISTS: Final = ("projects", "clients", "people")
#: What a running gateway takes over without a restart.
LIVE: Final = ("projects", "clients", "shares")
#: A document is text that people write.
DOCUMENT_BYTES: Final = 1024 * 1024


class ProjectSources(BaseModel):
    """Where further projects are read from, and how often all of it is looked at for changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path = Path("projects.d")
    """Its `*.toml` files; relative to the configuration file. It need not exist."""
    bucket_prefix: str | None = None
    """The documents under this prefix of `aws.bucket`, which end in `.toml`."""
    table: bool = False
    """Read the documents of the table `{prefix}-projects`, a row each."""
    seconds: float = Field(20, ge=1, le=30)
    """Every gateway looks for changes this often."""

    @property
    def shared(self) -> bool:
        """Whether some come from AWS."""
        return self.table or self.bucket_prefix is not None

    @field_validator("bucket_prefix")
    @classmethod
    def _is_a_folder(cls, value: str | None) -> str | None:
        if value is not None and (not value.endswith("/") or value.startswith("/")):
            raise ValueError(f"{value!r} is no prefix of S3; one reads config/projects/")
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigDocument:
    """One TOML document."""

    name: str
    """Where it is, for people."""
    raw: bytes


@dataclasses.dataclass(slots=True)
class Given:
    """Plain settings out of several documents."""

    values: dict[str, Any]
    source: str
    """The name of the first document."""
    variables: dict[tuple[str, ...], str] = dataclasses.field(default_factory=dict)
    """Place of a setting → the variable of the environment that it is from."""
    origins: dict[tuple[str, int], tuple[str, int]] = dataclasses.field(default_factory=dict)
    """List and place in it → the document that the entry is from, and its place there."""

    def add(self, documents: Iterable[ConfigDocument]) -> None:
        """Append the lists of further documents. Raises `errors.ConfigError`."""
        for document in documents:
            found = toml(document)
            for name, entries in found.items():
                if name not in LISTS or not isinstance(entries, list):
                    raise errors.ConfigError(
                        f"{document.name}: {name!r} does not belong here; such a file holds [[projects]], [[clients]] and people"
                    )
                there = self.values.setdefault(name, [])
                if not isinstance(there, list):
                    continue  # which validation tells
                for number, entry in enumerate(entries):
                    self.origins[name, len(there)] = (document.name, number)
                    there.append(entry)

    def place(self, location: Sequence[int | str]) -> tuple[str, tuple[int | str, ...]]:
        """The document that an error's location is in, and the location in it."""
        if len(location) > 1 and (found := self.origins.get((str(location[0]), _number(location[1])))):
            return found[0], (location[0], found[1], *location[2:])
        for end in range(len(location), 0, -1):
            if (variable := self.variables.get(tuple(map(str, location[:end])))) is not None:
                return variable, tuple(location)
        return self.source, tuple(location)


def _number(part: int | str) -> int:
    return part if isinstance(part, int) else -1


def toml(document: ConfigDocument) -> dict[str, Any]:
    """The values of a document. Raises `errors.ConfigError`."""
    try:
        return tomllib.loads(document.raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.ConfigError(f"{document.name} is not valid TOML: {error}") from error


def file(path: Path) -> ConfigDocument:
    """The configuration file. Raises `errors.ConfigError`."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(DOCUMENT_BYTES + 1)
    except OSError as error:
        raise errors.ConfigError(f"cannot read the configuration {path}: {errors.reason(error)}") from error
    if len(raw) > DOCUMENT_BYTES:
        raise errors.ConfigError(f"{path} is larger than {DOCUMENT_BYTES} bytes: it is no configuration")
    return ConfigDocument(str(path), raw)


def folder(path: Path, wanted: Mapping[str, Any]) -> list[ConfigDocument]:
    """The documents of the folder that the settings of the file at `path` name. Raises `errors.ConfigError`."""
    section = wanted.get("project_sources")
    name = section.get("folder", "projects.d") if isinstance(section, dict) else "projects.d"
    if not isinstance(name, str):
        return []  # which validation tells
    where = path.parent / name
    try:
        names = sorted(one for one in where.iterdir() if one.suffix == ".toml" and not one.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise errors.ConfigError(f"cannot read the folder of projects {where}: {errors.reason(error)}") from error
    return [file(one) for one in names]


def digest(documents: Iterable[ConfigDocument]) -> str:
    """Tells whether anything was changed."""
    state = hashlib.sha256()
    for document in documents:
        state.update(b"%s\0%d\0" % (document.name.encode("utf-8", "surrogateescape"), len(document.raw)))
        state.update(document.raw)
    return state.hexdigest()
