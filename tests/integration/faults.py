"""Faults of the network: the request is carried out, and its answer is lost."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ConnectionClosedError


class LostAnswers:
    """Loses the answers of an operation; the SDK sends the request again, as it would on AWS."""

    def __init__(self, client: Any, operation: str, *, times: int = 1) -> None:
        self.lost = 0
        self._operation = operation
        self._times = times
        self._session = client._endpoint.http_session
        self._send = self._session.send
        self._session.send = self._sending

    async def _sending(self, request: Any) -> Any:
        answer = await self._send(request)
        target = request.headers.get("X-Amz-Target", b"")
        name = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        if name == self._operation and self.lost < self._times:
            await answer.content
            self.lost += 1
            raise ConnectionClosedError(endpoint_url=str(request.url))
        return answer
