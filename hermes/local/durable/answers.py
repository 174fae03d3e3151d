"""The layer before MiniStack that holds each answer back until everything it may rest on is on the disk.

That includes what another call changed and this one has read: nobody ever acts on a change that a loss of power can take back. A call
that cannot be written is answered as AWS answers when it has a bad moment, which clients repeat.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from hermes import errors
from hermes.local.durable.store import DurableStore

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Calls of DynamoDB and SQS that change rows only, or nothing; all others may change definitions.
_OF_ROWS: Final = frozenset(
    {
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"),
        *("TransactGetItems", "TransactWriteItems", "DescribeTable", "ListTables", "DescribeTimeToLive"),
        *("SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "PurgeQueue"),
        *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "GetQueueAttributes", "GetQueueUrl", "ListQueues"),
    }
)
_READS: Final = frozenset({"GET", "HEAD"})


#: What an ingress hears, and what its operator reads in the gateway's log.
NO_ROOM: Final = "there is no room on the machine for new mail"
#: The folder of raw mail in the bucket.
_MAILS: Final = "mails"


class DurableAnswers:
    """The ASGI application between the gate and MiniStack."""

    def __init__(self, app: App, store: DurableStore) -> None:
        self._app = app
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _brings_mail(scope) and not self._store.takes_mail:
            await _unwritten(send, errors.NoRoom(NO_ROOM), json_wanted=False)
            return
        control, refused = _control(scope), False

        async def answer(message: Message) -> None:
            nonlocal control, refused
            if message["type"] == "http.response.start":
                self._store.flush(control=control)
                control = False
                try:
                    await self._store.journal.settled()
                except errors.Transient as error:
                    refused = True
                    await _unwritten(send, error, json_wanted=_target(scope) is not None)
            if not refused:
                await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            # Of a caller that is gone: what it has changed is changed.
            self._store.flush(control=control)


def _target(scope: Scope) -> str | None:
    found = next((value for name, value in scope["headers"] if name.lower() == b"x-amz-target"), None)
    return None if found is None else found.decode("latin-1").rpartition(".")[2]


def _control(scope: Scope) -> bool:
    target = _target(scope)
    if target is not None:
        return target not in _OF_ROWS
    if scope["method"] in _READS:
        return False
    # An object's own calls have a key and no subresource.
    return bool(scope.get("query_string")) or scope["path"].strip("/").count("/") == 0


def _brings_mail(scope: Scope) -> bool:
    """A raw mail that an ingress stores: the one thing that begins new work."""
    return bool(scope["method"] == "PUT" and scope["path"].split("/")[2:3] == [_MAILS])


async def _unwritten(send: Send, error: errors.Transient, *, json_wanted: bool) -> None:
    if json_wanted:
        kind, text = (
            b"application/x-amz-json-1.0",
            json.dumps({"__type": "ServiceUnavailable", "message": error.message}),
        )
    else:
        kind, text = (
            b"application/xml",
            f"<Error><Code>ServiceUnavailable</Code><Message>{error.message}</Message></Error>",
        )
    body = text.encode("ascii", "replace")
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
