"""What `hermes provision` makes, and finds again."""

from __future__ import annotations

import asyncio
import dataclasses
import json

import pytest

from hermes import errors, limits
from hermes.aws import items, provision, schema
from hermes.aws.records.commands import SHARDS
from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.domain.containers import QueueSet
from tests.integration.stand import REGION, Stand


@pytest.fixture
async def aws(aws: Stand) -> Stand:
    """A deployment as `hermes provision` makes it."""
    names, bucket = ResourceNames(f"{aws.prefix}p"), f"{aws.bucket}-p"
    await provision.provision(clients=aws.clients, names=names, bucket=bucket, region=REGION)
    places = await provision.find(queues=aws.queues, names=names)
    return dataclasses.replace(aws, names=names, bucket=bucket, places=places)


async def test_a_second_run_finds_what_the_first_one_made(aws: Stand) -> None:
    said = await provision.provision(clients=aws.clients, names=aws.names, bucket=aws.bucket, region=REGION)

    assert [line for line in said if "created" in line] == []
    assert len([line for line in said if line.endswith("found")]) == len(TABLES) + 1 + 6


async def test_what_an_older_version_parked_on_the_queue_of_claims_is_moved_to_its_own(aws: Stand) -> None:
    await aws.queues.delete_queue(aws.places.parked)
    older = await provision.find(queues=aws.queues, names=aws.names)
    for number in range(12):
        await aws.queues.send(older.parked, f"report {number}", attributes={"reason": "odd"})

    said = await provision.provision(clients=aws.clients, names=aws.names, bucket=aws.bucket, region=REGION)
    places = await provision.find(queues=aws.queues, names=aws.names)
    kept = [one for _ in range(2) for one in await aws.queues.receive(places.parked, wait_seconds=0)]

    assert older.parked == older.unclaimed == places.unclaimed
    assert f"queue {aws.names.parked}: created, 12 reports moved to it" in said
    assert sorted(one.body for one in kept) == sorted(f"report {number}" for number in range(12))
    assert {one.attributes["reason"] for one in kept} == {"odd"}
    assert await aws.queues.receive(places.unclaimed, wait_seconds=0) == []


async def test_two_runs_at_once_do_not_disturb_each_other(aws: Stand) -> None:
    names = ResourceNames(f"{aws.prefix}b")
    both = [
        provision.provision(clients=aws.clients, names=names, bucket=f"{aws.bucket}-b", region=REGION) for _ in range(2)
    ]

    await asyncio.gather(*both)

    assert await provision.find(queues=aws.queues, names=names)


async def test_the_tables_have_their_indexes_and_expire(aws: Stand) -> None:
    answer = await aws.clients.dynamodb.describe_table(TableName=aws.names.table("commands"))
    table = answer["Table"]
    indexes = {index["IndexName"]: index for index in table["GlobalSecondaryIndexes"]}
    expiry = await aws.clients.dynamodb.describe_time_to_live(TableName=aws.names.table("commands"))

    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert set(indexes) == {"due", "by_session"}
    assert set(indexes["due"]["Projection"]["NonKeyAttributes"]) == {"container_key", "state", "session_id"}
    assert expiry["TimeToLiveDescription"]["AttributeName"] == "expires_at"


