"""The ground of a booby-trapped agent: what it must not reach, and a look at all of that after every command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hermes.process import becoming, privileges
from tests import marks
from tests.unit.worker.origin import Origin

WORKER, ORDINARY = 10001, 10002
CAPABILITIES = ("chown", "dac_override", "fowner", "kill", "setgid", "setuid")
"""What the launcher needs of root's rights; the worker is started with these alone."""
TRAP = Path(__file__).with_name("trap.py")
TOKEN = "t0p-s3cret-0f-the-w0rker"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def worker_python(folder: Path) -> str:
    """This Python with all that is installed in it, for a worker that gives up being root: where this one lies, others may not read."""
    if _may_start(sys.executable, "import hermes, pydantic"):
        return sys.executable
    python = folder / "python"
    for path in ("/usr/bin/python3", "/usr/local/bin/python3"):
        version = f"import sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
        if _may_start(path, version):
            subprocess.run([path, "-m", "venv", "--without-pip", str(python)], check=True, capture_output=True)
            (site,) = python.glob("lib/python*/site-packages")
            (site / "ours.pth").write_text("\n".join([str(Path(__file__).parents[2]), *site_packages()]) + "\n")
            if _may_start(str(python / "bin" / "python"), "import hermes, pydantic"):
                return str(python / "bin" / "python")
    pytest.skip("this Python, or this clone, lies where no other user may read, and there is no other one")


def site_packages() -> list[str]:
    """Where what is installed here lies."""
    return [path for path in sys.path if path.endswith("-packages") and Path(path).is_dir()]


