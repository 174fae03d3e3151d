"""The code of the first version really run: it reads what this version writes, and takes a command that this version accepted."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import tarfile
import types
import typing
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from hermes import ids
from hermes.aws import items
from hermes.domain.commands import CommandState
from tests.integration.gateway.play import Play
from tests.integration.upgrade import golden, make

ROOT = Path(__file__).resolve().parents[3]
#: The commit that `v1` is of, by its words: hashes change with the history that a clone has.
V1 = "Show every setting in a commented example"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the first version."""
    asked = ["git", "-C", str(ROOT), "log", "--format=%H", f"--grep=^{V1}$"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    commits = found.stdout.split()
    if found.returncode or len(commits) != 1:
        pytest.skip(
            "this checkout has no history with the first version in it; its golden files are tested all the same"
        )
    folder = tmp_path_factory.mktemp("v1")
    packed = subprocess.run(["git", "-C", str(ROOT), "archive", commits[0], "hermes"], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tree:
        tree.extractall(folder, filter="data")
    return folder


def filled(record: BaseModel) -> BaseModel:
    """The record with everything set that may be left out, as far as its type tells how."""
    given: dict[str, Any] = {}
    for name, field in type(record).model_fields.items():
        if getattr(record, name) is None and isinstance(field.annotation, types.UnionType):
            for kind in typing.get_args(field.annotation):
                example = {str: "x", float: 1.0, int: 1}.get(kind, ("x",) if typing.get_origin(kind) is tuple else None)
                if example is not None:
                    given[name] = example
    return record.model_copy(update=given)


def _base64(value: object) -> str:
    assert isinstance(value, bytes)
    return make.plain(value)


@pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)
async def test_the_first_version_reads_what_this_one_writes_and_loses_nothing_of_it(play: Play, old: Path) -> None:
    written = {noun: [items.to_item(filled(r)) for r in found] for noun, found in make.records().items()}
    fresh = {"collect_until": 2.0, "timer_token": "t", "trace": "00-1-2-03"}
    command = items.to_item(make.command("new", 4, **fresh))
    (session,) = (items.to_item(one) for one in make.records()["sessions"])
    for noun, item in (("commands", command), ("sessions", session)):
        await play.stand.clients.dynamodb.put_item(
            TableName=play.stand.names.table(noun), Item={**item, "later": {"S": "the next version"}}
        )
    newer = {kind: json.dumps({**json.loads(body), "mood": "good"}) for kind, body in make.messages().items()}
    given = {
        "records": {noun: [{**item, "later": {"S": "x"}} for item in found] for noun, found in written.items()},
        "messages": newer,
        "endpoint": play.stand.endpoint.url,
        "prefix": play.stand.prefix,
    }

    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(Path(__file__).with_name("old_code.py"))],
        input=json.dumps(given, default=_base64), cwd=old, env={**os.environ, "PYTHONPATH": str(old)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.startswith(f"read {old}"), "another version was run"
    stands = await play.stand.commands.get("new")
    assert stands is not None
    assert (stands.state, stands.claimed_gen) == (CommandState.RUNNING, 1)
    assert {name: getattr(stands, name) for name in fresh} == fresh
    kept = await play.stand.tables.get(play.stand.names.table("commands"), {"command_id": "new"})
    assert kept is not None
    assert kept["later"] == {"S": "the next version"}


def test_the_golden_files_are_what_the_first_version_writes(old: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, make.__file__, str(tmp_path)], cwd=old, env={**os.environ, "PYTHONPATH": str(old)}, check=True
    )

    assert golden.records(tmp_path) == golden.records()
    assert golden.messages(tmp_path) == golden.messages()
    assert ids.container_key("acme", "site", golden.PERSON) == golden.KEY