async def test_the_inbound_queue_has_the_documented_attributes(aws: Stand) -> None:
    stands = await aws.queues.attributes(aws.places.inbound)

    assert stands["ReceiveMessageWaitTimeSeconds"] == "20"
    assert stands["MessageRetentionPeriod"] == str(4 * 24 * 3600)
    assert stands["VisibilityTimeout"] == "30"
    redrive = json.loads(stands["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"] == aws.places.dead_arn
    assert int(redrive["maxReceiveCount"]) == limits.RECEIVES


async def test_a_queue_set_has_the_right_dead_letter_queues_and_is_found_again(aws: Stand) -> None:
    async def make() -> QueueSet:
        return await provision.create_queue_set(
            queues=aws.queues, names=aws.names, places=aws.places, key="acme#site#anna", now=5.0
        )

    one, two = await asyncio.gather(make(), make())
    again = await make()

    assert one == two == again
    fed = await aws.queues.attributes(one.input_url)
    out = await aws.queues.attributes(one.output_url)
    assert one.input_url.endswith(f"{aws.prefix}-input-acme-site-anna.fifo")
    assert fed["FifoQueue"] == "true"
    assert json.loads(fed["RedrivePolicy"])["deadLetterTargetArn"] == aws.places.dead_fifo_arn
    assert json.loads(out["RedrivePolicy"])["deadLetterTargetArn"] == aws.places.dead_arn


async def test_attributes_of_an_older_version_are_brought_into_line(aws: Stand) -> None:
    url = await aws.queues.create(aws.names.output("a#b#c"), {"VisibilityTimeout": "7"})

    await provision.create_queue_set(queues=aws.queues, names=aws.names, places=aws.places, key="a#b#c", now=1.0)

    assert (await aws.queues.attributes(url))["VisibilityTimeout"] == str(limits.VISIBILITY_SECONDS)


async def test_the_bucket_is_private_and_forgets(aws: Stand) -> None:
    rules = await aws.clients.s3.get_bucket_lifecycle_configuration(Bucket=aws.bucket)
    block = await aws.clients.s3.get_public_access_block(Bucket=aws.bucket)

    days = {(r.get("Filter") or {}).get("Prefix"): r["Expiration"]["Days"] for r in rules["Rules"]}
    kept = ("mails/", "attachments/", "logs/", "snapshots/", "transcripts/", "bundles/", "shown/")
    assert days == dict.fromkeys(kept, 90) | {"wire/": 7}
    assert all(block["PublicAccessBlockConfiguration"].values())


async def test_what_is_missing_is_named_with_the_way_out(aws: Stand) -> None:
    with pytest.raises(errors.ConfigError, match="-inbound does not exist; run `hermes provision`"):
        await provision.find(queues=aws.queues, names=ResourceNames("nothing-here"))


async def test_somebody_elses_table_of_the_same_name_is_refused(aws: Stand) -> None:
    names = ResourceNames(f"{aws.prefix}c")
    await aws.clients.dynamodb.create_table(
        TableName=names.table("outbox"),
        KeySchema=[{"AttributeName": "letter", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "letter", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    with pytest.raises(errors.ConfigError, match="exists with another key"):
        await provision.provision(clients=aws.clients, names=names, bucket=f"{aws.bucket}-c", region=REGION)


async def test_a_table_of_an_older_version_gets_its_indexes_and_its_threads_are_found(aws: Stand) -> None:
    names = ResourceNames(f"{aws.prefix}o")
    old = schema.table(names, "sessions")
    del old["GlobalSecondaryIndexes"]
    old["AttributeDefinitions"] = [{"AttributeName": "session_id", "AttributeType": "S"}]
    await aws.clients.dynamodb.create_table(**old)
    for name, more in (("acme-site-1", {"updated_at": {"N": "5"}}), ("acme#site#anna", {"order": {"N": "1"}})):
        item = {"session_id": {"S": name}, "client": {"S": "acme"}, **more}
        await aws.clients.dynamodb.put_item(TableName=old["TableName"], Item=item)

    said = await provision.provision(clients=aws.clients, names=names, bucket=f"{aws.bucket}-o", region=REGION)
    again = await provision.provision(clients=aws.clients, names=names, bucket=f"{aws.bucket}-o", region=REGION)

    found = [
        items.plain(item["session_id"])
        for shard in SHARDS
        for item in await aws.tables.query(
            old["TableName"], index=schema.BY_ACTIVITY, partition=("activity_shard", shard)
        )
    ]
    assert found == ["acme-site-1"]
    assert f"table {old['TableName']}: found, index by_activity added" in said
    assert f"table {old['TableName']}: found" in again
