"""AWS clients as somebody makes them by hand, for what Hermes is held against."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiobotocore import session as aio
from aiobotocore.config import AioConfig

from hermes.aws.clients import Clients
from hermes.config import loading as config


@contextlib.asynccontextmanager
async def clients(conf: config.Config, *, polls: int) -> AsyncIterator[Clients]:
    """Clients as aiobotocore makes them, but that nothing waits for a connection."""
    session, aws = aio.get_session(), conf.aws
    place: dict[str, Any] = {
        "region_name": aws.region,
        "endpoint_url": aws.endpoint_url,
        "aws_access_key_id": aws.access_key,
        "aws_secret_access_key": aws.secret_key,
    }
    async with contextlib.AsyncExitStack() as stack:

        async def client(service: str, connections: int) -> Any:
            given = AioConfig(max_pool_connections=connections)
            return await stack.enter_async_context(session.create_client(service, config=given, **place))

        yield Clients(
            polls=await client("sqs", polls),
            sqs=await client("sqs", 50),
            dynamodb=await client("dynamodb", 50),
            s3=await client("s3", 50),
        )
