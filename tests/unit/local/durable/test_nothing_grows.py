"""Years of mail: files and memory are as large as what is kept, however much has gone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from hermes.local.durable import journal
from tests.unit.local.durable.crash import ROOT, environment
from tests.unit.local.durable.soaking_child import KEEP_DAYS, MAILS_A_DAY

MAILS, LOOKS = 3000, 6


def test_years_of_mail_leave_no_more_than_what_is_kept(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.local.durable.soaking_child", str(tmp_path), str(MAILS), str(LOOKS)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(looks) == LOOKS
    # The first look is when all that is kept is there for the first time.
    first, last = looks[0], looks[-1]
    assert MAILS / LOOKS > KEEP_DAYS * MAILS_A_DAY
    assert last["rows"] <= 1.05 * first["rows"], looks
    assert last["bodies"] <= KEEP_DAYS * MAILS_A_DAY + MAILS_A_DAY, looks
    assert last["file"] <= 1.5 * first["file"], looks
    assert last["log"] <= journal.WAL_BYTES, looks
    assert last["blocks"] <= 1.05 * first["blocks"], looks
