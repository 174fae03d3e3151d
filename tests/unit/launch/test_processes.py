"""What is known of a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from hermes.launch import processes


def test_a_living_process_has_one_birth_and_a_dead_one_none() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        birth = processes.birth(child.pid)
        assert birth is not None
        assert processes.birth(child.pid) == birth
        assert processes.birth(os.getpid()) != birth

        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is a zombie still

        assert processes.birth(child.pid) is None
    assert processes.birth(child.pid) is None


def test_descendants_are_found_over_a_change_of_session() -> None:
    inner = "import subprocess, sys; p = subprocess.Popen(['sleep', '60'], start_new_session=True); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", inner], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())

        assert processes.descendants(child.pid) == [grandchild]

        processes.send(grandchild, signal.SIGKILL)
        child.wait(timeout=60)


def test_signals_to_what_is_gone_are_fine() -> None:
    child = subprocess.Popen(["true"], start_new_session=True)
    child.wait(timeout=60)

    processes.send(child.pid, signal.SIGTERM)
    processes.kill_group(child.pid)
