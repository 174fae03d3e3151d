"""Files that Hermes does not commit: too large for a forge, or by the look of it a secret. They are named to the person."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path, PurePosixPath

from hermes import limits

_SECRET_NAMES = (
    ".env", ".env.*", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.p12", "*.pfx", "*.keystore", "*.jks",
    ".netrc", ".pgpass", ".npmrc", ".pypirc", ".git-credentials", "credentials.json",
)  # fmt: skip
_HARMLESS_NAMES = (".env.example", ".env.sample", ".env.template", ".env.dist", ".env.test")
_SECRET_TEXT = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bghp_[0-9A-Za-z]{36}\b|\bsk-ant-[0-9A-Za-z_-]{40}"
)
_READ_BYTES = 256 * 1024


def objection(path: str, file: Path, *, new: bool) -> str | None:
    """Why this file is not committed, or None. A name alone only counts for a file that the repository did not have."""
    try:
        if file.is_symlink() or not file.is_file():
            return None
        size = file.stat().st_size
        if size > limits.COMMIT_FILE_BYTES:
            return f"{path} is too large ({size // (1024 * 1024)} MiB)"
        if not new:
            return None
        if _named_like_a_secret(PurePosixPath(path).name):
            return f"{path} looks like a secret by its name"
        with file.open("rb") as opened:
            if _SECRET_TEXT.search(opened.read(_READ_BYTES)):
                return f"{path} seems to hold a key or token"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    return None


def _named_like_a_secret(name: str) -> bool:
    return name not in _HARMLESS_NAMES and any(fnmatch.fnmatchcase(name, pattern) for pattern in _SECRET_NAMES)
