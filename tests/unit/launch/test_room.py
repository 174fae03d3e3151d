"""How many workers a machine has room for."""

from __future__ import annotations

from pathlib import Path

from hermes.launch.room import WORKER_BYTES, MachineRoom, available_bytes

MB = 2**20


def test_no_limit_is_no_limit() -> None:
    assert MachineRoom().full(1000) is None


def test_a_number_of_workers_is_the_most() -> None:
    room = MachineRoom(most=2)
    assert room.full(1) is None
    assert "launcher.local.most is 2" in str(room.full(2))


def test_memory_is_left_for_what_workers_run_but_one_may_always_run() -> None:
    room = MachineRoom(memory_left=256 * MB, available=lambda: 256 * MB + WORKER_BYTES - 1)
    assert room.full(0) is None
    assert "memory_left_mb is 256" in str(room.full(1))
    assert MachineRoom(memory_left=256 * MB, available=lambda: 256 * MB + WORKER_BYTES).full(1) is None
    assert MachineRoom(memory_left=256 * MB, available=lambda: None).full(1) is None


def test_the_machine_s_memory_is_read_or_the_container_s_where_it_is_less(tmp_path: Path) -> None:
    meminfo, cgroup = tmp_path / "meminfo", tmp_path / "cgroup"
    cgroup.mkdir()
    assert available_bytes(meminfo, cgroup) is None
    meminfo.write_text("MemTotal:  4000 kB\nMemAvailable:  2000 kB\n")
    assert available_bytes(meminfo, cgroup) == 2000 * 1024
    (cgroup / "memory.max").write_text("max\n")
    assert available_bytes(meminfo, cgroup) == 2000 * 1024
    (cgroup / "memory.max").write_text("1000000\n")
    (cgroup / "memory.current").write_text("400000\n")
    assert available_bytes(meminfo, cgroup) == 600000


def test_this_machine_tells() -> None:
    found = MachineRoom().available()
    assert found is None or found > 0
