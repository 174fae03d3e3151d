"""Conditions that are joined: each value keeps a placeholder of its own."""

from __future__ import annotations

import pytest

from hermes.aws import items, tables


def spelled(condition: tables.Condition) -> str:
    """The expression with its names and values in it, as DynamoDB reads it."""
    text = condition.text
    for holder in sorted((*condition.names, *condition.values), key=len, reverse=True):
        is_name = holder.startswith("#")
        text = text.replace(holder, condition.names[holder] if is_name else repr(items.plain(condition.values[holder])))
    return text


def test_three_conditions_on_one_field_compare_it_with_three_values() -> None:
    joined = tables.at_least("n", 1) & tables.less("n", 5) & tables.at_most("n", 3)
    assert spelled(joined) == "((n >= 1) AND (n < 5)) AND (n <= 3)"
    assert len(joined.values) == 3


def test_two_joined_conditions_on_one_field_are_joined_again() -> None:
    low, high = tables.equals("n", 1) | tables.equals("n", 2), tables.equals("n", 3) | tables.equals("n", 4)
    assert spelled(low | high) == "((n = 1) OR (n = 2)) OR ((n = 3) OR (n = 4))"
    assert spelled((low | high) & tables.equals("n", 5)).endswith("AND (n = 5)")


@pytest.mark.parametrize("many", [2, 12])
def test_a_field_that_is_one_of_many_keeps_every_value(many: int) -> None:
    joined = tables.one_of("n", range(many)) & tables.one_of("n", range(100, 100 + many))
    first, second = ", ".join(map(str, range(many))), ", ".join(map(str, range(100, 100 + many)))
    assert spelled(joined) == f"(n IN ({first})) AND (n IN ({second}))"


def test_a_field_whose_name_begins_like_another_is_told_from_it() -> None:
    joined = tables.equals("due", 1) & (tables.equals("due", 2) | tables.equals("due_shard", 3))
    assert spelled(joined) == "(due = 1) AND ((due = 2) OR (due_shard = 3))"
