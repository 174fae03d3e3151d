"""The gateway of a load, in a process of its own: `hermes serve`, but that a crew starts its workers; the argument is the crew's socket."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hermes.app import gateway as composition
from hermes.cli import serve
from tests.load.crew import CrewLauncher

if __name__ == "__main__":
    seams: Any = composition
    seams.launcher = lambda config, clients, **_: CrewLauncher(Path(sys.argv[1]))
    serve.serve()
