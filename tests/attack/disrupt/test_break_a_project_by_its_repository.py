"""Who can push wants the worker to run something, to leave its folders, or to fail at each command, by what git itself reads.

Names in bytes of files and branches are in `test_kill_a_worker_with_a_file_name`; here they are those of everything else that git names.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.repository.workspace import Workspace
from tests.attack.disrupt.test_kill_a_worker_with_a_file_name import LATIN, Open, files, one_command, put
from tests.unit.conftest import drawer, open_workspace, origin, runtime
from tests.unit.worker.origin import Origin, a_command

__all__ = ["drawer", "open_workspace", "origin", "runtime"]

#: What a trap does when it is sprung: the file is beside the remote, where no command has anything to do.
SPRUNG = "sprung"


def raw(*args: str | bytes, cwd: Path) -> bytes:
    """Git with a home of its own: that of the traps holds settings."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nowhere", "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=Somebody", "-c", "user.email=s@example.org")
    return subprocess.run(["git", *who, *args], cwd=cwd, env=env, capture_output=True, check=True, timeout=60).stdout


def _commit(origin: Origin, *paths: str) -> None:
    raw("add", "-f", *(paths or ("-A",)), cwd=origin.other)
    raw("commit", "--quiet", "--allow-empty", "-m", "A trap", cwd=origin.other)


def _touch(origin: Origin) -> str:
    return f"touch {origin.path.parent / SPRUNG}"


def _object(origin: Origin, kind: str, data: bytes) -> str:
    """An object that git's own commands would not make."""
    argv = ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"]
    done = subprocess.run(argv, cwd=origin.other, input=data, capture_output=True, check=True, timeout=60)
    return done.stdout.decode().strip()


def _head(origin: Origin, form: str = "%H") -> str:
    return raw("log", "-1", f"--format={form}", cwd=origin.other).decode().strip()


def tags(origin: Origin) -> None:
    sha = _head(origin)
    broken = f"object {sha}\ntype commit\ntag v\n".encode() + b"tagger J\xe9 <j@example.org> 1 +0000\n\nno \xff text\n"
    annotated = _object(origin, "tag", broken)
    for name in (b"v\xe9", b"-x", b"n" * 200, "e\u0301".encode()):
        raw("update-ref", b"refs/tags/" + name, annotated, cwd=origin.other)
    raw("push", "--quiet", "origin", "refs/tags/*:refs/tags/*", cwd=origin.other)


def author(origin: Origin) -> None:
    tree, parent = _head(origin, "%T"), _head(origin)
    lines = [
        b"tree " + tree.encode(),
        b"parent " + parent.encode(),
        b"author Ren\xe9\x07 \x1b[31m <r\xe9@example.org> 99999999999999999999 +9999",
        b"committer  <> 0 +0000",
        b"encoding no-such-charset",
        b"",
        b"\xff\xfe \x1b]0;title\x07\n",
    ]
    raw("reset", "--quiet", "--hard", _object(origin, "commit", b"\n".join(lines)), cwd=origin.other)


def submodules(origin: Origin) -> None:
    """Paths in bytes, a program for an address, a name that leads out of the folder, and a link to a commit that nobody has."""
    modules = (
        '[submodule "../../evil"]\n\tpath = evil\n\turl = ext::sh -c "{touch}"\n\tupdate = !{touch}\n'
        '[submodule "-x"]\n\tpath = -x\n\turl = -upload-pack={touch}\n'
    ).format(touch=_touch(origin))
    (origin.other / ".gitmodules").write_bytes(
        modules.encode() + b'[submodule "caf\xe9"]\n\tpath = caf\xe9\n\turl = ./caf\xe9\n'
    )
    _commit(origin)
    for name in (b"evil", b"caf\xe9", b"-x"):
        raw("update-index", "--add", "--cacheinfo", b"160000," + b"1" * 40 + b"," + name, cwd=origin.other)
    raw("commit", "--quiet", "-m", "Links", cwd=origin.other)


