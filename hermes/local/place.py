"""The state folder of `hermes up`: whether it can keep what is written into it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.process import privacy

_MOUNTS: Final = Path("/proc/self/mounts")
#: File systems of other machines: neither their locks nor their syncs are what SQLite's journal needs.
_NETWORK: Final = (
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "fuse.sshfs",
    "fuse.s3fs",
)


def state_folder(path: Path, *, others_pass: bool = False, mounts: Path = _MOUNTS) -> Path:
    """The folder, made if it is not there. Raises `errors.ConfigError`: no rights, no disk of this machine."""
    path = path.absolute()
    try:
        privacy.folder(path, others_pass=others_pass)
        probe = path / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise errors.ConfigError(
            f"the state folder {path} cannot be used: {error.strerror}; give it to the user that Hermes runs as, "
            "or name another in launcher.local.state or with --state"
        ) from error
    kind = _kind(path.resolve(), mounts)
    if kind in _NETWORK:
        raise errors.ConfigError(
            f"the state folder {path} is on a network file system ({kind}), whose locks and syncs do not keep what is acknowledged; "
            "name a folder on a disk of this machine in launcher.local.state or with --state"
        )
    return path


def _kind(path: Path, mounts: Path) -> str:
    """The kind of file system that a path is on; empty where the system does not tell."""
    best, kind = "", ""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, place, found, *_ = line.split()
        place = place.replace("\\040", " ")
        if (path == Path(place) or Path(place) in path.parents) and len(place) >= len(best):
            best, kind = place, found
    return kind
