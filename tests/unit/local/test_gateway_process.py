"""The gateway's process: what is told to it, and when."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hermes.local.gateway_process import GatewayProcess
from tests.eventually import eventually

#: Writes into a file what it is told, and takes mail once the file `go` is there.
_CHILD = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / "begun").touch()
while not (folder / "go").exists():
    time.sleep(0.01)
signal.signal(signal.SIGHUP, lambda *_: (folder / "looked").touch())
os.write(int(sys.argv[2]), b"ready\\n")
time.sleep(600)
"""


@pytest.mark.parametrize("early", [True, False])
async def test_a_gateway_looks_at_a_change_once_it_takes_mail(tmp_path: Path, early: bool) -> None:
    process = GatewayProcess(["-c", _CHILD, str(tmp_path)], environment={}, settings=dict, stop_seconds=60)
    process.look()
    starting = asyncio.create_task(process.start())
    try:
        await eventually((tmp_path / "begun").exists)
        if early:
            process.look()
        (tmp_path / "go").touch()
        await starting
        pid = process.pid
        assert pid is not None
        assert not (tmp_path / "looked").exists()
        process.look()
        await eventually((tmp_path / "looked").exists)
        assert process.pid == pid
    finally:
        assert await process.stop() is None
