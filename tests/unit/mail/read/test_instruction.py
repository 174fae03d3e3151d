"""Control words, command types and policies."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from hermes.domain.request import CommandType, Policy
from hermes.mail.read import instruction
from hermes.mail.read.instruction import Control


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("stop", Control.STOP), ("STOP!", Control.STOP), (" Cancel. \n", Control.STOP), ("Stopp", Control.STOP), ("abbrechen", Control.STOP),
        ("arrêter", Control.STOP), ("停止", Control.STOP), ("*stop*", Control.STOP), ("status?", Control.STATUS), ("Status", Control.STATUS),
        ("undo", CommandType.UNDO), ("Rückgängig!", CommandType.UNDO), ("build", CommandType.BUILD), ("commit", CommandType.COMMIT),
        ("push", CommandType.PUSH), ("Vorschau", CommandType.PREVIEW), ("preview.", CommandType.PREVIEW),
        ("stop the music on the start page", CommandType.EDIT), ("build a page", CommandType.EDIT), ("don't stop", CommandType.EDIT),
        ("undo\nand then build", CommandType.EDIT),
    ],
)  # fmt: skip
def test_only_a_word_alone_is_a_control_word(text: str, kind: object) -> None:
    found = instruction.read(text)
    assert found is not None
    assert found.type is kind


def test_a_policy_is_taken_off_the_first_line() -> None:
    assert instruction.read("/Queue \nMake it blue.") == instruction.Instruction(
        CommandType.EDIT, "Make it blue.", Policy.QUEUE
    )
    assert instruction.read("/queueing is slow") == instruction.Instruction(CommandType.EDIT, "/queueing is slow")


@pytest.mark.parametrize("line", ["/queue always", "/QUEUE  Always ", "/queue immer"])
def test_a_policy_may_be_for_the_whole_thread_with_a_request_or_alone(line: str) -> None:
    assert instruction.read(f"{line}\n\nMake it blue.") == instruction.Instruction(
        CommandType.EDIT, "Make it blue.", Policy.QUEUE, lasting=True
    )
    assert instruction.read(line) == instruction.Instruction(Control.POLICY, "", Policy.QUEUE, lasting=True)


def test_default_takes_the_threads_policy_back() -> None:
    assert instruction.read("/default") == instruction.Instruction(Control.POLICY, "", None, lasting=True)
    assert instruction.read("/default\nMake it blue.") == instruction.Instruction(
        CommandType.EDIT, "Make it blue.", None, lasting=True
    )


@pytest.mark.parametrize("text", ["", " \n ", "/merge", "/reject\n\n"])
def test_no_text_is_no_instruction(text: str) -> None:
    assert instruction.read(text) is None
