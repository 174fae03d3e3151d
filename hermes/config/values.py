"""Values of several settings: addresses of services, folders, languages. Each refusal says what would be right."""

from __future__ import annotations

import difflib
import string
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from hermes.mail.write import templates

#: What a preview's address may have in it.
_PLACES = frozenset({"branch", "thread", "session", "commit"})


def _endpoint(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError(
            f"{value!r} is no address of an emulator; one reads http://127.0.0.1:4566. For AWS itself leave the setting out"
        )
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("it is empty; leave the setting out for its default, or give it a value")
    return value


def _folder(value: Path) -> Path:
    there = next((one for one in (value, *value.absolute().parents) if one.exists()), None)
    if there is not None and not there.is_dir():
        raise ValueError(f"{str(there)!r} is a file, and a folder is needed; name another place, or move the file away")
    return value


def _language(value: str) -> str:
    known = sorted(templates.LANGUAGES)
    if value not in known:
        near = difflib.get_close_matches(value.lower()[:2], known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"Hermes does not write {value!r}; it writes {', '.join(known)}. {hint}".strip())
    return value


def _preview_url(value: str) -> str:
    try:
        named = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
    except ValueError as error:
        raise ValueError(f"{value!r} is no pattern of an address: {error}") from error
    if unknown := sorted(named - _PLACES):
        raise ValueError(f"{{{unknown[0]}}} is nothing that Hermes knows; known: {{{'}, {'.join(sorted(_PLACES))}}}")
    return value


PreviewUrl = Annotated[str, AfterValidator(_preview_url)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
NotBlank = Annotated[str, AfterValidator(_not_blank)]
Folder = Annotated[Path, AfterValidator(_folder)]
Language = Annotated[str, AfterValidator(_language)]
