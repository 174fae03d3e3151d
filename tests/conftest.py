"""What every test process does first."""

from __future__ import annotations

from tests import warm

warm.read_files_once()
