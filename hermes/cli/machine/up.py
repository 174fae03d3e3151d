"""`hermes up`, `hermes backup` and `hermes restore`: everything on one machine."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from hermes import logs
from hermes.app import up as machine
from hermes.cli import plain
from hermes.cli.options import ConfigOption, look_on_hangup, stop_on_signals
from hermes.config import loading
from hermes.ops import state_backup
from hermes.process import privacy

StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state", help="Folder of everything that is kept; default: launcher.local.state.", show_default=False
    ),
]
#: The variable by which systemd names its socket for a service's own words (sd_notify(3)).
_NOTIFY = "NOTIFY_SOCKET"


def up(config_file: ConfigOption = None, state: StateOption = None) -> None:
    """Run everything on this machine under one process: gateway, embedded AWS, workers; until SIGTERM or SIGINT."""
    environ = privacy.take()
    settings, folder = machine.settings(config_file, environ, state)
    logs.set_up(level=settings.gateway.log_level, form=settings.gateway.log_format)
    notify = environ.get(_NOTIFY)
    handed_on = {name: value for name, value in environ.items() if name != _NOTIFY}
    asyncio.run(_up(config_file, folder, handed_on, notify))


async def _up(config_file: Path | None, folder: Path, environ: Mapping[str, str], notify: str | None) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    stopping = asyncio.create_task(_tell_end(stop, notify))
    try:
        await machine.up(
            config_file,
            folder,
            environ=environ,
            stop=stop,
            started=lambda: _tell(notify, "READY=1"),
            on_change=look_on_hangup,
        )
    finally:
        stopping.cancel()


async def _tell_end(stop: asyncio.Event, notify: str | None) -> None:
    await stop.wait()
    _tell(notify, "STOPPING=1")


def _tell(notify: str | None, word: str) -> None:
    if notify:
        address = "\0" + notify[1:] if notify.startswith("@") else notify
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.sendto(word.encode(), address)


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; one that is there is replaced.")],
    config_file: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Write the state of `hermes up` into one file, while it runs or not."""
    rows, size = state_backup.backup(_folder(config_file, state), file)
    plain.say(f"{file}: {rows} rows, {size} bytes, checked")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that hermes backup wrote.")],
    config_file: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Put a backup into a state folder; the state that was there is kept beside it."""
    folder = _folder(config_file, state)
    kept = state_backup.restore(file, folder)
    plain.say(f"{file} is restored into {folder}" + (f"; the state that was there is {kept}" if kept else ""))


def _folder(config_file: Path | None, state: Path | None) -> Path:
    return (state or loading.load(config_file, os.environ).launcher.local.state).absolute()
