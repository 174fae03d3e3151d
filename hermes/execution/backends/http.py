"""A backend over HTTP: the store that another process serves with `create_router(backend=…)`."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from pydantic import TypeAdapter

from hermes.execution import signals
from hermes.execution.backends.backend import BACKEND_SECONDS, ExecutionBackend, InterruptQuery
from hermes.execution.checkpoints import snapshot
from hermes.execution.events import events
from hermes.execution.exceptions import SnapshotError

_INTERRUPTS: Final = TypeAdapter(list[events.InterruptEvent])
_CONFLICT: Final = 409


class HttpBackend(ExecutionBackend):
    """Requests to `URL/requests/ID`, `URL/snapshots/ID` and `URL/interrupts`, where URL has the prefix of the router (`http://…/api`).

    It needs no library; each call takes a thread for its time. Errors of the connection and refusals are `OSError`.
    """

    def __init__(self, url: str, *, token: str, timeout_seconds: float = BACKEND_SECONDS) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"the address of a backend begins with http:// or https://: {url!r}")
        self._url = url.rstrip("/")
        # http.client writes header text as Latin-1: so the bytes are those of UTF-8, as clients write them
        self._authorization = f"Bearer {token}".encode().decode("latin-1")
        self._timeout_seconds = timeout_seconds

    async def request_interrupt(self, execution_id: str, signal: signals.InterruptSignal) -> None:
        """Ask the execution to stop, wherever it runs."""
        await self._call("PUT", _path("requests", execution_id), signal.model_dump_json())

    async def requested(self, execution_id: str) -> signals.InterruptSignal | None:
        """The request to stop it, or None."""
        found = json.loads(await self._call("GET", _path("requests", execution_id)))
        return None if found is None else signals.InterruptSignal.model_validate(found)

    async def withdraw(self, execution_id: str) -> None:
        """Delete the request; does nothing if there is none."""
        await self._call("DELETE", _path("requests", execution_id))

    async def keep(self, event: events.InterruptEvent) -> None:
        """Add an interrupt to the history."""
        await self._call("POST", "/interrupts", event.model_dump_json())

    async def interrupts(self, query: InterruptQuery | None = None) -> list[events.InterruptEvent]:
        """Interrupts of the history, the newest first."""
        asked = query or InterruptQuery()
        fields: dict[str, Any] = {name: getattr(asked, name) for name in InterruptQuery.__slots__}
        given = {name: str(value) for name, value in fields.items() if value is not None}
        return _INTERRUPTS.validate_json(await self._call("GET", "/interrupts?" + urlencode(given)))

    async def save(self, snapshot: snapshot.Snapshot) -> None:
        """Keep the snapshot in place of an earlier one."""
        await self._call("PUT", _path("snapshots", snapshot.execution_id), snapshot.to_json())

    async def load(self, execution_id: str) -> snapshot.Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        text = await self._call("GET", _path("snapshots", execution_id))
        return None if text.strip() == b"null" else snapshot.Snapshot.from_json(text)

    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""
        await self._call("DELETE", _path("snapshots", execution_id))

    async def _call(self, method: str, path: str, body: str | None = None) -> bytes:
        return await asyncio.to_thread(self._request, method, path, body)

    def _request(self, method: str, path: str, body: str | None) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
            self._url + path,
            method=method,
            data=None if body is None else body.encode(),
            headers={"Authorization": self._authorization, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_seconds) as answer:  # noqa: S310
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                if error.code == _CONFLICT:
                    raise SnapshotError(json.loads(error.read())["detail"]) from error
            raise


def _path(noun: str, execution_id: str) -> str:
    return f"/{noun}/{quote(execution_id, safe='')}"
