"""Exit codes, and errors as one sentence on standard error."""

from __future__ import annotations

import enum
import tempfile
import traceback
from typing import NoReturn

from hermes import errors
from hermes.cli import plain
from hermes.domain import escape


class ExitCode(enum.IntEnum):
    """The exit codes of `hermes`."""

    DONE = 0
    """Done."""
    FAILED = 1
    """It did not work; the sentence names what and where."""
    USAGE = 2
    """The command line is wrong."""
    CONFIG = 3
    """The configuration cannot be used, or `hermes provision` was not run."""
    UNAVAILABLE = 4
    """AWS or a mail server cannot be reached now; the same command may work later."""
    FENCED = 5
    """Of `hermes worker`: another worker owns its container key now."""


def code_of(error: errors.HermesError) -> ExitCode:
    """The exit code for an error."""
    match error:
        case errors.ConfigError():
            return ExitCode.CONFIG
        case errors.Transient():
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.FAILED


def leave(error: errors.HermesError) -> NoReturn:
    """Print the error and exit with its code."""
    plain.say(f"hermes: {error.message}", err=True)
    raise SystemExit(int(code_of(error)))


def leave_unforeseen(error: Exception) -> NoReturn:
    """Print an unexpected error as one sentence; its stack trace goes to a file that the sentence names."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="hermes-error-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(escape.line("".join(traceback.format_exception(error)), keep="\n\t"))
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    plain.say(f"hermes: an error in Hermes itself ({what}); the details are in {file.name}", err=True)
    raise SystemExit(int(ExitCode.FAILED))
