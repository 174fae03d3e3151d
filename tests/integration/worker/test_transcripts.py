"""A conversation goes on in another container, and no link in an agent's home leads anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.worker.run.transcripts import Transcripts
from tests.integration.stand import Stand

ID = "0b54c1de-1111-4222-8333-944455556666"
FOLDER = "-workspace-acme-site-sessions-acme-site-abc-tree"


@pytest.fixture
def transcripts(aws: Stand) -> Transcripts:
    return Transcripts(objects=aws.objects)


def talked(home: Path, text: str = '{"said":"hello"}\n') -> Path:
    path = home / ".claude" / "projects" / FOLDER / f"{ID}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


async def test_a_transcript_is_put_back_where_it_was(transcripts: Transcripts, tmp_path: Path) -> None:
    talked(tmp_path / "one").with_suffix(".cost.json").write_text('{"total_usd":1.5}')
    assert await transcripts.keep("s1", ID, tmp_path / "one")
    assert await transcripts.bring("s1", ID, tmp_path / "two")
    assert (tmp_path / "two" / ".claude" / "projects" / FOLDER / f"{ID}.cost.json").read_text() == '{"total_usd":1.5}'
    assert (tmp_path / "two" / ".claude" / "projects" / FOLDER / f"{ID}.jsonl").read_text() == '{"said":"hello"}\n'
    assert not await transcripts.bring("s1", ID, tmp_path / "two")
    assert not await transcripts.bring("another-session", ID, tmp_path / "three")


async def test_what_there_is_none_of_is_not_kept(transcripts: Transcripts, tmp_path: Path) -> None:
    assert not await transcripts.keep("s1", ID, tmp_path)
    assert not await transcripts.keep("s1", "../../etc/passwd", tmp_path)
    assert not await transcripts.bring("s1", "../../etc/passwd", tmp_path)


@pytest.mark.parametrize("link", [".claude", ".claude/projects", f".claude/projects/{FOLDER}"])
async def test_links_in_the_agents_home_are_not_followed(transcripts: Transcripts, tmp_path: Path, link: str) -> None:
    talked(tmp_path / "one")
    assert await transcripts.keep("s1", ID, tmp_path / "one")
    elsewhere = tmp_path / "runtime"
    elsewhere.mkdir()
    at = tmp_path / "two" / link
    at.parent.mkdir(parents=True)
    at.symlink_to(elsewhere)
    assert not await transcripts.bring("s1", ID, tmp_path / "two")
    assert list(elsewhere.rglob("*.jsonl")) == []
    (elsewhere / f"{ID}.jsonl").write_text("secret")
    assert not await transcripts.keep("s2", ID, tmp_path / "two")


async def test_a_transcript_that_is_too_large_is_left(
    transcripts: Transcripts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talked(tmp_path, "x" * 101)
    monkeypatch.setattr("hermes.worker.run.transcripts.TRANSCRIPT_BYTES", 100)
    assert not await transcripts.keep("s1", ID, tmp_path)
