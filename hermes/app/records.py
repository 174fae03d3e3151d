"""All records and queues of a deployment, for the gateway, the operator's commands and tests."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator

from hermes import ids
from hermes.aws import clients as aws_clients
from hermes.aws import objects as s3
from hermes.aws import provision
from hermes.aws import queues as sqs
from hermes.aws.bodies import LargeQueues
from hermes.aws.coalesced_tables import CoalescedTables
from hermes.aws.records import commands as command_records
from hermes.aws.records import containers as container_records
from hermes.aws.records import outbox as outbox_records
from hermes.aws.records import sessions as session_records
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.alerts import AlertRecords
from hermes.aws.records.audit import Audit
from hermes.aws.records.costs import Costs
from hermes.aws.records.logins import LoginRecords
from hermes.aws.records.mailboxes import Mailboxes
from hermes.aws.records.operating.holds import HoldRecords
from hermes.aws.records.operating.project_documents import ProjectDocuments
from hermes.aws.records.parked_rows import ParkedRows
from hermes.aws.records.preemptions import Preemptions
from hermes.aws.records.publishing.approvals import Approvals
from hermes.aws.records.refresh_tokens import RefreshTokenRecords
from hermes.aws.records.replicas import Replicas
from hermes.aws.records.sending_counts import SendingCounts
from hermes.aws.records.stores import Stores
from hermes.aws.records.usage import Usage
from hermes.aws.resource_names import ResourceNames
from hermes.config.loading import Config


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Records(Stores):
    """Every record and queue, and where they are: for commands for operators, tests, the demo."""

    clients: aws_clients.Clients
    names: ResourceNames
    places: provision.QueueUrls


@contextlib.asynccontextmanager
async def connect(
    config: Config, *, ecs: bool = False, polls: int = 64, account: bool = False
) -> AsyncIterator[aws_clients.Clients]:
    """The AWS clients of a process."""
    async with aws_clients.connect(
        region=config.aws.region,
        endpoint_url=config.aws.endpoint_url,
        access_key=config.aws.access_key,
        secret_key=config.aws.secret_key,
        polls=polls,
        account=account,
        ecs=ecs,
        ses=config.mail.mailer == "ses",
        sns=config.alerts.sns_topic is not None,
    ) as made:
        yield made


async def records(config: Config, clients: aws_clients.Clients) -> Records:
    """The records under the configured prefix. Raises `errors.ConfigError` where `hermes provision` was not run."""
    names = ResourceNames(config.prefix)
    bucket = s3.Objects(client=clients.s3, bucket=config.aws.bucket)
    queues = LargeQueues(polls=clients.polls, client=clients.sqs, objects=bucket, new_id=ids.new_id)
    places = await provision.find(queues=queues, names=names)
    dynamo = CoalescedTables(client=clients.dynamodb)
    usage = Usage(tables=dynamo, names=names)
    if config.shared or config.mail.smtp.per_minute or config.mail.smtp.per_day:
        await usage.there()
    return Records(
        clients=clients,
        names=names,
        places=places,
        tables=dynamo,
        queues=queues,
        dead_letters=sqs.DeadLetters(queues=queues, url=places.dead, fifo_url=places.dead_fifo),
        objects=bucket,
        commands=command_records.Commands(tables=dynamo, names=names),
        sessions=session_records.Sessions(tables=dynamo, names=names),
        containers=container_records.Containers(tables=dynamo, names=names),
        outbox=outbox_records.OutboxRecords(tables=dynamo, names=names),
        mailboxes=Mailboxes(tables=dynamo, names=names),
        replicas=Replicas(tables=dynamo, names=names),
        usage=usage,
        costs=Costs(tables=dynamo, names=names),
        sending_counts=SendingCounts(tables=dynamo, names=names),
        preemptions=Preemptions(tables=dynamo, names=names),
        active_jobs=ActiveJobs(tables=dynamo, names=names),
        audit=Audit(tables=dynamo, names=names),
        alerts=AlertRecords(tables=dynamo, names=names),
        logins=LoginRecords(tables=dynamo, names=names),
        refresh_tokens=RefreshTokenRecords(tables=dynamo, names=names),
        holds=HoldRecords(tables=dynamo, names=names),
        approvals=Approvals(tables=dynamo, names=names),
        parked_rows=ParkedRows(tables=dynamo, names=names),
        project_documents=ProjectDocuments(tables=dynamo, names=names),
    )
