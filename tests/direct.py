"""MiniStack called as functions: the emulator's own code, without HTTP, signing and a second process.

Over HTTP each call costs milliseconds: a test of the gateway makes a hundred of them, ten thousand schedules of commands make millions.
What an SDK does with a call, and what the emulator makes of one that comes over HTTP, the tests of `aws/` show.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any, Protocol
from xml.etree import ElementTree

from aiobotocore.hooks import AioHierarchicalEmitter
from botocore.exceptions import ClientError, ConnectionClosedError
from ministack.services import dynamodb, s3, sqs

from hermes.aws.clients import Clients

#: A waiting poll looks this often for messages whose time to be seen again has come; what is sent wakes it at once.
_LOOK_SECONDS = 0.05
#: What a poll waits for each second that it may: in one process whatever comes has come by then, and a stop waits for open polls.
_SECOND = 0.2
#: An address where nothing listens, for settings that must name one.
NOWHERE = "http://127.0.0.1:9"
#: The SDK's tries of a call.
_TRIES = 3

Answer = dict[str, Any]
Call = Callable[[Mapping[str, Any]], Awaitable[Answer]]
Between = Callable[[Call, Mapping[str, Any]], Awaitable[Answer]]


class Handler(Protocol):
    """A service of the emulator."""

    def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Awaitable[tuple[int, dict[str, str], bytes]]: ...


class Direct:
    """As much of an aiobotocore client as `hermes.aws` uses: every operation is a coroutine with the API's own parameters."""

    #: The service's name in botocore's events.
    service = ""

    def __init__(self) -> None:
        self.meta = SimpleNamespace(events=AioHierarchicalEmitter(), config=SimpleNamespace(max_pool_connections=1))
        self._endpoint = SimpleNamespace(http_session=None)
        self._between: dict[str, Between] = {}

    def put_between(self, operation: str, between: Between) -> None:
        """Let a test stand before an operation (`UpdateItem`): it gets the call and its parameters, and answers in the emulator's place."""
        self._between[operation] = between

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Answer]]:
        operation = name.title().replace("_", "")

        async def carry_out(asked: Mapping[str, Any]) -> Answer:
            await self.meta.events.emit(f"provide-client-params.{self.service}.{operation}", params=asked)
            return await self._answer(operation, asked)

        async def call(**parameters: Any) -> Answer:
            await asyncio.sleep(0)  # over a network others have their turn here
            between = self._between.get(operation)
            return await (between(carry_out, parameters) if between else carry_out(parameters))

        return call

    async def _answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        raise NotImplementedError

    async def _sent(self, operation: str, body: bytes) -> None:
        await self.meta.events.emit(f"before-send.{self.service}.{operation}", request=SimpleNamespace(body=body))

    async def _ask_in_json(self, handle: Handler, target: str, operation: str, asked: Mapping[str, Any]) -> Answer:
        body = json.dumps(asked, default=_encoded).encode()
        await self._sent(operation, body)
        status, _, said = await handle("POST", "/", {"x-amz-target": f"{target}.{operation}"}, body, {})
        answer: Answer = json.loads(said, object_hook=_decoded)
        if status < 400:
            return answer
        code = str(answer.get("__type", "")).rpartition("#")[2]
        text = str(answer.get("message", answer.get("Message", "")))
        facts = {"HTTPStatusCode": status}
        raise ClientError({**answer, "Error": {"Code": code, "Message": text}, "ResponseMetadata": facts}, operation)


class DirectDynamo(Direct):
    """DynamoDB."""

    service = "dynamodb"

    async def _answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        return await self._ask_in_json(dynamodb.handle_request, "DynamoDB_20120810", operation, asked)


class DirectSqs(Direct):
    """SQS. A poll does not look ten times a second whether something has come, as the emulator does: it is woken; and it is shorter."""

    service = "sqs"

    def __init__(self) -> None:
        super().__init__()
        self._came = asyncio.Event()

    async def _answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        if operation == "ReceiveMessage":
            return await self._received(asked)
        answer = await self._ask_in_json(sqs.handle_request, "AmazonSQS", operation, asked)
        self._came.set()
        return answer

    async def _received(self, asked: Mapping[str, Any]) -> Answer:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + int(asked.get("WaitTimeSeconds", 0)) * _SECOND
        while True:
            self._came.clear()
            at_once = {**asked, "WaitTimeSeconds": 0}
            answer = await self._ask_in_json(sqs.handle_request, "AmazonSQS", "ReceiveMessage", at_once)
            left = deadline - loop.time()
            if answer.get("Messages") or left <= 0:
                return answer
            try:
                async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                    await self._came.wait()
            except TimeoutError:
                pass


