"""`hermes completion`: the script by which a shell completes the commands."""

from __future__ import annotations

import enum
from typing import Annotated

import typer
from typer._completion_shared import get_completion_script

from hermes.cli import plain


class Shell(enum.StrEnum):
    """The shells that are known."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Your shell.", show_default=False)]) -> None:
    """Print the script by which your shell completes commands and options."""
    script = get_completion_script(prog_name="hermes", complete_var="_HERMES_COMPLETE", shell=shell.value)
    plain.say(script.rstrip("\n"))
