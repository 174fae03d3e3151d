"""Writes a configuration file. Strings are written as JSON writes them, which TOML reads the same."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def toml(settings: Mapping[str, Any], *, by: str) -> str:
    """Settings as TOML; `by` is the command that writes them."""
    return f"# Written by {by}. Every other setting is in config/hermes.example.toml.\n" + "".join(
        _tables(settings, ())
    )


def write(file: Path, settings: Mapping[str, Any], *, by: str) -> None:
    """Write the file whole or not at all, for its owner alone: passwords are in it."""
    write_text(file, toml(settings, by=by))


def write_text(file: Path, text: str, *, like: Path | None = None) -> None:
    """Write a file whole or not at all. It stays with its owner and mode; a new one gets those of `like`, or is for its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    model = file if file.exists() else like
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        if model is not None:
            there = model.stat()
            os.fchmod(descriptor, stat.S_IMODE(there.st_mode))
            with contextlib.suppress(PermissionError):  # somebody who may write here, and is not root
                os.fchown(descriptor, there.st_uid, there.st_gid)
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)


def _tables(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {name: value for name, value in values.items() if not _is_table(name, value)}
    lines = [f"\n[{'.'.join(path)}]\n"] if path and plain else []
    lines += [f"{name} = {_value(value)}\n" for name, value in plain.items()]
    for name, value in values.items():
        if name == "projects":
            for each in value:
                lines.append("\n[[projects]]\n")
                lines += [f"{key} = {_value(one)}\n" for key, one in each.items()]
        elif _is_table(name, value):
            lines += _tables(value, (*path, name))
    return lines


def _is_table(name: str, value: Any) -> bool:
    return isinstance(value, Mapping) or name == "projects"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
