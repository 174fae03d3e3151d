"""The floor of the starts: aiobotocore is loaded, its clients are made, and each is asked once. Runs alone, as `python -c`."""

import asyncio
import contextlib
import json
import sys

from aiobotocore import session as aio
from aiobotocore.config import AioConfig


async def main(endpoint_url: str, bucket: str, queue: str) -> None:
    """The three services, one after the other."""
    session, config = aio.get_session(), AioConfig(s3={"addressing_style": "path"})
    given = {"region_name": "eu-central-1", "endpoint_url": endpoint_url, "verify": False, "config": config}
    async with contextlib.AsyncExitStack() as stack:
        sqs, dynamodb, s3 = [
            await stack.enter_async_context(session.create_client(name, **given)) for name in ("sqs", "dynamodb", "s3")
        ]
        await sqs.get_queue_attributes(QueueUrl=queue)
        await dynamodb.list_tables()
        await s3.list_objects_v2(Bucket=bucket, MaxKeys=1)


asyncio.run(main(*json.loads(sys.argv[1])))
