"""Which calls AWS refuses now, and since when: by the answers that come anyway."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Final

from hermes import errors
from hermes.aws import calls, refusals
from hermes.aws.clients import Clients
from hermes.aws.refusals import RefusalVerdict

#: A call that was not made again for so long is no longer known to be refused.
FORGOTTEN_SECONDS: Final = 900.0
#: Names as operators know them.
_SERVICES: Final = {"sqs": "SQS", "dynamodb": "DynamoDB", "s3": "S3", "ecs": "ECS", "sesv2": "SES", "sns": "SNS"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCall:
    """One kind of call that AWS refuses, with no success since the first refusal."""

    since: float
    last_at: float
    """By the process's clock, as `since`."""
    error: errors.HermesError

    @property
    def seconds(self) -> float:
        """How long it was seen to last."""
        return self.last_at - self.since


class RefusalWatch:
    """Listens to the end of every call of every client."""

    def __init__(self, *, clients: Clients, clock: Callable[[], float]) -> None:
        self._clients = [
            client for field in dataclasses.fields(clients) if (client := getattr(clients, field.name)) is not None
        ]
        self._clock = clock
        self._refused: dict[str, RefusedCall] = {}

    def start(self) -> None:
        """Listen from now on."""
        for client in {id(client): client for client in self._clients}.values():
            client.meta.events.register("after-call", self._answered)
            client.meta.events.register("after-call-error", self._failed)

    def refused(self) -> Mapping[str, RefusedCall]:
        """What is refused now, by the name of the call (`SQS SendMessage`)."""
        now = self._clock()
        for name, one in list(self._refused.items()):
            if now - one.last_at > FORGOTTEN_SECONDS:
                del self._refused[name]
        return dict(self._refused)

    def _answered(self, *, parsed: Mapping[str, Any], event_name: str, **more: Any) -> None:
        status = int(parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 200) or 0)
        said = parsed.get("Error") if status >= 300 else None
        if said is None:
            self._refused.pop(_name(event_name), None)
            return
        code, text = str(said.get("Code", "")), str(said.get("Message", ""))
        if refusals.meaning(code, text, status=status).verdict is not RefusalVerdict.AGAIN:
            self._refused.pop(_name(event_name), None)  # it is an answer
            return
        self._note(event_name, calls.said(_name(event_name), code, text or code, status=status))

    def _failed(self, *, exception: Exception, event_name: str, **more: Any) -> None:
        self._note(event_name, calls.mapped(_name(event_name), exception))

    def _note(self, event_name: str, error: errors.HermesError) -> None:
        now, name = self._clock(), _name(event_name)
        known = self._refused.get(name)
        self._refused[name] = RefusedCall(since=known.since if known is not None else now, last_at=now, error=error)


def _name(event_name: str) -> str:
    _, service, operation = event_name.split(".", 2)
    return f"{_SERVICES.get(service, service)} {operation}"
