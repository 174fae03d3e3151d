"""What a coding agent may do wrong, each by its name. Used by the scripted agents, in their own process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def _say(text: str) -> None:
    print(text, flush=True)


def _wait() -> None:
    Path("started").touch()
    time.sleep(60)


def ignores_sigint() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _wait()


def ignores_sigint_and_sigterm() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _wait()


def leaves_setsid_child() -> None:
    subprocess.Popen(["sleep", "60"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def leaves_child_that_holds_output() -> None:
    subprocess.Popen(["sleep", "60"])


def prints_ten_megabytes_on_one_line() -> None:
    _say("x" * 10_000_000)


def prints_no_line_end() -> None:
    sys.stdout.write("no end")


def prints_binary_noise() -> None:
    sys.stdout.buffer.write(bytes(range(256)) * 1000)
    sys.stdout.flush()


def exits_143() -> None:
    os._exit(143)


def exits_1() -> None:
    sys.stderr.write("cannot reach the moon\n")
    sys.stderr.flush()
    os._exit(1)


def closes_stdin() -> None:
    os.close(0)


def forks() -> None:
    for _ in range(200):
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
            os._exit(0)


def edits_git_config_and_hooks() -> None:
    with open(".git/config", "a") as config:
        config.write("[core]\n fsmonitor = touch sprung\n hooksPath = hooks\n")
    os.makedirs(".git/hooks", exist_ok=True)


def deletes_the_worktree() -> None:
    subprocess.run(["rm", "-rf", os.getcwd()], check=False)
    os._exit(0)


def prints_without_end() -> None:
    while True:
        _say("y" * 10_000)


def hoards() -> None:
    held = []
    for _ in range(60):
        held.append(bytearray(os.urandom(1024) * 10 * 1024))
        time.sleep(0.02)
    time.sleep(60)


def fills_the_disk() -> None:
    Path("started").touch()
    try:
        with open("filler", "wb") as file:
            while True:
                file.write(b"x" * 1_000_000)
                file.flush()
    except OSError:
        _say("the disk is full")
        time.sleep(60)


def edits() -> None:
    with open("index.html", "w") as file:
        file.write("<h1>Edited</h1>\n")


def waits() -> None:
    _wait()


def run(name: str) -> None:
    globals()[name]()
