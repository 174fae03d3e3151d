"""Where a load happens: emulator, project, mail server, crew, and a gateway in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from hermes.app import gateway as composition
from hermes.aws import provision
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading as config
from hermes.local import project, settings
from hermes.local.emulator import Emulator
from tests.faults.siege import ROOT
from tests.integration.gateway.postbox import Postbox
from tests.load.crew import Crew

#: A gateway imports, connects and listens within this, also on a machine that has other things to do.
_START_SECONDS = 60.0
#: The workers' long polls, two each, are in one process.
_POLLS = 128


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ground:
    """What stands."""

    records: composition.Records
    postbox: Postbox
    repository: Path
    runs: Path
    smtp_port: int
    metrics_url: str
    gateway: asyncio.subprocess.Process
    emulator_pid: int
    state: Path
    """The embedded AWS's folder."""


def _settings(folder: Path, emulator: Emulator, replies: int, ports: dict[str, int], collect: float) -> dict[str, Any]:
    """The embedded default's own, with metrics."""
    base = settings.over(
        settings.project(repository=str(folder / "project.git")),
        settings.Surroundings(
            state=folder / "state", endpoint_url=emulator.endpoint_url, key=emulator.key, replies_port=replies
        ),
    )
    given: dict[str, Any] = base.model_dump(mode="json", exclude_unset=True)
    given["smtp_ingress"]["port"] = ports["smtp"]
    given["web"] = {"enabled": True, "port": ports["web"]}
    given["gateway"] = {"collect_seconds": collect, "log_level": "INFO"}
    return given


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def ground(folder: Path, *, collect: float) -> AsyncIterator[Ground]:
    """All of it, stopped in order at the end."""
    async with contextlib.AsyncExitStack() as stack:
        emulator = await stack.enter_async_context(Emulator(state=folder / "aws", environment=os.environ))
        repository = folder / "project.git"
        await asyncio.to_thread(project.create, repository)
        asking = ["git", "-C", str(repository), "rev-parse", "main"]
        told = await asyncio.to_thread(subprocess.check_output, asking, text=True)
        postbox = Postbox()
        await postbox.start()
        stack.push_async_callback(postbox.close)
        ports = {"smtp": _free_port(), "web": _free_port()}
        given = _settings(folder, emulator, postbox.port, ports, collect)
        conf = config.parse(given)
        made = await stack.enter_async_context(composition.connect(conf, polls=_POLLS))
        await provision.provision(
            clients=made, names=ResourceNames(conf.prefix), bucket=conf.aws.bucket, region=conf.aws.region
        )
        crew = Crew(runs=folder / "runs", commit=told.strip(), clients=made)
        # A socket's path is short: that of a folder for tests may not be.
        path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hermes-"))) / "crew"
        await stack.enter_async_context(crew.serving(path))
        gateway = await stack.enter_async_context(_gateway(folder, given, path, ports["smtp"]))
        yield Ground(
            records=await composition.records(conf, made),
            postbox=postbox,
            repository=repository,
            runs=folder / "runs",
            smtp_port=ports["smtp"],
            metrics_url=f"http://127.0.0.1:{ports['web']}/metrics",
            gateway=gateway,
            emulator_pid=emulator.pid or 0,
            state=folder / "aws",
        )


@contextlib.asynccontextmanager
async def _gateway(
    folder: Path, given: dict[str, Any], crew: Path, port: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    said = {
        f"HERMES_{name.upper()}": json.dumps(value) if isinstance(value, dict | list) else str(value)
        for name, value in given.items()
    }
    with (folder / "gateway.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.load.gateway", str(crew),
            cwd=ROOT, env={"PATH": os.environ["PATH"], "HOME": str(folder), **said}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        async with asyncio.timeout(_START_SECONDS):
            while True:
                assert process.returncode is None, (folder / "gateway.log").read_text(encoding="utf-8")[-2000:]
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(60):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
