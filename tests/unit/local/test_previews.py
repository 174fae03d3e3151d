"""Which paths of the development page are builds, and where their link leads."""

from __future__ import annotations

import pytest

from hermes.config import loading as config
from hermes.local.desk import previews

PROJECT = {
    "client": "demo",
    "project": "site",
    "repository": "/tmp/x.git",
    "addresses": ["site@hermes.test"],
    "owners": ["@people.test"],
    "build_command": "make",
    "agent": {"kind": "patch"},
}


def projects(**publish: str) -> tuple[config.Project, ...]:
    given = PROJECT | ({"publish": {"output": "dist", **publish}} if publish else {})
    return config.parse({"projects": [given]}).projects


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("previews/thread-abc/", True),
        ("previews/thread-abc/css/site.css", True),
        ("previews/", False),
        ("previews/thread-abc/../../mails/x", False),
        ("previews/thread-abc/./x", False),
        ("previews/thread-abc//x", False),
        ("mails/2026/x.eml", False),
        ("xpreviews/thread-abc/", False),
    ],
)
def test_only_what_a_project_publishes_is_shown(path: str, shown: bool) -> None:
    assert previews.is_published(projects(prefix="previews/{branch}/"), path) is shown
    assert not previews.is_published(projects(), path)


def test_a_build_in_another_bucket_has_no_link_here() -> None:
    (here,), (elsewhere,), (nothing,) = (
        projects(prefix="p/{thread}/"),
        projects(prefix="p/{thread}/", bucket="acme-previews"),
        projects(),
    )
    assert previews.url(here, 8025) == "http://127.0.0.1:8025/preview/p/{thread}/"
    assert previews.url(elsewhere, 8025) is None
    assert previews.url(nothing, 8025) is None
    assert not previews.is_published([elsewhere, nothing], "p/x/")
