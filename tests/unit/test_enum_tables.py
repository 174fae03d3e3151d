"""Every table that is looked up by an enum has a row for each member: one that the enum gains is named here, not dropped in silence."""

from __future__ import annotations

import dataclasses
import enum
import typing
from collections.abc import Iterable, Mapping

import pytest

from hermes import errors
from hermes.domain.commands import OPEN_STATES, CommandState
from hermes.domain.decisions import shares
from hermes.gateway.results import finisher
from hermes.gateway.upkeep import due_commands
from hermes.mail.write import templates
from hermes.mail.write.translation import Translation


def worded() -> Iterable[tuple[str, type[enum.Enum], Mapping[enum.Enum, object]]]:
    hints = typing.get_type_hints(Translation)
    for code, words in templates.LANGUAGES.items():
        for field in dataclasses.fields(Translation):
            kinds = typing.get_args(hints[field.name])
            if kinds and isinstance(kinds[0], type) and issubclass(kinds[0], enum.Enum):
                yield f"{code}: {field.name}", kinds[0], getattr(words, field.name)


@pytest.mark.parametrize(("name", "kind", "table"), list(worded()))
def test_a_language_has_words_for_every_member(
    name: str, kind: type[enum.Enum], table: Mapping[enum.Enum, object]
) -> None:
    # What only the operator can mend has one sentence of its own, whatever it is.
    assert {one for one in kind if not getattr(one, "ours", False)} - set(table) == set()


def test_the_languages_have_tables() -> None:
    assert len(list(worded())) >= 2 * 5


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (templates.REFUSALS, set(errors.Refusal)),
        (templates.SHARES, set(shares.Measure)),
        (finisher._KINDS, set(CommandState) - OPEN_STATES),
        (due_commands.DueCommands._waits, OPEN_STATES),
    ],
)
def test_a_table_of_the_gateway_has_a_row_for_every_member(
    table: Mapping[enum.Enum, object], members: set[enum.Enum]
) -> None:
    assert set(table) == members
