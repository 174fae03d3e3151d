"""Rows: the processor time that a command takes before it does anything: for loading Hermes and the libraries."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

from tests.bench.passes import Passes
from tests.bench.processes import child
from tests.bench.table import Figure, Figures

_REPEATS: Final = 5
#: A page of help is there before anybody waits for it.
_HELP_MS: Final = 300
#: Each worker pays for it that was not started in advance.
_WORKER_MS: Final = 1100


def milliseconds(code: str, before: str = "pass") -> float:
    """Of running this code in a fresh process that has run `before`; the least of several."""
    timed = f"import sys, time\n{before}\nbegun = time.process_time()\n{code}\nprint(time.process_time() - begun, file=sys.stderr)"
    runs = [
        subprocess.run([sys.executable, "-c", timed], cwd=child.ROOT, capture_output=True, text=True, check=True)
        for _ in range(_REPEATS)
    ]
    return min(float(run.stderr) for run in runs) * 1e3


async def measure(passes: Passes) -> Figures:
    """Both; nothing of AWS is in them."""
    helped = (
        "from hermes.cli import main\nimport contextlib\nwith contextlib.suppress(SystemExit): main.app(['--help'])"
    )
    return {
        "hermes --help, ms of processor time": Figure(milliseconds(helped), _HELP_MS),
        "what hermes worker loads, ms of processor time": Figure(milliseconds("import hermes.cli.worker"), _WORKER_MS),
    }
