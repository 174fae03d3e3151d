"""Shared by several commands: the option for the configuration file, and the signals that stop a command."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="TOML file; default: HERMES_CONFIG, or else only the environment.", show_default=False
    ),
]


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` on SIGTERM and SIGINT."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)


def look_on_hangup(look: Callable[[], None]) -> None:
    """Call `look` on SIGHUP, unless a terminal is there whose end the signal means."""
    if not sys.stdin.isatty():
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, look)
