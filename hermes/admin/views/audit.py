"""What operators did, newest first."""

from __future__ import annotations

import contextlib
from typing import Final

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import page
from hermes.admin.views.page import Page
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws.records.newest_first import Cursor
from hermes.domain.operating.audit import Act, AuditRow

#: What `state:` may say here: the action.
STATES: Final = tuple(act.value for act in Act)


async def audit(
    console: Console,
    viewer: Viewer,
    wanted: Wanted = EVERYTHING,
    *,
    cursor: str | None = None,
    most: int = page.PAGE_ROWS,
) -> Page[AuditRow]:
    """Actions, newest first. `state:` is the action, `person:` who acted; words are looked for in subject and reason."""
    before: Cursor | None = page.begin(cursor)
    rows: list[AuditRow] = []
    place, looked, ended = before, 0, True
    async with contextlib.aclosing(console.stores.audit.newest(now=console.now(), before=before)) as found:
        async for row in found:
            if len(rows) == most or looked == page.LOOKED_AT:
                ended = False
                break
            looked += 1
            place = place.after(row.at, row.audit_id) if place else Cursor(row.at, (row.audit_id,))
            text = f"{row.subject} {row.reason}"
            if viewer.sees(row.project) and wanted.admits(
                project=row.project, person=row.who, subject=text, state=row.what.value, at=row.at
            ):
                rows.append(row)
    return Page(rows=tuple(rows), cursor=None if ended or place is None else place.encode(), looked_at=looked)
