"""The limit of open files of a process."""

from __future__ import annotations

import resource

import pytest

from hermes.process import open_files


@pytest.mark.parametrize(
    ("limits", "wanted", "allowed", "set_to"),
    [
        ((256, 4096), 2048, 2048, (2048, 4096)),
        ((256, 1024), 2048, 1024, (1024, 1024)),
        ((256, resource.RLIM_INFINITY), 2048, 2048, (2048, resource.RLIM_INFINITY)),
        ((4096, 4096), 2048, 4096, None),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), 2048, 2048, None),
    ],
)
def test_the_limit_is_raised_as_far_as_the_system_allows(
    monkeypatch: pytest.MonkeyPatch,
    limits: tuple[int, int],
    wanted: int,
    allowed: int,
    set_to: tuple[int, int] | None,
) -> None:
    done: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda kind: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, given: done.append(given))
    assert open_files.allow(wanted) == allowed
    assert done == ([set_to] if set_to else [])
