"""Creates Hermes' AWS resources, or finds existing ones. Safe to repeat, and to run twice at once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hermes import errors, limits
from hermes.aws import calls, schema
from hermes.aws.clients import Clients
from hermes.aws.queues import Queues
from hermes.aws.records.operating import shards
from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.domain.containers import QueueSet

#: A new table becomes ACTIVE within seconds on AWS, at once on an emulator.
TABLE_SECONDS: Final = 120.0
#: An index that is added to a table is filled from its rows, which takes minutes where they are many.
INDEX_SECONDS: Final = 1800.0
#: Pause between two looks at a new table.
TABLE_LOOK_SECONDS: Final = 0.5

#: Endpoints that lack a feature say so with one of these; what is optional is then left out, in words.
_NOT_OFFERED = frozenset(
    {"NotImplemented", "UnknownOperationException", "MethodNotAllowed", "InvalidAction", "501", "405"}
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QueueUrls:
    """The queues that belong to the whole deployment, by URL and ARN."""

    inbound: str
    inbound_arn: str
    strangers: str
    """The inbound queue itself if an older version provisioned, which made no queue for strangers."""
    unclaimed: str
    """Claims for workers that wait without a key."""
    dead: str
    dead_arn: str
    dead_fifo: str
    dead_fifo_arn: str
    parked: str = ""
    """Reports that match no command. An older version kept them on the queue `unclaimed`, and provisioned no other."""

    def __post_init__(self) -> None:
        if not self.parked:
            object.__setattr__(self, "parked", self.unclaimed)


async def provision(*, clients: Clients, names: ResourceNames, bucket: str, region: str) -> list[str]:
    """Create missing tables, bucket and queues; returns a sentence for each resource: created, found or skipped.

    Raises `errors.AwsRefused` (no access, a name that is taken), `errors.AwsUnavailable`, `errors.AwsTimeout`.
    """
    tables = await asyncio.gather(*(_table(clients.dynamodb, names, noun) for noun in TABLES))
    report = [*tables, *await _bucket(clients.s3, bucket, region)]
    queues = Queues(polls=clients.polls, client=clients.sqs)
    dead = await _queue(queues, names.dead, schema.dead_letter(), report)
    dead_fifo = await _queue(queues, names.dead_fifo, schema.fifo(schema.dead_letter()), report)
    dead_arn = (await queues.attributes(dead))["QueueArn"]
    await queues.attributes(dead_fifo)
    unclaimed = await _queue(queues, names.unclaimed, schema.queue(dead_arn=None), report)
    older = report[-1].endswith("found")
    parked = await _queue(queues, names.parked, schema.queue(dead_arn=None), report)
    if older and report[-1].endswith("created"):
        report[-1] += await _parked_before(queues, unclaimed, parked)
    inbound = schema.queue(dead_arn=dead_arn, visibility_seconds=limits.INBOUND_VISIBILITY_SECONDS)
    await _queue(queues, names.inbound, inbound, report)
    await _queue(queues, names.strangers, inbound, report)
    return report


async def _parked_before(queues: Queues, unclaimed: str, parked: str) -> str:
    """Move the reports that an older version parked on the queue of claims; returns what to say of it."""
    count = 0
    while batch := await queues.receive(unclaimed, wait_seconds=1):
        await queues.move(unclaimed, parked, batch)
        count += len(batch)
    return f", {count} reports moved to it" if count else ""


async def find(*, queues: Queues, names: ResourceNames) -> QueueUrls:
    """The deployment's queues. Creates nothing; raises `errors.ConfigError` if one is missing."""
    wanted = (names.inbound, names.unclaimed, names.dead, names.dead_fifo)
    strangers, parked, *urls = await asyncio.gather(
        *(queues.url(name) for name in (names.strangers, names.parked, *wanted))
    )
    missing = [name for name, url in zip(wanted, urls, strict=True) if url is None]
    if missing:
        raise errors.ConfigError(f"queue {missing[0]} does not exist; run `hermes provision`")
    inbound, unclaimed, dead, dead_fifo = (str(url) for url in urls)
    arns = await asyncio.gather(*(_arn(queues, url) for url in (inbound, dead, dead_fifo)))
    return QueueUrls(
        inbound=inbound,
        inbound_arn=arns[0],
        strangers=strangers or inbound,
        unclaimed=unclaimed,
        parked=parked or unclaimed,
        dead=dead,
        dead_arn=arns[1],
        dead_fifo=dead_fifo,
        dead_fifo_arn=arns[2],
    )


