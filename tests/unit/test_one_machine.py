"""The files of deploy/one-machine: they name what is there, and the unit is closed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from hermes.cli.exits import ExitCode
from hermes.launch.local import STOP_GRACE_SECONDS
from hermes.local.gateway_process import STOP_SECONDS

FOLDER = Path(__file__).parents[2] / "deploy" / "one-machine"
UNIT = FOLDER / "hermes.service"
#: Of ten; an ordinary service has 9.6.
EXPOSURE = 2.0


def setting(name: str) -> str:
    found = re.search(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert found is not None, name
    return found[1]


def test_the_unit_gives_an_orderly_stop_its_time_and_tries_no_wrong_configuration_again() -> None:
    assert float(setting("TimeoutStopSec")) > STOP_GRACE_SECONDS + STOP_SECONDS
    assert setting("RestartPreventExitStatus") == str(int(ExitCode.CONFIG))
    assert setting("Type") == "notify"
    assert setting("KillMode") == "mixed"


def test_the_unit_is_closed_to_what_hermes_does_not_need(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is not there (Debian: systemd)")
        pytest.skip("systemd-analyze is not there")
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={int(EXPOSURE * 10)}", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr


def test_the_compose_file_waits_as_long_as_the_unit() -> None:
    text = (FOLDER / "compose.yaml").read_text()
    minutes = int(re.findall(r"stop_grace_period: (\d+)m", text)[0])
    assert minutes * 60 >= float(setting("TimeoutStopSec"))
    assert "target: hermes" in text
