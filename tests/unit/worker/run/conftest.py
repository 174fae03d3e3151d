"""The bench that commands are run on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hermes.repository.workspace import Workspace
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.run.runner_bench import Bench


@pytest.fixture
def bench(open_workspace: Callable[..., Workspace], drawer: Drawer) -> Bench:
    return Bench(open_workspace, drawer=drawer)
