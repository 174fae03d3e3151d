"""Writes down what an operator does, before it is done."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.aws.records.audit import AUDIT_SECONDS, month_of
from hermes.domain.operating.audit import Act, AuditRow

#: Of an operator's words.
_REASON_CHARS: Final = 500


@contextlib.asynccontextmanager
async def recorded(
    console: Console, viewer: Viewer, act: Act, subject: str, *, project: str | None = None, reason: str = ""
) -> AsyncIterator[None]:
    """Record an action, then let the body do it. One that fails gets a second row that says so.

    Raises `errors.NotFound` and `errors.NotAllowed` where the viewer may not.
    """
    viewer.require_to_act(project, subject)
    await write(console, viewer, act, subject, project=project, reason=reason)
    try:
        yield
    except errors.HermesError as error:
        outcome = f"not done: {error.message}"
        await write(console, viewer, act, subject, project=project, reason=reason, outcome=outcome)
        raise


async def write(
    console: Console,
    viewer: Viewer,
    act: Act,
    subject: str,
    *,
    project: str | None = None,
    reason: str = "",
    outcome: str = "",
) -> None:
    """One row."""
    at = console.now()
    await console.stores.audit.add(
        AuditRow(
            audit_id=console.new_id(),
            month=month_of(at),
            at=at,
            who=viewer.name,
            what=act,
            subject=subject,
            project=project,
            reason=reason[:_REASON_CHARS],
            outcome=outcome[:_REASON_CHARS],
            expires_at=int(at + AUDIT_SECONDS),
        )
    )
