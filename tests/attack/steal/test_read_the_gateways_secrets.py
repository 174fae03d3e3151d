"""The attacker's agent wants what Hermes knows: other clients' keys, the mail server's password, the emulator's key."""

from __future__ import annotations

import os

import pytest

from tests.attack import machine

#: What is only ever in memory and in environments of Hermes' own processes.
HERMES_OWN = {"access", "emulator", "token", "smtp", "control", "git", "unrelated", "other"}
PARTS = ("environ", "cmdline", "memory", "files")
ONLY_ROOT = "only root can start Hermes as one user and its agents as another"

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="there is no /proc here")


@pytest.mark.parametrize("user", [machine.STRANGER, None], ids=["as-another-user", "as-this-user"])
async def test_an_agent_of_the_same_user_finds_no_secret_in_any_process_or_file(user: int | None) -> None:
    if user is None and os.geteuid() == 0:
        pytest.skip("root may read everything: where Hermes runs as root, its agents are to be another user")
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can start a program as another user")
    with machine.place() as folder:
        loot = await machine.robbed(folder, user=user)

    assert loot["own"] == ["acme"]
    assert not [name for name in loot["names"] if name.startswith(("HERMES_WORKER_", "HERMES_SECRETS_", "AWS_"))]
    seen = {part: sorted(HERMES_OWN & set(loot.get(part, []))) for part in PARTS}
    assert seen == {part: [] for part in PARTS}
    # What one user's file modes do not keep from that user's own agents: docs/operations.md says so.
    assert loot["files"] == ["neighbour"]
    assert loot["doors"]
    assert 200 not in loot["doors"].values()


@pytest.mark.skipif(os.geteuid() != 0, reason=ONLY_ROOT)
async def test_an_agent_of_another_user_finds_nothing_of_another_client_either() -> None:
    with machine.place() as folder:
        loot = await machine.robbed(
            folder,
            user=None,
            given={"HERMES_WORKER_USER": str(machine.WORKER), "HERMES_WORKER_AGENT_USER": str(machine.STRANGER)},
        )

    assert loot["uid"] > machine.STRANGER
    assert loot["own"] == ["acme"]
    for part in PARTS:
        assert set(loot.get(part, [])) <= {"acme"}
    assert loot["controls"] == []
