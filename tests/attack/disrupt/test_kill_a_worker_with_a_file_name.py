"""A file, a branch or a commit with a name that is no text wants to end the worker, or each command of its project."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import git as gitpython
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes.domain import escape, wire
from hermes.repository import commit_message
from hermes.repository.workspace import Work, Workspace
from hermes.worker.run import report
from hermes.worker.run.report import Facts
from hermes.worker.run.steps import _WORK
from tests.integration.conftest import aws
from tests.integration.worker.worker_bench import Bench, bench
from tests.unit.conftest import drawer, open_workspace, origin, runtime
from tests.unit.worker.origin import BRANCH, Origin, a_command, git

__all__ = ["aws", "bench", "drawer", "open_workspace", "origin", "runtime"]
Open = Callable[..., Workspace]

LATIN = b"caf\xe9.txt"
NAMES = (
    LATIN, b"a\nb", b"a\r\nb", b"\n", b"\x1b[31mred", b'"quoted"', b"'q'", b"-x", b"--option", b":(exclude)*", b" lead", b"trail ",
    b"a\\xe9", b"n" * 255, "\u00e9".encode(), "e\u0301".encode(), b"A", b"a", b"\xff\xfe", "x\u202ey".encode(), b"*", b"\xed\xa0\x80",
)  # fmt: skip
REFUSED_BY_GIT = (b".GIT", b"git~1", b".git ")


def raw(*args: str | bytes, cwd: Path) -> bytes:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Somebody", "-c", "user.email=s@example.org")
    return subprocess.run(["git", *who, *args], cwd=cwd, env=env, capture_output=True, check=True, timeout=60).stdout


def put(folder: Path, name: bytes, data: bytes = b"x\n") -> None:
    path = os.fsencode(folder) + b"/" + name
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def files(origin: Origin, branch: str = BRANCH) -> set[bytes]:
    return set(raw("ls-tree", "-r", "--name-only", "-z", branch, cwd=origin.path).split(b"\0")[:-1])


async def one_command(space: Workspace, *, seq: int = 1) -> Work | None:
    """As the steps do it, with everything that is written down and sent on the way."""
    command = a_command(seq=seq)
    work = await space.commit(command, text=commit_message.for_command(command))
    kept = json.dumps(_WORK.dump_python(work, mode="json"))
    assert _WORK.validate_python(json.loads(kept)) == work
    landed = await space.land(work) if work is not None else None
    facts = Facts(begun=0, work=work, landed=landed, left_out=space.left_out)
    result = report.final(command, facts, stopped=None, now=1)
    assert wire.read_output(result.encode()) == result
    return work


async def test_files_of_every_name_are_committed_and_named(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    for name in (*NAMES, *REFUSED_BY_GIT):
        put(space.paths.tree, name)
    work = await one_command(space)
    assert work is not None
    assert files(origin) >= set(NAMES)
    assert set(work.files) == {escape.name(escape.decoded(name)) for name in NAMES}
    assert "caf\\xe9.txt" in work.files
    assert {words.split(" could")[0] for words in space.left_out} == {".GIT", "git~1", ".git "}
    await space.prepare(a_command(seq=2))
    for name in NAMES:
        put(space.paths.tree, name, b"changed\n")
    assert await one_command(space, seq=2) is not None


async def test_a_name_that_git_takes_from_the_remote_comes_to_the_agent(open_workspace: Open, origin: Origin) -> None:
    for name in NAMES:
        put(origin.other, name)
    raw("add", "-A", cwd=origin.other)
    raw(
        "commit",
        "--quiet",
        "-m",
        b"caf\xe9\n\nno \xff text",
        "--author",
        b"J\xe9r\xf4me <j@example.org>",
        cwd=origin.other,
    )
    raw("push", "--quiet", "origin", "main", cwd=origin.other)
    space = open_workspace()
    await space.prepare(a_command())
    assert set(os.listdir(os.fsencode(space.paths.tree))) >= set(NAMES)
    put(space.paths.tree, LATIN, b"changed\n")
    assert await one_command(space) is not None


@pytest.mark.parametrize(
    "branch",
    [
        b"caf\xe9",
        b"-x",
        b"--upload-pack=touch",
        "e\u0301".encode(),
        b"n" * 200,
        b"n" * 300,
        b"d/" * 200 + b"x" * 252,
        b'q"uote',
        b"\xff/\xfe",
    ],
)
async def test_a_branch_of_any_name_breaks_no_command(open_workspace: Open, origin: Origin, branch: bytes) -> None:
    sha = git("rev-parse", "main", cwd=origin.path)
    packed = b"# pack-refs with: peeled fully-peeled sorted \n%s refs/heads/%s\n" % (sha.encode(), branch)
    (origin.path / "packed-refs").write_bytes(packed)
    space = open_workspace()
    await space.prepare(a_command())
    put(space.paths.tree, LATIN)
    assert await one_command(space) is not None
    assert escape.decoded(branch) in await space._store.branches() or len(branch) > 250
    again = open_workspace()
    await again.prepare(a_command(seq=2))
    seen = gitpython.Repo(space.paths.tree)  # what aider opens first of all
    assert seen.head.commit.hexsha == git("rev-parse", BRANCH, cwd=origin.path)
    assert "origin/main" in [ref.name for ref in seen.references]
    seen.close()


async def test_the_default_branch_of_the_project_may_be_called_so(open_workspace: Open, origin: Origin) -> None:
    sha = git("rev-parse", "main", cwd=origin.path)
    (origin.path / "packed-refs").write_bytes(b"%s refs/heads/caf\xe9\n" % sha.encode())
    (origin.path / "HEAD").write_bytes(b"ref: refs/heads/caf\xe9\n")
    raw("update-ref", "-d", "refs/heads/main", cwd=origin.path)
    space = open_workspace()
    await space.prepare(a_command())
    put(space.paths.tree, LATIN)
    assert await one_command(space) is not None


async def test_a_repository_inside_with_such_a_name_is_taken_in(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    inside = space.paths.tree / escape.decoded(b"it's \xe9\nand 'more'")
    inside.mkdir()
    raw("init", "--quiet", ".", cwd=inside)
    put(inside, LATIN)
    assert await one_command(space) is not None
    assert b"it's \xe9\nand 'more'/" + LATIN in files(origin)


async def test_words_of_a_hook_in_another_encoding_are_told(open_workspace: Open, origin: Origin) -> None:
    origin.hook("pre-receive", "printf 'Nicht erlaubt f\\374r Sie\\n' >&2; exit 1")
    space = open_workspace()
    await space.prepare(a_command())
    put(space.paths.tree, b"a.txt")
    with pytest.raises(Exception, match=r"f\\xfcr Sie") as caught:
        await one_command(space)
    json.dumps(str(caught.value), ensure_ascii=False).encode()


_BYTES = st.binary(min_size=1, max_size=40).filter(lambda n: not {0, ord("/")} & set(n) and n not in (b".", b".."))


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(names=st.sets(_BYTES, min_size=1, max_size=8))
async def test_arbitrary_names_go_to_the_remote_and_back(
    open_workspace: Open, origin: Origin, names: set[bytes]
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    for name in names:
        with contextlib.suppress(OSError):  # .git
            put(space.paths.tree, name, os.urandom(8))
    await one_command(space)
    there = files(origin) if BRANCH in origin.branches() else set()
    told = " ".join(space.left_out)
    for name in names:
        assert name in there or escape.name(escape.decoded(name)) in told or name.lower() == b".git"


@pytest.fixture
def endpoint(ministack: object) -> object:
    """One implementation of AWS will do."""
    return ministack


AGENT = """
import os, sys
open(b"caf\\xe9.txt", "wb").write(os.urandom(8))
os.write(1, b"Wrote caf\\xe9.txt \\x1b[0m\\n")
os.write(3, b'{"progress": "caf\\xe9"}\\n{"progress": "half \\\\udce9"}\\n')
"""


async def test_the_person_gets_a_report_and_the_worker_goes_on(bench: Bench) -> None:
    packed = b"%s refs/heads/caf\xe9\n" % git("rev-parse", "main", cwd=bench.repository.path).encode()
    (bench.repository.path / "packed-refs").write_bytes(packed)
    await bench.launch()
    async with bench.serving(AGENT):
        for seq in (1, 2):
            command = await bench.accept(seq)
            await bench.send(command)
            result = await bench.result(command)
            assert (result.success, result.pushed, result.error) == (True, True, None)
            assert result.files_changed == ("caf\\xe9.txt",)
            assert "caf\\xe9.txt" in result.diffstat
    assert await bench.left() == 0
    assert LATIN in files(bench.repository)