def _may_start(python: str, code: str) -> bool:
    try:
        subprocess.run(
            [python, "-I", "-c", code],
            user=ORDINARY,
            group=ORDINARY,
            extra_groups=[],
            check=True,
            capture_output=True,
            cwd="/",
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def program() -> str:
    """A Python that any user may start."""
    for path in ("/usr/bin/python3", "/usr/local/bin/python3", sys.executable):
        if _may_start(path, ""):
            return path
    pytest.skip("no Python on this machine that another user may start")


@dataclass(slots=True)
class Ground:
    """Folders that are not the agent's, and how they were."""

    folder: Path
    origin: Origin
    users: bool
    first: int = field(default_factory=marks.users)
    """Others may try the same on this machine just now."""
    facts: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    worker: subprocess.Popen[str] | None = None

    @property
    def outside(self) -> list[Path]:
        return [self.folder / "root", self.folder / "closed", self.folder / "workers"]

    def begin(self, rounds: int) -> None:
        """Start the worker."""
        settings = {
            "worker": WORKER if self.users else None, "first": self.first, "rounds": rounds, "origin": self.origin.url, "token": TOKEN,
            "python": program(), "trap": str(self.folder / "trap.py"),
        }  # fmt: skip
        (self.folder / "settings.json").write_text(json.dumps(settings))
        kept = ",".join(["-all", *(f"+{name}" for name in CAPABILITIES)])
        limited = (
            ["setpriv", "--bounding-set", kept, "--inh-caps", "-all"] if self.users and shutil.which("setpriv") else []
        )
        who: dict[str, Any] = {} if self.users else {"user": ORDINARY, "group": ORDINARY, "extra_groups": []}
        self.worker = subprocess.Popen(
            [*limited, worker_python(self.folder), "-m", "tests.attack.trapped", str(self.folder)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "SECRET": TOKEN},
            **who,
        )
        said = self.heard()
        runtime, other = self.folder / "work" / "runtime", self.folder / "work" / "sessions" / "other-session"
        self.facts = {
            "pids": [pid for pid in (said["pid"], said["launcher"], os.getpid()) if pid],
            "runtime": str(runtime),
            "outside": [str(path) for path in (*self.outside, runtime, other / "tree")],
            "secrets": [str(self.folder / "closed" / "canary"), str(runtime / "control.json"), str(other / "tree" / "secret")],
            "canaries": [str(path / "canary") for path in self.outside] + [str(runtime / "control.json"), str(other / "tree" / "secret")],
            "sprung": str(self.folder / "anybody" / "sprung"),
        }  # fmt: skip
        self.before = self.seen()

    def command(self, seed: int, moves: Sequence[str]) -> dict[str, Any]:
        """One command; what the worker says of it. Two of them come in each round, for the same session."""
        self.write_facts(seed, moves)
        return self._next()

    def write_facts(self, seed: int, moves: Sequence[str]) -> None:
        """What the agent reads at its start."""
        facts = {"ran": str(self.folder / "anybody" / f"ran-{seed}"), **self.facts, "seed": seed, "moves": list(moves)}
        (self.folder / "facts.json").write_text(json.dumps(facts))

    def removed(self) -> list[str]:
        """The round's session is removed as an idle one; whose folders are gone."""
        found: list[str] = self._next()["removed"]
        return found

    def ran(self, seed: int) -> bool:
        """Did the agent come to its end?"""
        return (self.folder / "anybody" / f"ran-{seed}").exists()

    def _next(self) -> dict[str, Any]:
        assert self.worker is not None
        assert self.worker.stdin is not None
        self.worker.stdin.write("\n")
        self.worker.stdin.flush()
        return self.heard()

    def heard(self) -> dict[str, Any]:
        assert self.worker is not None
        assert self.worker.stdout is not None
        assert self.worker.stdin is not None
        line = self.worker.stdout.readline()
        assert line, "the worker has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def seen(self) -> dict[str, Any]:
        """Everything that must stay as it is: names, owners, modes and bytes."""
        found: dict[str, Any] = {}
        other = [self.folder / "work" / "sessions" / "other-session" / "tree"] if self.users else []
        for folder in (*self.outside, *other):
            for path in (folder, *sorted(folder.rglob("*"))):
                state = path.lstat()
                data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
                found[str(path)] = (state.st_uid, state.st_mode, data)
        found["control"] = (self.folder / "work" / "runtime" / "control.json").read_text()
        preload = Path("/etc/ld.so.preload")
        found["preload"] = preload.read_bytes() if preload.exists() else None
        return found

    def living(self) -> dict[int, str]:
        """The processes of every user of the range, or of the agent's program."""
        if self.users:
            taken = set(range(self.first, self.first + privileges.RANGE))
            return {
                pid: _cmdline(pid)
                for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                if becoming.uids(pid) & taken
            }
        return {
            pid: _cmdline(pid) for pid in becoming.processes(ORDINARY) if str(self.folder / TRAP.name) in _cmdline(pid)
        }

    def leaked(self, said: dict[str, Any]) -> list[str]:
        """Where the secret is found: among the remote's objects, and among what was stored or shown."""
        everything = self.git("cat-file", "--batch-all-objects", "--batch")
        found = ["remote"] if TOKEN.encode() in everything or b"became root" in everything else []
        return found + ["stored" for data in said.get("stored", []) if TOKEN.encode() in bytes.fromhex(data)]

    def git(self, *args: str) -> bytes:
        """Asked of the remote's repository, whoever owns it."""
        safe = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        argv = ["git", f"--git-dir={self.origin.path}", *args]
        env = {"PATH": os.environ["PATH"], **safe}
        return subprocess.run(argv, env=env, capture_output=True, check=True, timeout=60).stdout

    def held(self, said: dict[str, Any]) -> None:
        """Nothing outlived the command, nothing outside changed, nothing unreadable was committed, no trap was sprung."""
        assert self.living() == {}
        assert self.seen() == self.before
        assert self.leaked(said) == []
        assert not Path(self.facts["sprung"]).exists()
        assert self.worker is not None
        assert self.worker.poll() is None


@contextmanager
def ground(*, users: bool) -> Iterator[Ground]:
    """The folders, in a place where another user may come to: pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hermes-trap-"))
    folder.chmod(0o755)
    owner = WORKER if users else ORDINARY
    shutil.copy(TRAP, folder / "trap.py")
    (folder / "trap.py").chmod(0o644)
    origin = Origin(folder / "origin")
    origin.write("main", {"index.html": "<h1>Welcome</h1>\n", "src/page.txt": "x\n"}, "First")
    for path in (origin.path, *origin.path.rglob("*")):
        os.chown(path, owner, owner)
    for name, uid, mode in (
        ("root", 0, 0o755),
        ("closed", 0, 0o700),
        ("workers", WORKER, 0o755),
        ("anybody", 0, 0o1777),
    ):
        (folder / name).mkdir()
        if name != "anybody":
            (folder / name / "canary").write_text(TOKEN if name == "closed" else "as it was")
            os.chown(folder / name / "canary", uid, uid)
        os.chown(folder / name, uid, uid)
        (folder / name).chmod(mode)
    if not users:
        (folder / "work").mkdir()
        os.chown(folder / "work", owner, owner)
    found = Ground(folder, origin, users)
    try:
        yield found
    finally:
        if found.worker is not None:
            for stream in (found.worker.stdin, found.worker.stdout):
                assert stream is not None
                stream.close()
            found.worker.kill()
            found.worker.wait()
        subprocess.run(["rm", "-rf", str(folder)], check=False)


def _cmdline(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""
