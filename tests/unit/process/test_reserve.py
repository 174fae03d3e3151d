"""Room that is kept aside: held while there is some, given up once, taken back when there is twice as much."""

from __future__ import annotations

from pathlib import Path

from hermes.process.reserve import Reserve, free_bytes

SIZE = 100_000


def test_the_room_is_held_and_given_up(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", size=SIZE)
    assert not reserve.held
    assert reserve.hold()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= SIZE
    assert reserve.hold()
    assert reserve.release()
    assert not reserve.held
    assert not reserve.release()
    assert not (tmp_path / "reserve").exists()


def test_it_is_taken_back_only_where_there_is_twice_as_much(tmp_path: Path) -> None:
    free = 2 * SIZE - 1
    reserve = Reserve(tmp_path / "reserve", size=SIZE, free=lambda _: free)
    assert not reserve.hold()
    free += 1
    assert reserve.hold()


def test_what_is_there_of_a_process_before_is_ours(tmp_path: Path) -> None:
    Reserve(tmp_path / "reserve", size=SIZE).hold()
    assert Reserve(tmp_path / "reserve", size=SIZE, free=lambda _: 0).hold()
    assert not Reserve(tmp_path / "reserve", size=2 * SIZE, free=lambda _: 0).hold()
    assert not (tmp_path / "reserve").exists()


def test_a_folder_that_takes_nothing_is_borne(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "none" / "reserve", size=SIZE, free=lambda _: 10 * SIZE)
    assert not reserve.hold()
    assert not reserve.release()


def test_what_is_free_is_told(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
