"""The file by which `hermes send` finds a running `hermes dev`."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from hermes import errors

_NAME = "dev.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The addresses of a running `hermes dev`."""

    pid: int
    smtp_host: str
    smtp_port: int
    address: str
    person: str
    maildir: Path
    repository: str
    page: str = ""
    """Where the page is."""


def write(state: Path, running: Running) -> None:
    """Write the file."""
    values = {k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(running).items()}
    temporary = state / f"{_NAME}.new"
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    temporary.replace(state / _NAME)


def remove(state: Path) -> None:
    """Remove the file."""
    (state / _NAME).unlink(missing_ok=True)


def read(state: Path) -> Running:
    """Read the file of a running `hermes dev`. Raises `errors.ConfigError` if none runs."""
    try:
        values = json.loads((state / _NAME).read_text(encoding="utf-8"))
        found = Running(**{**values, "maildir": Path(values["maildir"])})
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise errors.ConfigError(
            f"no `hermes dev` runs in {state}: start it, or give --state, or --smtp, --to and --from"
        ) from error
    return found
