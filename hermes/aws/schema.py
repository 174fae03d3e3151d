"""The AWS resources as values: tables with indexes, queues with attributes, the bucket's rules. `provision` creates them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from hermes import limits
from hermes.aws.resource_names import TABLES, ResourceNames

#: How long SQS keeps a message.
RETENTION_SECONDS: Final = 4 * 24 * 3600
#: How long SQS keeps a dead letter: its longest, so that the operator has two weeks to look.
DEAD_RETENTION_SECONDS: Final = 14 * 24 * 3600
#: Raw mail is kept as long as the records that name it.
MAIL_KEEP_DAYS: Final = 90
#: Large wire bodies outlive the queues' retention of 4 days.
WIRE_KEEP_DAYS: Final = 7

_DUE = ("due", ("due_shard", "S"), ("due", "N"))
#: Sparse: a row is in it once it is sent.
_BY_RECIPIENT = ("by_recipient", ("recipient", "S"), ("sent_at", "N"))
_BY_SESSION = ("by_session", ("session_id", "S"), ("seq", "N"))
#: For operators: threads by their newest mail. Sparse (the other rows of the table have no shard), in as many partitions as `due`.
BY_ACTIVITY: Final = "by_activity"
_BY_ACTIVITY = (BY_ACTIVITY, ("activity_shard", "S"), ("updated_at", "N"))
_BY_OUTCOME = ("by_outcome", ("outcome", "S"), ("received_at", "N"))
_MAILS_OF_SESSION = ("by_session", ("session_id", "S"), ("received_at", "N"))
_BY_STATE = ("by_state", ("state", "S"), ("created_at", "N"))
_REPLIES_OF_SESSION = ("by_session", ("session_id", "S"), ("created_at", "N"))
#: Its sort key changes at a launch and not at a heartbeat, which therefore costs no write of the index.
_BY_CONTAINER_STATE = ("by_state", ("state", "S"), ("launched_at", "N"))
#: Sparse: the rows of costs have a day, those of shares have none.
_BY_DAY = ("by_day", ("day", "S"), ("usage_id", "S"))
_ACTS_BY_MONTH = ("by_month", ("month", "S"), ("at", "N"))

_MAIL_FACTS = ("author", "recipient", "subject", "reason", "ingress", "session_id", "command_id", "reply_id")
_REPLY_FACTS = (
    "kind", "scope", "session_id", "command_id", "mail_id", "recipient", "error", "attempts", "sent_at", "due", "lease_token",
)  # fmt: skip
_COST_FACTS = ("client", "project", "person", "agent", "used", "commands", "run_seconds")

#: noun -> its indexes: (name, partition, sort), and the attributes carried beside the keys.
_INDEXES: Mapping[str, tuple[tuple[tuple[str, tuple[str, str], tuple[str, str]], tuple[str, ...]], ...]] = {
    "sessions": ((_BY_ACTIVITY, ("client", "project", "owner", "subject", "head", "container_key")),),
    "mails": ((_BY_OUTCOME, _MAIL_FACTS), (_MAILS_OF_SESSION, ("outcome",))),
    "commands": ((_DUE, ("container_key", "state", "session_id")), (_BY_SESSION, ("state",))),
    "outbox": (
        (_DUE, ("state",)),
        (_BY_RECIPIENT, ("kind", "session_id")),
        (_BY_STATE, _REPLY_FACTS),
        (_REPLIES_OF_SESSION, ("state",)),
    ),
    "containers": ((_BY_CONTAINER_STATE, ("gen",)),),
    "usage": ((_BY_DAY, _COST_FACTS),),
    "approvals": ((_DUE, ("state", "session_id")),),
    "audit": ((_ACTS_BY_MONTH, ("who", "what", "subject", "project", "reason", "outcome")),),
}


def table(names: ResourceNames, noun: str) -> dict[str, Any]:
    """The parameters of CreateTable for a noun."""
    key = TABLES[noun]
    attributes = {key: "S"}
    indexes = []
    for (name, partition, sort), carried in _INDEXES.get(noun, ()):
        attributes |= dict((partition, sort))
        indexes.append(
            {
                "IndexName": name,
                "KeySchema": [
                    {"AttributeName": partition[0], "KeyType": "HASH"},
                    {"AttributeName": sort[0], "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(carried)},
            }
        )
    return {
        "TableName": names.table(noun),
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in attributes.items()],
        "BillingMode": "PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    }


def dead_letter() -> dict[str, str]:
    """The attributes of a dead-letter queue: kept for as long as SQS keeps anything."""
    return {"MessageRetentionPeriod": str(DEAD_RETENTION_SECONDS)}


def queue(*, dead_arn: str | None, visibility_seconds: int = limits.VISIBILITY_SECONDS) -> dict[str, str]:
    """The attributes of a standard queue; with a dead-letter queue unless only the operator reads it."""
    attributes = {
        "ReceiveMessageWaitTimeSeconds": str(limits.POLL_SECONDS),
        "MessageRetentionPeriod": str(RETENTION_SECONDS),
        "VisibilityTimeout": str(visibility_seconds),
    }
    if dead_arn:
        redrive = {"deadLetterTargetArn": dead_arn, "maxReceiveCount": limits.RECEIVES}
        attributes["RedrivePolicy"] = json.dumps(redrive)
    return attributes


def fifo(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes of a FIFO queue; senders give their own deduplication ids."""
    return {**attributes, "FifoQueue": "true", "ContentBasedDeduplication": "false"}


def lifecycle() -> dict[str, Any]:
    """The bucket's rules: mails and their files, logs and large bodies expire."""
    folders = ("mails/", "attachments/", "logs/", "snapshots/", "transcripts/", "bundles/", "shown/")
    kept = [(prefix, MAIL_KEEP_DAYS) for prefix in folders]
    rules = [*kept, ("wire/", WIRE_KEEP_DAYS)]
    return {
        "Rules": [
            {
                "ID": f"hermes-{prefix.strip('/')}",
                "Status": "Enabled",
                "Filter": {"Prefix": prefix},
                "Expiration": {"Days": days},
            }
            for prefix, days in rules
        ]
    }


PUBLIC_ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
"""Nothing in the bucket is for the public; previews are presigned links."""
