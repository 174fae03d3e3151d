"""What a worker needs to use a real bare repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.repository.bundles import Bundles
from hermes.repository.git import Git
from hermes.repository.remote import Remote
from hermes.repository.secret_scan import SecretScan
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from tests import env
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.origin import BRANCH, SESSION, Origin, no_pause


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    found = Origin(tmp_path / "origin")
    found.write("main", {"index.html": "<h1>Welcome</h1>\n", "style.css": "h1 { color: red }\n"}, "First")
    return found


@pytest.fixture
def runtime(tmp_path: Path) -> tuple[Git, Store]:
    home = tmp_path / "work" / "runtime"
    git_runner = Git(home=home / "home", source=os.environ)
    return git_runner, Store(git=git_runner, path=home / "store.git")


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


@pytest.fixture
def open_workspace(
    tmp_path: Path, origin: Origin, runtime: tuple[Git, Store], drawer: Drawer
) -> Callable[..., Workspace]:
    def open_it(
        url: str | None = None,
        session_id: str = SESSION,
        branch: str = BRANCH,
        secrets: SecretScan | None = None,
    ) -> Workspace:
        _git_runner, store = runtime
        remote = Remote(store=store, url=url or origin.url, env=env.quiet(sleep=no_pause))
        return Workspace(
            store=store,
            remote=remote,
            paths=Paths.of(tmp_path / "work", session_id),
            session_id=session_id,
            branch=branch,
            bundles=Bundles(objects=drawer),
            secrets=secrets,
        )

    return open_it


@pytest.fixture
def elsewhere(tmp_path: Path, origin: Origin, drawer: Drawer) -> Callable[..., Workspace]:
    """The same session in another container: nothing of the first one's disk is there."""

    def open_it() -> Workspace:
        root = tmp_path / "elsewhere"
        store = Store(git=Git(home=root / "runtime" / "home", source=os.environ), path=root / "runtime" / "store.git")
        return Workspace(
            store=store,
            remote=Remote(store=store, url=origin.url, env=env.quiet(sleep=no_pause)),
            paths=Paths.of(root, SESSION),
            session_id=SESSION,
            branch=BRANCH,
            bundles=Bundles(objects=drawer),
        )

    return open_it