async def create_queue_set(
    *, queues: Queues, names: ResourceNames, places: QueueUrls, key: str, now: float
) -> QueueSet:
    """The three queues of a container key, created or found, each with its dead-letter queue.

    Raises `errors.AwsUnavailable` for 60 s after a queue of the same name was deleted.
    """
    standard = schema.queue(dead_arn=places.dead_arn)
    wanted = (
        (names.input(key), schema.fifo(schema.queue(dead_arn=places.dead_fifo_arn))),
        (names.interrupts(key), standard),
        (names.output(key), standard),
    )
    urls = await asyncio.gather(*(ensure_queue(queues, name, attributes) for name, attributes in wanted))
    return QueueSet(
        container_key=key,
        input_url=urls[0][0],
        interrupts_url=urls[1][0],
        output_url=urls[2][0],
        created_at=now,
        last_used_at=now,
    )


async def ensure_queue(queues: Queues, name: str, attributes: Mapping[str, str]) -> tuple[str, bool]:
    """Create or find a queue and update differing attributes; returns its URL and whether it is new."""
    found = await queues.url(name)
    if found is None:
        try:
            return await queues.create(name, attributes), True
        except errors.AwsRefused as error:
            # Somebody made it between our look and our call, with attributes of another version.
            found = await queues.url(name) if "Exist" in error.code else None
            if found is None:
                raise
    current = await queues.attributes(found)
    # FifoQueue cannot be changed; the name's ending holds it.
    changed = {n: v for n, v in attributes.items() if n != "FifoQueue" and not _same(current.get(n), v)}
    if changed:
        await queues.set_attributes(found, changed)
    return found, False


async def _arn(queues: Queues, url: str) -> str:
    return (await queues.attributes(url))["QueueArn"]


async def _queue(queues: Queues, name: str, attributes: Mapping[str, str], report: list[str]) -> str:
    url, made = await ensure_queue(queues, name, attributes)
    report.append(f"queue {name}: {'created' if made else 'found'}")
    return url


def _same(current: str | None, wanted: str) -> bool:
    # A policy comes back as JSON with its own spacing and, from some endpoints, numbers as strings.
    return current is not None and _plain(current) == _plain(wanted)


def _plain(value: str) -> str:
    return "".join(value.split()).replace('"', "") if value.startswith("{") else value


async def _table(client: Any, names: ResourceNames, noun: str) -> str:
    parameters = schema.table(names, noun)
    name = parameters["TableName"]
    made = True
    try:
        await calls.call(f"DynamoDB CreateTable {name}", client.create_table(**parameters))
    except errors.AwsRefused as error:
        if error.code != "ResourceInUseException":
            raise
        made = False
    description = await _active(client, name)
    indexes = {index["IndexName"] for index in description.get("GlobalSecondaryIndexes", [])}
    lacking = [i for i in parameters.get("GlobalSecondaryIndexes", []) if i["IndexName"] not in indexes]
    if lacking and _keys(description) != {parameters["KeySchema"][0]["AttributeName"]}:
        raise errors.ConfigError(f"table {name} exists with another key: it is not Hermes's; set another prefix")
    for index in lacking:
        description = await _add_index(
            client, name, index, parameters["AttributeDefinitions"], description["AttributeDefinitions"]
        )
        if index["IndexName"] == schema.BY_ACTIVITY:
            await shards.give_every_session_one(client, name)
    await _expire(client, name)
    said = "created" if made else "found"
    return f"table {name}: {said}" + "".join(f", index {index['IndexName']} added" for index in lacking)


def _keys(description: Mapping[str, Any]) -> set[str]:
    return {str(one["AttributeName"]) for one in description["KeySchema"]}


