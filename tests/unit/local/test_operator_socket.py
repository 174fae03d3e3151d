"""The operator's socket gives the key of the embedded AWS to root, and a sentence to everybody else."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import pytest

from hermes import errors
from hermes.local import operator_socket
from hermes.local.operator_socket import OperatorSocket


async def asked(uid: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(operator_socket, "_peer", lambda _: uid)
    # A socket's path is short: that of a test's folder may not be.
    with tempfile.TemporaryDirectory(prefix="hermes-") as folder:
        made = OperatorSocket(Path(folder), lambda: {"HERMES_AWS__ACCESS_KEY": "key"})
        await made.start()
        assert (Path(folder) / operator_socket.FILE).stat().st_mode & 0o777 == 0o600
        try:
            return await asyncio.to_thread(operator_socket.ask, Path(folder))
        finally:
            await made.stop()
            assert list(Path(folder).iterdir()) == []


async def test_root_gets_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await asked(0, monkeypatch) == {"HERMES_AWS__ACCESS_KEY": "key"}


async def test_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.ConfigError, match="only root"):
        await asked(1000, monkeypatch)


async def test_the_kernel_says_who_asks() -> None:
    with tempfile.TemporaryDirectory(prefix="hermes-") as folder:
        made = OperatorSocket(Path(folder), lambda: {"key": "value"})
        await made.start()
        if os.geteuid() == 0:
            assert await asyncio.to_thread(operator_socket.ask, Path(folder)) == {"key": "value"}
        else:
            with pytest.raises(errors.ConfigError, match="only root"):
                await asyncio.to_thread(operator_socket.ask, Path(folder))
        await made.stop()


async def test_a_development_machine_answers_its_own_user_but_not_its_workers_and_agents() -> None:
    with tempfile.TemporaryDirectory(prefix="hermes-") as folder:
        made = OperatorSocket(Path(folder), lambda: {"key": "value"}, users=frozenset({os.getuid()}))
        await made.start()
        code = (
            f"from pathlib import Path; from hermes.local import operator_socket as o; print(o.ask(Path({folder!r})))"
        )
        assert await asyncio.to_thread(operator_socket.ask, Path(folder)) == {"key": "value"}
        asked = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        told, wrong = await asked.communicate()
        await made.stop()

    assert told == b""
    assert b"only root gets the key" in wrong


def test_a_folder_where_nothing_runs_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigError, match="no hermes up answers"):
        operator_socket.ask(tmp_path)


async def test_a_folder_with_too_long_a_name_costs_only_the_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    deep.mkdir()
    made = OperatorSocket(deep, dict)
    await made.start()
    assert await made.stop() is None
