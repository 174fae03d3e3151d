"""`python -m hermes.site.child`: looks at two states of a site, as a process of the session's own user.

Whatever a page does to what reads or shows it, it does to this process. A job comes as JSON on standard input; each finding is a line of
JSON on standard output, and pictures are files in the working directory. Paths of a job are relative to it.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from hermes.site import crop, folder, inspection, text
from hermes.site.chromium import BrowserFailed
from hermes.site.folder import SiteFolder
from hermes.site.photographs import PAIRS, Photographer

#: Time for a job, of which each page has its part.
USUAL_SECONDS: Final = 14.0
#: Changed texts in one reply.
TEXTS: Final = 10
#: Pages whose text is compared for them.
_READ: Final = 50


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done."""

    after: str
    """The folder of the site as it is now."""
    before: str | None = None
    """The folder of the site as it was; None if that is not known."""
    pages: tuple[str, ...] = ()
    """Pages that a project shows first."""
    seconds: float
    """Time for all of it."""
    program: str | None = None
    """Chromium; None: no pictures."""
    texts: bool = False
    """Whether changed texts are wanted."""
    page_mb: float | None = None
    """Inspect the site; the size that a page may have."""


def main() -> None:
    """Do one job."""
    job = Job(**json.loads(sys.stdin.read()))
    deadline = time.monotonic() + job.seconds
    after = SiteFolder(Path(job.after))
    before = SiteFolder(Path(job.before)) if job.before is not None else None
    if job.page_mb is not None:
        for problem in inspection.problems(before, after, page_mb=job.page_mb):
            _say("problem", str(problem))
        _say("inspected", True)
    if before is None or (job.program is None and not job.texts):
        return
    pages = folder.changed_pages(before, after, job.pages, most=PAIRS)
    seen: dict[str, tuple[list[str], list[str]]] = {}
    if job.program is not None and pages:
        seen = _photograph(job, (before, Path(job.before or "")), (after, Path(job.after)), pages, deadline)
    if job.texts:
        _read(before, after, pages, seen)


def _photograph(
    job: Job, before: tuple[SiteFolder, Path], after: tuple[SiteFolder, Path], pages: list[str], deadline: float
) -> dict[str, tuple[list[str], list[str]]]:
    assert job.program is not None
    try:
        photographer = Photographer(
            job.program, home=Path("chromium").absolute(), deadline=deadline, pace=max(1.0, job.seconds / USUAL_SECONDS)
        )
    except BrowserFailed as error:
        _say("trouble", str(error))
        return {}
    try:
        for number, one in enumerate(photographer.photographs(before, after, pages)):
            file = f"picture-{number}.png"
            picture = one.picture
            Path(file).write_bytes(crop.encoded(picture))
            facts = {"page": one.page, "title": one.title, "view": one.view, "after": one.after, "says": one.says}
            _say("picture", {"file": file, **facts, "width": picture.width, "height": picture.height})
    finally:
        photographer.close()
    if photographer.server.refused:
        _say("trouble", f"pages asked for {len(photographer.server.refused)} things beyond their site")
    return photographer.lines


def _read(
    before: SiteFolder, after: SiteFolder, pages: list[str], seen: dict[str, tuple[list[str], list[str]]]
) -> None:
    """Changed texts, of the photographed pages as they were rendered, of others as they are written."""
    others = [page for page in after.pages if before.hashes.get(page) != after.hashes[page] and page not in pages]
    told: dict[text.TextDifference, None] = {}
    for page in [*pages, *others][:_READ]:
        if page not in before.hashes:
            continue
        old, new = seen.get(page) or (text.lines(before.read(page)), text.lines(after.read(page)))
        told.update(dict.fromkeys(text.changes(old, new)))
        if len(told) >= TEXTS:
            break
    for one in list(told)[:TEXTS]:
        _say("text", asdict(one))


def _say(what: str, value: Any) -> None:
    sys.stdout.write(json.dumps({what: value}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