async def _add_index(
    client: Any,
    name: str,
    index: Mapping[str, Any],
    attributes: Sequence[Mapping[str, str]],
    used: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Add an index to a table of an older version. DynamoDB takes one at a time, and fills it from the rows."""
    keys = {one["AttributeName"] for one in index["KeySchema"]}
    defined = {one["AttributeName"]: one for one in (*used, *(a for a in attributes if a["AttributeName"] in keys))}
    try:
        await calls.call(
            f"DynamoDB UpdateTable {name}",
            client.update_table(
                TableName=name,
                AttributeDefinitions=list(defined.values()),
                GlobalSecondaryIndexUpdates=[{"Create": dict(index)}],
            ),
        )
    except (errors.AwsRefused, errors.AwsUnavailable) as error:
        # Another provisioning was quicker, and is adding it this moment.
        if error.code not in {"ResourceInUseException", "LimitExceededException"} and "already" not in error.message:
            raise
    return await _active(client, name, seconds=INDEX_SECONDS)


async def _active(client: Any, name: str, seconds: float = TABLE_SECONDS) -> dict[str, Any]:
    try:
        async with asyncio.timeout(seconds):
            while True:
                answer = await calls.call(f"DynamoDB DescribeTable {name}", client.describe_table(TableName=name))
                description: dict[str, Any] = answer["Table"]
                parts = [description, *description.get("GlobalSecondaryIndexes", [])]
                statuses = {part.get("TableStatus") or part.get("IndexStatus") for part in parts}
                if statuses <= {"ACTIVE", None}:
                    return description
                await asyncio.sleep(TABLE_LOOK_SECONDS)
    except TimeoutError as error:
        raise errors.AwsTimeout(f"table {name} was not ready in {seconds:g} s") from error


async def _expire(client: Any, name: str) -> None:
    answer = await calls.call(f"DynamoDB DescribeTimeToLive {name}", client.describe_time_to_live(TableName=name))
    if answer["TimeToLiveDescription"].get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
        return
    wanted = {"Enabled": True, "AttributeName": "expires_at"}
    try:
        await calls.call(
            f"DynamoDB UpdateTimeToLive {name}",
            client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted),
        )
    except errors.AwsRefused as error:
        # Another provisioning was quicker: "TimeToLive is already enabled", or a change within the hour.
        if error.code != "ValidationException" or "timetolive" not in error.message.lower().replace(" ", ""):
            raise


async def _bucket(client: Any, bucket: str, region: str) -> list[str]:
    report = [f"bucket {bucket}: {'created' if await _create_bucket(client, bucket, region) else 'found'}"]
    optional = (
        (
            "S3 PutPublicAccessBlock",
            client.put_public_access_block,
            {"PublicAccessBlockConfiguration": schema.PUBLIC_ACCESS_BLOCK},
        ),
        (
            "S3 PutBucketLifecycleConfiguration",
            client.put_bucket_lifecycle_configuration,
            {"LifecycleConfiguration": schema.lifecycle()},
        ),
    )
    for what, operation, parameters in optional:
        try:
            await calls.call(what, operation(Bucket=bucket, **parameters))
        except (errors.AwsRefused, errors.AwsUnavailable) as error:
            if not _not_offered(error):
                raise
            report.append(f"bucket {bucket}: this endpoint does not offer {what.removeprefix('S3 ')}; left out")
    return report


def _not_offered(error: errors.HermesError) -> bool:
    code = getattr(error, "code", "")
    return code in _NOT_OFFERED or "not implemented" in error.message.lower()


async def _create_bucket(client: Any, bucket: str, region: str) -> bool:
    try:
        await calls.call(f"S3 HeadBucket {bucket}", client.head_bucket(Bucket=bucket))
    except (errors.AwsRefused, errors.AwsUnavailable) as error:
        if error.code in {"403", "AccessDenied"}:
            raise errors.AwsRefused(
                f"bucket {bucket} belongs to somebody else, or access to it is missing; set another aws.bucket",
                code=error.code,
            ) from error
        if error.code not in {"404", "NoSuchBucket", "NotFound"}:
            raise
    else:
        return False
    # us-east-1 is the one region that may not be named.
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        await calls.call(f"S3 CreateBucket {bucket}", client.create_bucket(Bucket=bucket, **place))
    except (errors.AwsRefused, errors.AwsUnavailable) as error:
        # OperationAborted: another provisioning is making it this moment.
        if error.code not in {"BucketAlreadyOwnedByYou", "OperationAborted"}:
            raise
        waiter = client.get_waiter("bucket_exists")
        await calls.call(f"S3 HeadBucket {bucket}", waiter.wait(Bucket=bucket), seconds=TABLE_SECONDS)
        return False
    return True
