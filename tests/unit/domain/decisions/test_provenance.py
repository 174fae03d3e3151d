"""Which reports are believed: facts in, decision out."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.domain.decisions import provenance
from hermes.domain.decisions.provenance import AHEAD, FOREIGN, UNPROVEN, Via
from tests.integration import records

OWN, DEAD_LETTER, OTHER = Via(records.KEY), Via(None), Via("acme#site#mallory")
#: The nonce was drawn, and no worker that repeats it has claimed the command (gen 2 is of a version before, or nobody).
GIVEN: dict[str, Any] = {"nonce": "n", "attempt": 2}
CLAIMED: dict[str, Any] = {**GIVEN, "claimed_gen": 2, "nonce_gen": 2}
FREE: dict[str, Any] = {"nonce": None, "attempt": 2}


@pytest.mark.parametrize(
    ("command", "via", "attempt", "nonce", "reason"),
    [
        # It repeats the nonce.
        (CLAIMED, OWN, 2, "n", None),
        (CLAIMED, OWN, 1, "n", None),
        (CLAIMED, DEAD_LETTER, 2, "n", None),
        (GIVEN, OWN, 2, "n", None),
        # A nonce that is not the command's, or of a command that has none.
        (CLAIMED, OWN, 2, "m", UNPROVEN),
        (CLAIMED, OWN, 2, "", UNPROVEN),
        (CLAIMED, OWN, 2, "ñ", UNPROVEN),
        (FREE, OWN, 2, "n", UNPROVEN),
        # Without a nonce: a plain container's, as long as its queue is known and no worker with the nonce has claimed it.
        (FREE, OWN, 2, None, None),
        (FREE, OWN, None, None, None),
        (FREE, DEAD_LETTER, 2, None, None),
        (GIVEN, OWN, 2, None, None),
        (GIVEN, DEAD_LETTER, 2, None, UNPROVEN),
        (CLAIMED, OWN, 2, None, UNPROVEN),
        # Another container's queue, whatever it repeats.
        (CLAIMED, OTHER, 2, "n", FOREIGN),
        (FREE, OTHER, None, None, FOREIGN),
        # An attempt that has not begun.
        (CLAIMED, OWN, 3, "n", AHEAD),
        (FREE, OWN, 3, None, AHEAD),
    ],
)
def test_a_report_is_believed_for_its_own_container_and_with_its_nonce(
    command: dict[str, Any], via: Via, attempt: int | None, nonce: str | None, reason: str | None
) -> None:
    assert provenance.doubt(records.command(**command), via, attempt=attempt, nonce=nonce) == reason
