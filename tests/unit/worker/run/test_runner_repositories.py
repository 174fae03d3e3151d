"""Repositories as they are, with submodules, line ends, broken heads and branches in the way: no work is lost or made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.worker.origin import BRANCH, Origin, a_command, git
from tests.unit.worker.run.runner_bench import WRITE, Bench, Showing, script

NOTHING = script("print('looked')")


def raw(origin: Origin, files: dict[str, bytes], *more: str) -> None:
    """A commit of bytes as they are, whatever attributes say."""
    git("checkout", "--quiet", "-B", "main", *more, cwd=origin.other)
    for name, data in files.items():
        path = origin.other / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sha = git("hash-object", "-w", "--no-filters", name, cwd=origin.other)
        git("update-index", "--add", "--cacheinfo", f"100644,{sha},{name}", cwd=origin.other)
    git("commit", "--quiet", "-m", "raw", cwd=origin.other)
    git("push", "--quiet", "--force", "origin", "main", cwd=origin.other)


async def test_line_ends_that_attributes_would_change_are_no_change(bench: Bench, origin: Origin) -> None:
    raw(origin, {".gitattributes": b"* text=auto\n", "dos.txt": b"one\r\ntwo\r\n", "unix.txt": b"one\n"})
    result = await bench.run(NOTHING)
    assert (result.error, result.files_changed) == (None, ())
    result = await bench.run(script("open('unix.txt', 'a').write('two\\n')"), a_command(seq=2))
    assert (result.error, result.files_changed) == (None, ("unix.txt",))


async def test_a_submodule_keeps_its_pointer(bench: Bench, origin: Origin, tmp_path: Path) -> None:
    inner = Origin(tmp_path / "inner")
    sha = inner.write("main", {"lib.js": "1\n"})
    (origin.other / ".gitmodules").write_text(f'[submodule "lib"]\n\tpath = lib\n\turl = {inner.url}\n')
    git("add", ".gitmodules", cwd=origin.other)
    git("update-index", "--add", "--cacheinfo", f"160000,{sha},lib", cwd=origin.other)
    git("commit", "--quiet", "-m", "submodule", cwd=origin.other)
    git("push", "--quiet", "origin", "HEAD:main", cwd=origin.other)
    result = await bench.run(script(WRITE))
    assert (result.error, result.files_changed) == (None, ("index.html",))
    assert f"160000 commit {sha}" in git("ls-tree", BRANCH, cwd=origin.path)
    result = await bench.run(script("open('lib/new.js', 'w').write('x')"), a_command(seq=2))
    assert f"160000 commit {sha}" in git("ls-tree", BRANCH, cwd=origin.path)
    assert "lib" in " ".join(result.left_out) + result.hint


async def test_a_head_that_names_no_branch_is_said(bench: Bench, origin: Origin) -> None:
    git("symbolic-ref", "HEAD", "refs/heads/gone", cwd=origin.path)
    result = await bench.run(script(WRITE))
    assert result.error is None
    assert git("merge-base", BRANCH, "main", cwd=origin.path)
    assert "HEAD names no branch" in result.hint
    assert "began from main" in result.hint


async def test_a_shallow_repository_is_said_and_gets_no_orphan_commit(
    bench: Bench, origin: Origin, tmp_path: Path
) -> None:
    origin.write("main", {"more.html": "x\n"})
    shallow = tmp_path / "shallow.git"
    git("clone", "--quiet", "--bare", "--depth=1", origin.url, str(shallow), cwd=tmp_path)
    bench.url = f"file://{shallow}"
    result = await bench.run(script(WRITE))
    if result.error is None:
        assert git("merge-base", BRANCH, "main", cwd=shallow)
    else:
        assert "shallow" in result.error
        assert git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", cwd=shallow) == "main"


async def test_work_on_a_side_branch_is_the_base_of_the_next_request(bench: Bench, origin: Origin) -> None:
    origin.write(BRANCH, {"index.html": "<h1>Start</h1>\n"})

    conflicting = script(
        f"{WRITE}\nimport subprocess\n"
        f"subprocess.run('git -c user.name=S -c user.email=s@example.org checkout -q -B {BRANCH} origin/{BRANCH} && "
        f"echo theirs > index.html && git -c user.name=S -c user.email=s@example.org commit -qam theirs && "
        f"git push -qf origin {BRANCH}', shell=True, check=True, cwd={str(origin.other)!r})"
    )
    git("fetch", "--quiet", cwd=origin.other)
    first = await bench.run(conflicting)
    assert first.branch == f"{BRANCH}-2"
    second = await bench.run(script("open('more.txt', 'w').write('more')"), a_command(seq=2))
    assert (second.error, second.branch) == (None, f"{BRANCH}-2")
    assert origin.show(f"{BRANCH}-2", "index.html") == "<h1>Hello</h1>"
    assert origin.show(f"{BRANCH}-2", "more.txt") == "more"
    assert origin.show(BRANCH, "index.html") == "theirs"


ELSEWHERE = {
    "branch": "git checkout -q -b mine && echo x > a.txt && git add a.txt && git commit -qm own && git checkout -q {branch}",
    "tag": "echo x > a.txt && git add a.txt && git commit -qm own && git tag kept && git reset -q --hard HEAD~1",
    "stash": "echo x > a.txt && git add a.txt && git stash -q",
    "worktree": "git worktree add -q --detach ../w && cd ../w && echo x > a.txt && git add a.txt && git commit -qm own",
}


@pytest.mark.parametrize("where", ELSEWHERE)
async def test_work_that_an_agent_left_elsewhere_is_found_kept_and_said(
    bench: Bench, origin: Origin, where: str
) -> None:
    line = ELSEWHERE[where].format(branch=BRANCH)
    result = await bench.run(script(f"import subprocess; subprocess.run({line!r}, shell=True, check=True)"))
    assert result.error is None
    sides = [name for name in origin.branches() if name.startswith("hermes/side/")]
    assert len(sides) == 1
    assert origin.show(sides[0], "a.txt") == "x"
    assert sides[0] in result.hint


@pytest.mark.parametrize("theirs", [f"{BRANCH}/theirs", "hermes", f"hermes/side/{BRANCH}/x"])
async def test_a_branch_in_the_way_is_no_end_of_a_thread(bench: Bench, origin: Origin, theirs: str) -> None:
    origin.write(theirs, {"x.txt": "x\n"})
    result = await bench.run(script(WRITE))
    assert result.error is None
    assert result.pushed
    assert result.branch is not None
    assert origin.show(result.branch, "index.html") == "<h1>Hello</h1>"
    again = await bench.run(script("open('more.txt', 'w').write('more')"), a_command(seq=2))
    assert (again.error, again.branch) == (None, result.branch)


async def test_installed_packages_are_not_committed_unasked(bench: Bench, origin: Origin) -> None:
    folders = ("node_modules", "web/node_modules", ".venv")
    make = f"import os\nfor d in {folders}: os.makedirs(d); open(f'{{d}}/a.js', 'w').write('1')"
    result = await bench.run(script(f"{make}\n{WRITE}"))
    assert result.files_changed == ("index.html",)


async def test_a_merge_of_the_agent_stays_a_merge(bench: Bench, origin: Origin) -> None:
    origin.write(BRANCH, {"index.html": "<h1>Ours</h1>\n"})
    theirs = origin.write("main", {"index.html": "<h1>Theirs</h1>\n"})
    line = "git merge -q origin/main; printf '<h1>Both</h1>\\n' > index.html; git add -A; git commit -qm 'Merge main'"
    result = await bench.run(script(f"import subprocess; subprocess.run({line!r}, shell=True, check=True)"))
    assert result.error is None
    assert origin.show(BRANCH, "index.html") == "<h1>Both</h1>"
    assert theirs in git("rev-list", BRANCH, cwd=origin.path).splitlines()
    assert len(git("log", "-1", "--format=%P", BRANCH, cwd=origin.path).split()) == 2


async def test_what_a_build_made_is_nobodys_work(bench: Bench, origin: Origin) -> None:
    bench.publication = Showing()
    bench.build_command = "mkdir -p dist && echo page > dist/page && echo built >> index.html && echo x > cache.lock"
    assert (await bench.run(script(WRITE))).error is None
    result = await bench.run(script("open('more.txt', 'w').write('more')"), a_command(seq=2))
    assert (result.error, result.files_changed) == (None, ("more.txt",))
    assert "left unfinished" not in result.hint
    assert origin.log(BRANCH)[1:2] == ["Please update the homepage title"]
