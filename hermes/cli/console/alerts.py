"""`hermes alerts test`: whether the ways to the operator lead there."""

from __future__ import annotations

import asyncio
import dataclasses

from hermes.cli import exits, plain, screen
from hermes.cli.console import deployment
from hermes.cli.console.asking import JsonOption
from hermes.cli.options import ConfigOption
from hermes.ops import alert_trial


def try_out(config_file: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Send a notice of no trouble by every way that `alerts` names, and print which took it."""
    found = asyncio.run(alert_trial.run(deployment.settings(config_file)))
    for one in found:
        if as_json:
            plain.document(dataclasses.asdict(one))
        else:
            screen.finding(one.name, one.text, ok=one.ok, todo=one.todo)
    if not all(one.ok for one in found):
        raise SystemExit(int(exits.ExitCode.FAILED))