class DirectS3(Direct):
    """S3: objects, and the buckets that hold them."""

    service = "s3"

    async def _answer(self, operation: str, asked: Mapping[str, Any]) -> Answer:
        await self._sent(operation, b"")
        bucket, key = f"/{asked['Bucket']}", f"/{asked['Bucket']}/{asked.get('Key', '')}"
        match operation:
            case "PutObject":
                body = asked["Body"]
                await self._ask("PUT", key, body if isinstance(body, bytes) else body.read(), _headers(asked))
                return {}
            case "GetObject":
                head, body = await self._ask("GET", key, headers=_headers(asked))
                return {"Body": _Body(body), "ContentLength": len(body), "ContentType": head.get("Content-Type")}
            case "HeadObject":
                head, _ = await self._ask("HEAD", key)
                return {"ContentLength": int(head.get("Content-Length", 0)), "ContentType": head.get("Content-Type")}
            case "DeleteObject":
                await self._ask("DELETE", key)
                return {}
            case "ListObjectsV2":
                found = {"list-type": ["2"], "prefix": [asked["Prefix"]], "max-keys": [str(asked.get("MaxKeys", 1000))]}
                found |= {"start-after": [asked["StartAfter"]]} if "StartAfter" in asked else {}
                _, body = await self._ask("GET", bucket, query=found)
                return {"Contents": [{"Key": text} for text in _keys(body)]}
            case "HeadBucket":
                await self._ask("HEAD", bucket)
                return {}
            case "CreateBucket":
                await self._ask("PUT", bucket)
                return {}
            case "DeleteBucket":
                await self._ask("DELETE", bucket)
                return {}
            case "PutPublicAccessBlock" | "PutBucketLifecycleConfiguration":
                return {}
            case _:
                raise NotImplementedError(operation)

    async def generate_presigned_url(self, operation: str, *, Params: Mapping[str, str], ExpiresIn: int) -> str:
        """A link that nobody can follow: nothing listens there."""
        return f"{NOWHERE}/{Params['Bucket']}/{Params['Key']}?X-Amz-Expires={ExpiresIn}&X-Amz-Signature=0"

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        query: dict[str, Any] | None = None,
    ) -> tuple[dict[str, str], bytes]:
        status, head, said = await s3.handle_request(method, path, headers or {}, body, query or {})
        if status < 400:
            return head, said
        code = ElementTree.fromstring(said).findtext("Code", "") if said else str(status)
        raise ClientError(
            {"Error": {"Code": code, "Message": f"{method} {path}"}, "ResponseMetadata": {"HTTPStatusCode": status}},
            method,
        )


class _Body:
    """The stream of an object."""

    def __init__(self, whole: bytes) -> None:
        self._left = whole

    async def __aenter__(self) -> _Body:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def read(self, amount: int | None = None) -> bytes:
        amount = len(self._left) if amount is None else amount
        piece, self._left = self._left[:amount], self._left[amount:]
        return piece


def clients() -> Clients:
    """All of them, for the running event loop."""
    queues = DirectSqs()
    return Clients(polls=queues, sqs=queues, dynamodb=DirectDynamo(), s3=DirectS3())


class LostAnswers:
    """Loses the answers of an operation: it is carried out, and the caller sends it again, as the SDK does on AWS."""

    def __init__(self, client: Direct, operation: str, *, times: int = 1) -> None:
        self.lost = 0
        self._times = times
        client.put_between(operation, self._carry_out)

    async def _carry_out(self, call: Call, asked: Mapping[str, Any]) -> Answer:
        for _ in range(_TRIES):
            answer, refused = await _ended(call(asked))
            if self.lost >= self._times:
                if refused:
                    raise refused
                return answer
            self.lost += 1
        raise ConnectionClosedError(endpoint_url="direct")


async def _ended(answer: Awaitable[Answer]) -> tuple[Answer, ClientError | None]:
    try:
        return await answer, None
    except ClientError as error:
        return {}, error


def forget() -> None:
    """Empty every table: the emulator's query looks at all of one, so what ended schedules left makes each further one slower."""
    state: Any = dynamodb
    for table in state._tables.values():
        table["items"].clear()
        table["ItemCount"] = 0
    state._txn_idempotency.clear()


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _decoded(found: dict[str, Any]) -> dict[str, Any]:
    if len(found) == 1 and isinstance(found.get("B"), str):
        return {"B": base64.b64decode(found["B"])}
    return found


def _headers(asked: Mapping[str, Any]) -> dict[str, str]:
    names = {"ContentType": "content-type", "Range": "range"}
    return {header: str(asked[name]) for name, header in names.items() if name in asked}


def _keys(listing: bytes) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(listing).iter() if found.tag.endswith("}Key")]


class Memory:
    """Raw mails of one schedule after the other."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    async def put(self, key: str, data: bytes, **_: Any) -> None:
        self._kept[key] = data

    async def get(self, key: str, **_: Any) -> bytes:
        return self._kept[key]

    async def beginning(self, key: str, *, most: int, **_: Any) -> tuple[bytes, int]:
        return self._kept[key][:most], len(self._kept[key])

    async def pour(self, key: str, take: Any, **_: Any) -> int:
        await take(self._kept[key])
        return len(self._kept[key])

    def forget(self) -> None:
        """Those of the schedule before."""
        self._kept.clear()
