"""How far this machine's clock is from AWS's, by the Date header of answers that come anyway."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Mapping
from typing import Any

from hermes.aws.clients import Clients

#: Answers that are looked at between two calls of `offset`.
_ANSWERS = 20


class AwsClock:
    """Listens to the answers of DynamoDB, of which every gateway has many."""

    def __init__(self, *, clients: Clients, now: Callable[[], float]) -> None:
        self._clients = clients
        self._now = now
        self._offsets: list[float] = []

    def start(self) -> None:
        """Listen from now on."""
        self._clients.dynamodb.meta.events.register("after-call.dynamodb", self._answered)

    def offset(self) -> float | None:
        """Seconds that this clock is ahead of AWS's, by the answers since the last call; None without one.

        The smallest one counts, since an answer may have been long under way; the header has whole seconds.
        """
        found, self._offsets = self._offsets, []
        return min(found, key=abs, default=None)

    def _answered(self, *, parsed: Mapping[str, Any], **more: Any) -> None:
        if len(self._offsets) >= _ANSWERS:
            return
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        try:
            at = email.utils.parsedate_to_datetime(str(date)).timestamp()
        except (TypeError, ValueError):
            return
        self._offsets.append(self._now() - at)
