"""The environment of an agent: the listed variables, its own home, and none of the worker's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from hermes.config import agent_settings
from hermes.process import acts, descendants

ALWAYS = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")
"""Handed on without being listed: programs do not run without them, and none is a secret."""


def reduced(
    source: Mapping[str, str],
    *,
    allow: Iterable[str] = (),
    home: Path,
    mark: str,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The whole environment of an agent's process; makes the home and its folder for temporary files."""
    names = (*ALWAYS, *(name for name in allow if agent_settings.may_be_handed_on(name)))
    temporary = home / "tmp"
    with contextlib.suppress(PermissionError):  # another user's, who has it from the workspace
        acts.folder(str(home), ["tmp"])
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        **{name: source[name] for name in names if name in source},
        "TERM": "dumb",
        "NO_COLOR": "1",
        "HOME": str(home),
        "TMPDIR": str(temporary),
        **(extra or {}),
        descendants.MARK: mark,
    }
