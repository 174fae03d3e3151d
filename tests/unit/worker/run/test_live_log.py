"""The live log: numbered segments of what is new, each written once, with steps and progress between the output."""

from __future__ import annotations

import asyncio
import types
from pathlib import Path
from typing import Any, cast

import pytest

from hermes import errors
from hermes.domain.operating.live_log import segment_key
from hermes.worker.run import live_log
from hermes.worker.run.live_log import LiveLog
from hermes.worker.run.run import Run
from tests.eventually import eventually


class Bucket:
    """Keeps what was put, and counts each key's writes."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.puts: list[tuple[str, bytes]] = []
        self.away = False

    async def put(self, key: str, data: bytes) -> None:
        self.puts.append((key, data))
        if self.away:
            raise errors.AwsUnavailable("S3 PutObject: no answer")
        self.kept[key] = data

    @property
    def text(self) -> str:
        return b"".join(self.kept[key] for key in sorted(self.kept)).decode()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    command = types.SimpleNamespace(session_id="acme-site-1", command_id="c1", attempt=2)
    log = tmp_path / "c1-2.log"
    space = types.SimpleNamespace(log_of=lambda _: log)

    async def progress(*_: Any) -> None: ...

    return cast(Run, types.SimpleNamespace(command=command, space=space, progress=progress, log=log))


def write(run: Run, text: str) -> None:
    with cast(Any, run).log.open("a", encoding="utf-8") as file:
        file.write(text)


async def test_a_reader_sees_lines_steps_and_progress_while_the_command_runs(run: Run) -> None:
    bucket = Bucket()
    async with LiveLog(put=bucket.put, seconds=0.01).of(run):
        await run.progress("agent", "Working", None)
        write(run, "one\ntwo\nhal")

        async def seen() -> bool:
            return "two" in bucket.text

        await eventually(seen)
        assert bucket.text == "» agent: Working\none\ntwo\n"  # half a line may be half a character
        write(run, "f\n")
        await run.progress("agent", "Editing\nindex.html", 40)

    assert bucket.text.splitlines()[-2:] == ["half", "» agent: Editing index.html (40 %)"]
    assert sorted(bucket.kept) == [segment_key("acme-site-1", "c1", 2, number) for number in range(len(bucket.kept))]


async def test_a_step_stands_where_it_was_told_between_the_lines(run: Run) -> None:
    bucket = Bucket()
    async with LiveLog(put=bucket.put, seconds=60).of(run):
        await run.progress("agent", "Working", None)
        write(run, "one\ntwo\n")
        await run.progress("commit", "Committing", None)
        write(run, "three\n")

    assert bucket.text == "» agent: Working\none\ntwo\n» commit: Committing\nthree\n"


async def test_nothing_is_written_while_nothing_changes(run: Run) -> None:
    bucket = Bucket()
    looks = 0

    async with LiveLog(put=bucket.put, seconds=0.001).of(run):
        write(run, "one\n")

        async def seen() -> bool:
            nonlocal looks
            looks += bool(bucket.kept)
            return looks > 20

        await eventually(seen)

    assert [data for _, data in bucket.puts] == [b"one\n"]


async def test_a_segment_that_was_not_taken_is_put_again_as_the_same_bytes(run: Run) -> None:
    bucket = Bucket()
    bucket.away = True
    async with LiveLog(put=bucket.put, seconds=0.001).of(run):
        write(run, "one\n")

        async def tried() -> bool:
            return len(bucket.puts) > 2

        await eventually(tried)
        write(run, "two\n")
        bucket.away = False

    assert {data for key, data in bucket.puts if key.endswith("000000")} == {b"one\n"}
    assert bucket.text == "one\ntwo\n"


async def test_a_bucket_that_hangs_does_not_keep_the_run_from_ending(run: Run) -> None:
    async def hang(_: str, __: bytes) -> None:
        await asyncio.Event().wait()

    async with LiveLog(put=hang, seconds=0.001, end_seconds=0.05).of(run):
        write(run, "one\n")


async def test_much_output_comes_in_several_segments_and_a_link_is_not_followed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(live_log, "SEGMENT_BYTES", 10)
    bucket = Bucket()
    async with LiveLog(put=bucket.put, seconds=0.001).of(run):
        write(run, "0123456789abcdef\nnext\n")
    assert bucket.text == "0123456789abcdef\nnext\n"
    assert len(bucket.kept) > 1

    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    log = cast(Any, run).log
    log.unlink()
    log.symlink_to(secret)
    other = Bucket()
    async with LiveLog(put=other.put, seconds=0.001).of(run):
        pass
    assert other.kept == {}
