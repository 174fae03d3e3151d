"""The process around the code, for tests: as it is in service, but for what a test sets."""

from __future__ import annotations

import dataclasses
from typing import Any

from hermes.app import env
from hermes.domain.env import Env


def quiet(**given: Any) -> Env:
    """An `Env` that tells nobody of events; `given` is what the test has of its own: `now`, `sleep`, `emit`, …"""
    return dataclasses.replace(env.system(emit=lambda event: None), **given)
