"""A booby-trapped agent wants the rights of root or of the worker: by links, second names, git, devices, signals, memory."""

from __future__ import annotations

import time

from tests.attack.table import Figures
from tests.attack.trapping import as_root, ground

EVERYTHING = (
    "double_fork", "ignores_everything", "storm", "kills_the_killer", "reads_files", "writes_files", "exchanges_folders",
    "races_with_links", "attacks_the_worker", "takes_rights", "leaves_odd_files", "leaves_odd_names", "plants_in_git", "puts_another_git",
)  # fmt: skip


@as_root
def test_all_of_it_again_and_again_gets_it_nothing(large: bool, figures: Figures) -> None:
    rounds = 50 if large else 3  # in each the trap runs four times: as agent and as build of two commands
    begun, done = time.monotonic(), 0
    with ground(users=True) as here:
        here.begin(rounds)
        for number in range(1, rounds + 1):
            for seed in (number, -number):
                said = here.command(seed, EVERYTHING)
                assert seed < 0 or here.ran(
                    seed
                )  # by then it may have put a link where a photo belongs, which ends the command
                here.held(said)
                done += said["success"]
            removed = here.removed()
            assert removed == [f"session-{number}"]
            here.held({})
            assert not (here.folder / "work" / "sessions" / f"session-{number}").exists()
    figures.add("commands", 2 * rounds)
    figures.add("succeeded", done)
    figures.add("seconds", time.monotonic() - begun)


@as_root
def test_a_session_goes_on_as_if_nothing_had_been(large: bool) -> None:
    with ground(users=True) as here:
        here.begin(1)
        moves = [
            move for move in EVERYTHING if move not in ("exchanges_folders", "races_with_links")
        ]  # which may lose it its media folder, as it should
        said = here.command(1, moves)
        assert said["success"], said
        said = here.command(2, ())
        assert said["success"], said
        here.held(said)
        assert here.git("show", "thread-1:work.txt").decode().endswith("round 2\n")
        names = here.git("ls-tree", "-r", "--name-only", "-z", "thread-1").split(b"\0")
        assert {b"caf\xe9.txt", b"a\r\nb", b"-x", b'"q"', b"\xff", b"it's \xe9\nin/caf\xe9"} <= set(names)
        assert here.git("show", "thread-1:public/img/photo.png") == b"mail photo.png"
        assert bytes.fromhex(said["stored"][-1]) == b"<p>built</p>"


@as_root
def test_as_one_user_with_the_worker_no_link_and_no_git_of_its_leads_the_worker_anywhere(large: bool) -> None:
    """What an ordinary user's worker promises: less, for it may be read and signalled by its agents."""
    rounds = 20 if large else 2
    with ground(users=False) as here:
        here.begin(rounds)
        for number in range(1, rounds + 1):
            for seed in (number, -number):
                here.held(
                    here.command(seed, ("exchanges_folders", "leaves_odd_files", "plants_in_git", "takes_rights"))
                )
                assert seed < 0 or here.ran(seed)
            here.removed()
            here.held({})
