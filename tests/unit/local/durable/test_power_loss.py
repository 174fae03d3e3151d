"""Loss of power, SIGKILL, a full disk: what was acknowledged is there, and nothing half."""

from __future__ import annotations

import random
from pathlib import Path

from tests.unit.local.durable import crash


def test_what_was_acknowledged_survives_a_loss_of_power(tmp_path: Path) -> None:
    library = crash.disk(tmp_path)
    folder, synced = tmp_path / "state", tmp_path / "synced"
    folder.mkdir()
    synced.mkdir()
    moments = random.Random(7)
    acknowledged: list[str] = []
    for first in range(0, 40_000, 10_000):
        settings = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder), "DISK_SYNCED": str(synced)}
        with crash.running(folder, first, settings) as wait:
            lines = wait(moments.randint(1, 150))
        acknowledged += lines
        # The machine comes up again with what was synced, and nothing else.
        for file in folder.glob("journal.db*"):
            file.unlink()
        for file in synced.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        crash.check(crash.read(folder), acknowledged)
        for file in synced.iterdir():
            file.unlink()
        for file in folder.glob("journal.db*"):
            (synced / file.name).write_bytes(file.read_bytes())


def test_what_was_acknowledged_survives_sigkill(tmp_path: Path) -> None:
    moments = random.Random(8)
    acknowledged: list[str] = []
    for first in range(0, 40_000, 10_000):
        with crash.running(tmp_path, first, {}) as wait:
            lines = wait(moments.randint(1, 150))
        acknowledged += lines
        crash.check(crash.read(tmp_path), acknowledged)


def test_a_full_disk_refuses_calls_whole_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    library = crash.disk(tmp_path)
    folder, flag = tmp_path / "state", tmp_path / "full"
    folder.mkdir()
    settings = {"LD_PRELOAD": str(library), "DISK_FOLDER": str(folder), "DISK_FULL": str(flag)}
    with crash.running(folder, 0, settings) as wait:
        wait(30)
        flag.touch()
        while not wait(1)[-1].startswith("refused"):
            pass
        for _ in range(50):
            wait(1)
        flag.unlink()
        while wait(1)[-1].startswith("refused"):
            pass
        lines = wait(30)
    refused = [line for line in lines if line.startswith("refused")]
    assert len(refused) > 20
    found = crash.read(folder)
    crash.check(found, lines)
    assert not {line.partition(" ")[2] for line in refused} & set(found["items"][0])
