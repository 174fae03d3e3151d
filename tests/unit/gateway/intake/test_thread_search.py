"""Which keys of a thread are looked up."""

from __future__ import annotations

import types
from typing import Any

from hermes.domain.decisions.people import People
from hermes.gateway.intake import thread_search
from hermes.gateway.intake.thread_search import ThreadSearch
from hermes.gateway.replies.replies import alias_key
from tests.env import quiet

MOST = thread_search._KEYS


def keys(named: list[str], own: str | None) -> list[str]:
    stores: Any = types.SimpleNamespace(sessions=None, outbox=None)
    found = ThreadSearch(stores=stores, tokens=None, people=People(), env=quiet()).keys("acme#site", named, own)
    assert all(key == alias_key("acme#site", name) for key, name in found.items())
    return list(found.values())


def test_its_own_id_is_the_last_one_looked_at() -> None:
    assert keys(["<1@example.org>", "<2@example.org>"], "<own@example.org>") == [
        "<1@example.org>", "<2@example.org>", "<own@example.org>",
    ]  # fmt: skip
    assert keys(["<1@example.org>"], None) == ["<1@example.org>"]


def test_of_too_many_references_the_last_ones_are_left_out_but_for_outlooks() -> None:
    as_many = [f"<{number}@example.org>" for number in range(MOST)]
    assert keys(as_many, None) == as_many

    assert keys([*as_many[:-1], "<oldest@example.org>", "<outlook@example.org>"], None) == [
        *as_many[:-1],
        "<outlook@example.org>",
    ]
