"""The crash points' old address; they live in `hermes.domain.env`."""

from __future__ import annotations

from hermes.domain.env import CrashPoint as CrashPoint
from hermes.domain.env import no_crash as no_crash
