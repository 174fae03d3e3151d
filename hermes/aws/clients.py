"""The AWS clients of a process: two for SQS (polls, calls), one for each other service; all made at start.

A first client costs 150–830 ms with the event loop blocked, so none is made later; most of it is reading the descriptions of the services,
which all clients of a process share. Polls have a separate pool: with twelve long
polls open on the default pool of ten, a send waited 5.7 s, and that wait has no time limit in aiobotocore.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import gzip
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, TypedDict

import orjson
from aiobotocore import session as aio
from aiobotocore.config import AioConfig
from botocore import loaders

import hermes
from hermes import limits

#: No retries by the SDK.
ONCE: Final = {"total_max_attempts": 1, "mode": "standard"}
#: Calls of DynamoDB under way at once: at 20 ms each more than the one core of a gateway can ask for.
RECORD_CALLS: Final = 16

#: One that is given is not put together again for every call, which is a tenth of what a call costs us.
_USER_AGENT = f"hermes/{hermes.__version__}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """aiobotocore clients, untyped as the library is."""

    polls: Any
    """SQS, for long polls alone; no SDK retries."""
    sqs: Any
    dynamodb: Any
    s3: Any
    ecs: Any = None
    ses: Any = None
    sns: Any = None
    iam: Any = None
    sts: Any = None
    quotas: Any = None


class Keys(TypedDict, total=False):
    """Credentials as `connect` takes them."""

    access_key: str
    secret_key: str
    session_token: str


def keys(environ: Mapping[str, str], *, access_key: str | None = None, secret_key: str | None = None) -> Keys:
    """The given credentials, or those in these variables, since the SDK does not see secrets that were handed over."""
    if access_key and secret_key:
        return Keys(access_key=access_key, secret_key=secret_key)
    found = Keys()
    if environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"):
        found["access_key"] = environ["AWS_ACCESS_KEY_ID"]
        found["secret_key"] = environ["AWS_SECRET_ACCESS_KEY"]
        if environ.get("AWS_SESSION_TOKEN"):
            found["session_token"] = environ["AWS_SESSION_TOKEN"]
    return found


async def warm() -> None:
    """Read what every client needs, so that `connect` takes a hundredth of a second; asks nobody."""
    async with connect(region="eu-central-1", endpoint_url="http://127.0.0.1", access_key="none", secret_key="none"):  # noqa: S106
        pass


class _QuickFiles(loaders.JSONFileLoader):  # type: ignore[misc]
    """Reads botocore's files in a third of the time that Python's own JSON takes for them."""

    def load_file(self, file_path: str) -> Any:
        """The file's content; None if there is none."""
        for ending, reading in ((".json", open), (".json.gz", gzip.open)):
            with contextlib.suppress(FileNotFoundError), reading(file_path + ending, "rb") as file:
                return orjson.loads(file.read())
        return None


@functools.cache
def _descriptions() -> Any:
    """botocore's descriptions of the services, read once in a process."""
    return loaders.Loader(file_loader=_QuickFiles())


@contextlib.asynccontextmanager
async def connect(
    *,
    region: str,
    endpoint_url: str | None = None,
    access_key: str | None = None,
    secret_key: str | None = None,
    session_token: str | None = None,
    polls: int = 64,
    ecs: bool = False,
    ses: bool = False,
    sns: bool = False,
    account: bool = False,
) -> AsyncIterator[Clients]:
    """The clients, closed at the end. `polls` is the maximum of open long polls; `account`: those that look at what the account allows."""
    session = aio.get_session()
    session.register_component("data_loader", _descriptions())
    place: dict[str, Any] = {
        "region_name": region,
        "endpoint_url": endpoint_url,
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_key,
        "aws_session_token": session_token,
    }
    if endpoint_url and endpoint_url.startswith("http:"):
        # Nothing to verify: each client would load the system's certificates for its first call, 16 ms of CPU.
        place["verify"] = False
    polling = AioConfig(
        user_agent=_USER_AGENT,
        parameter_validation=False,
        max_pool_connections=polls + 8,
        connect_timeout=5,
        read_timeout=limits.POLL_SECONDS + 15,
        retries=ONCE,
    )
    calling = AioConfig(
        user_agent=_USER_AGENT,
        max_pool_connections=50,
        connect_timeout=5,
        read_timeout=15,
        retries={"total_max_attempts": 3, "mode": "standard"},
    )
    # Our own code makes what queues and tables are asked, and they check it. S3 is looked after: for it an empty key is the bucket itself.
    often = calling.merge(AioConfig(parameter_validation=False))
    # More at once would be no quicker, for one process prepares them; they would wait at the other end, where no interrupt passes them by.
    records = often.merge(AioConfig(max_pool_connections=RECORD_CALLS))
    # Links are signed by version 4 in every region: it covers method, path, host and time of the link.
    # What is stored has a checksum, which is signed: a hash of the whole body beside it is 40 ms of a halted loop for a large mail.
    # Named explicitly, the style gives links the bucket's regional host: the global one redirects for a day after the bucket was made, with
    # a signature that does not fit there, and regions since 2019 answer 400 on it.
    storing = {
        "addressing_style": "path" if endpoint_url else "virtual",
        "us_east_1_regional_endpoint": "regional",
        "payload_signing_enabled": False,
    }
    objects = calling.merge(AioConfig(s3=storing, signature_version="s3v4"))
    async with contextlib.AsyncExitStack() as stack:

        async def client(service: str, config: AioConfig) -> Any:
            return await stack.enter_async_context(session.create_client(service, config=config, **place))

        yield Clients(
            polls=await client("sqs", polling),
            sqs=await client("sqs", often),
            dynamodb=await client("dynamodb", records),
            s3=await client("s3", objects),
            ecs=await client("ecs", calling) if ecs else None,
            # A mail whose answer is lost may have gone: the SDK must not send it again by itself.
            ses=await client("sesv2", calling.merge(AioConfig(read_timeout=65, retries=ONCE))) if ses else None,
            sns=await client("sns", calling) if sns else None,
            iam=await client("iam", calling) if account else None,
            sts=await client("sts", calling) if account else None,
            quotas=await client("service-quotas", calling) if account else None,
        )