def attributes(origin: Origin) -> None:
    """Filters, encodings and drivers that only a configuration could name; `eol` changes files as they are checked out."""
    words = (
        "* filter=evil diff=evil merge=evil\n*.txt working-tree-encoding=UTF-16 text eol=crlf\n"
        "*.css working-tree-encoding=no-such-charset ident\n*.html export-subst -text\n[attr]evil filter=lfs\n"
    )
    (origin.other / ".gitattributes").write_text(words)
    _commit(origin, ".gitattributes")


def settings(origin: Origin) -> None:
    """Files that git obeys in its own folder, put where it does not look for them."""
    touch = _touch(origin)
    own = f"[core]\n\tfsmonitor = {touch}\n\thooksPath = hooks\n\tpager = {touch}\n[alias]\n\tstatus = !{touch}\n"
    for name in (".gitconfig", ".config/git/config", "config", ".lfsconfig", "hooks/config"):
        put(origin.other, name.encode(), own.encode())
    for name in ("hooks/post-checkout", "hooks/pre-commit", ".githooks/pre-commit", ".husky/pre-commit"):
        put(origin.other, name.encode(), f"#!/bin/sh\n{touch}\n".encode())
        (origin.other / name).chmod(0o755)
    put(origin.other, b"HEAD", b"ref: refs/heads/main\n")  # a bare repository in the worktree
    put(origin.other, b"objects/info/alternates", b"/etc\n")
    put(origin.other, b"refs/heads/x", b"0" * 40)
    _commit(origin)


def links(origin: Origin) -> None:
    for name, target in {
        b"out": b"/etc", b"up": b"../../../runtime", b"self": b"self", b"bytes": b"\xff\xfe", b"long": b"d/" * 1500,
        b"index2.html": b"/etc/passwd", b"devices": b"/dev/zero",
    }.items():  # fmt: skip
        os.symlink(target, os.fsencode(origin.other) + b"/" + name)
    _commit(origin)


def ignored(origin: Origin) -> None:
    """Rules that are no rules, that hide everything and show it again, and that are slow to match."""
    put(origin.other, b".gitignore", b"**/" * 8 + b"*a*a*a*b\n" + b"*" * 2000 + b"b\n*\n!*\n!*/\n\\\xff\n[\n" * 50)
    _commit(origin)


def depth(origin: Origin) -> None:
    put(origin.other, b"/".join([b"d"] * 400) + b"/" + LATIN)
    _commit(origin)


TRAPS: dict[str, Callable[[Origin], None]] = {
    "tags": tags,
    "author": author,
    "submodules": submodules,
    "settings": settings,
    "links": links,
    "ignored": ignored,
    "depth": depth,
    "attributes": attributes,  # the last: the tools of this test would obey them
}


async def _a_command_goes_through(open_workspace: Open, origin: Origin, seq: int = 1) -> Workspace:
    space = open_workspace()
    await space.prepare(a_command(seq=seq))
    put(space.paths.tree, LATIN, str(seq).encode())
    put(space.paths.tree, b"note.txt", b"A note\n")
    assert await one_command(space, seq=seq) is not None
    assert LATIN in files(origin)
    assert not (origin.path.parent / SPRUNG).exists()
    return space


def _set(trap: str, origin: Origin) -> None:
    TRAPS[trap](origin)
    raw("push", "--quiet", "origin", "HEAD:main", cwd=origin.other)


@pytest.mark.parametrize("trap", TRAPS)
async def test_by_one_thing(trap: str, open_workspace: Open, origin: Origin, large: bool) -> None:
    if not large:
        pytest.skip("each by itself in the large form; all together below")
    _set(trap, origin)
    for seq in (1, 2):
        await _a_command_goes_through(open_workspace, origin, seq)


async def test_by_everything_at_once(open_workspace: Open, origin: Origin, tmp_path: Path) -> None:
    for trap in TRAPS:
        _set(trap, origin)
    space = await _a_command_goes_through(open_workspace, origin)
    assert (space.paths.tree / "up").is_symlink()
    await _a_command_goes_through(open_workspace, origin, 2)
    assert not list(tmp_path.rglob("evil/.git"))
