"""The state folder: on a disk of this machine, with the rights that Hermes needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes import errors
from hermes.local.place import state_folder


def test_a_folder_is_made_and_closed_to_others(tmp_path: Path) -> None:
    made = state_folder(tmp_path / "a" / "b")
    assert made.stat().st_mode & 0o777 == 0o700
    assert list(made.iterdir()) == []


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_folder_of_another_machine_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/home {tmp_path} {kind} rw 0 0\n")
    with pytest.raises(errors.ConfigError, match=f"network file system \\({kind}\\)"):
        state_folder(tmp_path / "state", mounts=mounts)


def test_a_disk_mounted_inside_a_network_folder_is_a_disk(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/ / nfs4 rw 0 0\n/dev/vdb {tmp_path} ext4 rw 0 0\n")
    assert state_folder(tmp_path / "state", mounts=mounts).is_dir()
    assert state_folder(tmp_path / "state", mounts=tmp_path / "none").is_dir()


def test_a_folder_without_rights_is_refused_with_what_to_do() -> None:
    with pytest.raises(errors.ConfigError, match=r"cannot be used.*--state"):
        state_folder(Path("/proc/hermes"))
