"""AWS that says no, by rule: before clients over HTTP, in AWS's own bytes, and before the emulator that is called as functions."""

from __future__ import annotations

import collections
import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from aiobotocore.awsrequest import AioAWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from hermes.aws.clients import Clients
from tests.direct import Answer, Call, Direct

#: The calls that a gateway and a worker make, by service.
OPERATIONS: Final = {
    "sqs": [
        *("ReceiveMessage", "SendMessage", "SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"),
        *("CreateQueue", "GetQueueUrl", "GetQueueAttributes", "SetQueueAttributes"),
    ],
    "dynamodb": [
        *("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "TransactWriteItems"),
    ],
    "s3": ["GetObject", "PutObject", "HeadObject", "DeleteObject", "ListObjectsV2"],
}


@dataclasses.dataclass(frozen=True, slots=True)
class Saying:
    """What AWS says."""

    code: str
    text: str
    status: int = 400

    @property
    def error(self) -> ClientError:
        """As botocore raises it."""
        answer: Any = {
            "Error": {"Code": self.code, "Message": self.text},
            "ResponseMetadata": {"HTTPStatusCode": self.status},
        }
        return ClientError(answer, "Operation")

    def body(self, service: str) -> bytes:
        """As the service writes it."""
        if service == "s3":
            words = f"<Code>{escape(self.code)}</Code><Message>{escape(self.text)}</Message>"
            return f'<?xml version="1.0" encoding="UTF-8"?><Error>{words}</Error>'.encode() if self.code else b""
        return json.dumps({"__type": self.code, "message": self.text}).encode() if self.code else b""


ROLE = "arn:aws:sts::123456789012:assumed-role/hermes/1"
#: One of each kind that passes.
PASSING: Final = (
    Saying("AccessDeniedException", f"User: {ROLE} is not authorized to perform: this", 403),
    Saying("AccessDenied", "Access Denied", 403),
    Saying("RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", 403),
    Saying("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
    Saying("UnrecognizedClientException", "The security token included in the request is invalid.", 400),
    Saying("ExpiredTokenException", "The security token included in the request is expired", 403),
    Saying("KMS.ThrottlingException", "You have exceeded the rate at which you may call KMS.", 400),
    Saying("KMS.DisabledException", "arn:aws:kms:eu-central-1:123456789012:key/1 is disabled.", 400),
    Saying("", "", 408),
    Saying("", "", 429),
    Saying("ReplicatedWriteConflictException", "being modified by a request in another Region", 400),
    Saying("ResourceNotFoundException", "Requested resource not found", 400),
    Saying("SomethingOfNextYear", "nobody has seen this", 400),
)


class Refusing:
    """Refuses calls of these clients, each so many times; what it does not refuse goes on."""

    def __init__(self, clients: Clients) -> None:
        self._rules: dict[str, tuple[Saying, int | None]] = {}
        self.met: collections.Counter[str] = collections.Counter()
        """Operation → how often it was refused."""
        for client in {id(one): one for one in (clients.polls, clients.sqs, clients.dynamodb, clients.s3)}.values():
            if isinstance(client, Direct):
                for operation in OPERATIONS[client.service]:
                    client.put_between(operation, self._between(operation))
            else:
                client.meta.events.register("before-send", self._before_send)

    def refuse(self, operation: str, saying: Saying, *, times: int | None = 1) -> None:
        """Refuse the next calls of an operation; `times` None: until `lift`."""
        self._rules[operation] = (saying, times)

    def lift(self) -> None:
        """Refuse no more."""
        self._rules.clear()

    def _next(self, operation: str) -> Saying | None:
        found = self._rules.get(operation)
        if found is None:
            return None
        saying, times = found
        if times is not None:
            if times <= 1:
                del self._rules[operation]
            else:
                self._rules[operation] = (saying, times - 1)
        self.met[operation] += 1
        return saying

    def _between(self, operation: str) -> Any:
        async def between(call: Call, asked: Mapping[str, Any]) -> Answer:
            saying = self._next(operation)
            if saying is not None:
                raise saying.error
            return await call(asked)

        return between

    async def _before_send(self, *, request: Any, event_name: str, **more: Any) -> AioAWSResponse | None:
        service, operation = event_name.split(".", 2)[1:]
        saying = self._next(operation)
        if saying is None:
            return None
        return AioAWSResponse(request.url, saying.status, HTTPHeaders(), _Raw(saying.body(service)))


class _Raw:
    """A body that has come whole."""

    def __init__(self, whole: bytes) -> None:
        self._whole = whole

    async def read(self) -> bytes:
        return self._whole
