"""`python -m hermes.cli.part MODULE ARGUMENT…`: a part of Hermes as a process of its own, without the command line's other commands.

It is closed to other processes before anything is loaded.
"""

from __future__ import annotations

import importlib
import sys

from hermes.process import memory, privacy


def main() -> None:
    """Load the module and call its `main`, which finds its own arguments in `sys.argv`."""
    privacy.close()
    del sys.argv[0]
    with memory.loading():
        part = importlib.import_module(sys.argv[0])
    part.main()


if __name__ == "__main__":
    main()
