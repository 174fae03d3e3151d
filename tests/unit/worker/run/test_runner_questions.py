"""A question: the agent may read, and whatever it changed is put back, however its run ends."""

from __future__ import annotations

from hermes.agents.port import Agent
from hermes.domain.request import CommandType
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.run.runner_bench import WRITE, Bench, Broken, script

ASKED = a_command("Who wrote this page?", kind=CommandType.ASK)
#: What it leaves: a change, a new file, and a commit.
CHANGES = f"{WRITE}\nopen('notes.txt', 'w').write('mine')"
COMMITS = f"{CHANGES}\nimport subprocess; subprocess.run(['git', 'commit', '-qam', 'Mine'])"


async def _then_an_edit_has_only_its_own_change(bench: Bench, origin: Origin) -> None:
    result = await bench.run(script("open('other.txt', 'w').write('other')"), a_command(seq=2))
    assert result.files_changed == ("other.txt",)
    assert origin.show(BRANCH, "index.html") == "<h1>Welcome</h1>"


async def test_an_answer_changes_nothing_and_says_what_was_put_back(bench: Bench, origin: Origin) -> None:
    for number, text in enumerate((CHANGES, COMMITS)):
        result = await bench.run(script(f"{text}\nprint('Anna did.')"), ASKED)
        assert (result.success, result.summary, result.git_commit) == (True, "Anna did.", None), number
        assert "put back" in result.hint
        assert origin.branches() == ["main"]
    await _then_an_edit_has_only_its_own_change(bench, origin)


async def test_an_interrupted_answer_changes_nothing(bench: Bench, origin: Origin) -> None:
    agent = script(f'{CHANGES}\nimport os, time; os.write(3, b\'{{"progress": "half"}}\\n\'); time.sleep(60)')
    result = await bench.stopped(agent, ASKED, at=("agent", "half"))
    assert (result.interrupted, result.git_commit, result.pushed) == (True, None, False)
    bench.state = type(bench.state)()
    await _then_an_edit_has_only_its_own_change(bench, origin)


async def test_an_answer_that_fails_changes_nothing(bench: Bench, origin: Origin) -> None:
    failing: tuple[Agent, ...] = (script(f"{CHANGES}\nimport sys; sys.exit('no more credit')"), Broken())
    for agent in failing:
        result = await bench.run(agent, ASKED)
        assert (result.success, result.git_commit, result.pushed) == (False, None, False)
    await _then_an_edit_has_only_its_own_change(bench, origin)


async def test_an_answer_whose_worker_died_changes_nothing(bench: Bench, origin: Origin) -> None:
    space = bench.open_workspace()
    await space.prepare(ASKED)
    (space.paths.tree / "half.txt").write_text("half")
    result = await bench.runner().salvage(ASKED)
    assert (result.retryable, result.pushed, origin.branches()) == (True, False, ["main"])
    await _then_an_edit_has_only_its_own_change(bench, origin)
