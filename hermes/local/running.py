"""The note that `hermes dev` leaves in its state folder while it runs, so that `hermes send` finds it."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from hermes import errors

_NAME = "dev.json"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Where a running `hermes dev` is reached."""

    pid: int
    smtp_host: str
    smtp_port: int
    address: str
    person: str
    maildir: Path
    repository: Path


def write(state: Path, running: Running) -> None:
    """Leave the note."""
    values = {k: str(v) if isinstance(v, Path) else v for k, v in dataclasses.asdict(running).items()}
    temporary = state / f"{_NAME}.new"
    temporary.write_text(json.dumps(values, indent=1), encoding="utf-8")
    temporary.replace(state / _NAME)


def remove(state: Path) -> None:
    """Take the note away."""
    (state / _NAME).unlink(missing_ok=True)


def read(state: Path) -> Running:
    """The note of a `hermes dev` that runs. Raises `errors.ConfigError` if none does."""
    try:
        values = json.loads((state / _NAME).read_text(encoding="utf-8"))
        found = Running(**{**values, "maildir": Path(values["maildir"]), "repository": Path(values["repository"])})
        os.kill(found.pid, 0)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise errors.ConfigError(
            f"no `hermes dev` runs in {state}: start it, or give --state, or --smtp, --to and --from"
        ) from error
    return found
