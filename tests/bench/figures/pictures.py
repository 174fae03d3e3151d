"""Row: what pictures of one page add to a command: both states of the site laid out, photographed at two widths, cut, and stored."""

from __future__ import annotations

import os
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Final

from hermes.config.show_settings import ShowSettings
from hermes.execution import ExecutionState
from hermes.process.walls import Sandbox, machine
from hermes.repository.paths import Paths
from hermes.site import chromium
from hermes.worker.run.checks import Subject
from hermes.worker.run.site.viewer import SiteViewer
from tests.bench.passes import Passes
from tests.bench.table import Figure, Figures, share

TARGET_SECONDS: Final = 5.0
#: Pages of the site beside the one that changes.
_PAGES: Final = 40
_HEAD: Final = "<!doctype html><meta charset=utf-8><link rel=stylesheet href=/site.css><title>Acme</title>"
_TEXT: Final = "<h2>Bread and cake</h2><p>" + "Every morning we bake with flour of the region. " * 12 + "</p>"


async def measure(passes: Passes) -> Figures:
    """The median of some turns, each with a new Chromium, inside the walls of this machine."""
    if chromium.find(os.environ.get("PATH")) is None:
        return {}
    stored: list[str] = []

    async def put(key: str, _data: bytes, _type: str) -> None:
        stored.append(key)

    around = Sandbox(machine=machine.choose(os.environ.get("PATH")))
    settings = ShowSettings(folder="dist", texts=True)
    viewer = SiteViewer(settings=settings, environment=os.environ, put=put, sandbox=around, seconds=120.0)
    seconds = []
    with tempfile.TemporaryDirectory(prefix="pictures-") as made:
        folder = Path(made)
        paths = Paths.of(folder, "acme-site-abc12345")
        before, after = _site(folder / "before", "8–17"), _site(folder / "after", "9–17")
        for _ in range(passes.scale.starts):
            async with ExecutionState() as state:
                subject = Subject(paths=paths, mark="bench", log=folder / "log", state=state)
                begun = time.monotonic()
                sight = await viewer.look(subject, "acme-site-abc12345", before, after)
                seconds.append(time.monotonic() - begun)
            assert len(sight.pictures) == 4, "two pairs"
    note = f"worst {max(seconds):.2f} s of {len(seconds)}; {_PAGES} pages, one of them different, two pairs of pictures"
    return {"pictures of one page, added to a command, p50, s": Figure(share(seconds, 0.5), TARGET_SECONDS, note=note)}


def _site(folder: Path, hours: str) -> Path:
    """A site as a tar file."""
    folder.mkdir()
    (folder / "site.css").write_text("body { font: 18px sans-serif; margin: 0 auto; max-width: 60em }")
    for number in range(_PAGES):
        (folder / f"page-{number}.html").write_text(f"{_HEAD}<h1>{number}</h1>{_TEXT * 8}")
    (folder / "index.html").write_text(f"{_HEAD}<h1>Acme</h1>{_TEXT * 3}<p>Opening hours {hours}</p>{_TEXT * 5}")
    packed = folder.with_suffix(".tar")
    with tarfile.open(packed, "w") as file:
        for path in sorted(folder.iterdir()):
            file.add(path, path.name)
    return packed
