"""The attacker's agent wants to see and stop what runs for others, by the HTTP control of their worker."""

from __future__ import annotations

import os

import pytest

from tests.attack import machine


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a program as another user")
async def test_an_agent_finds_the_door_of_a_worker_and_no_token_for_it() -> None:
    with machine.place() as folder:
        loot = await machine.robbed(folder, user=machine.STRANGER)

    assert loot["controls"], "no worker had a control, so nothing was tried"
    assert [set(control) for control in loot["controls"]] == [{"url"}] * len(loot["controls"])
    for said in loot["controlled"]:
        assert set(said) == {401}
