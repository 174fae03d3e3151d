"""All records and queues of a deployment as one value, for classes that use several."""

from __future__ import annotations

import dataclasses

from hermes.aws.objects import Objects
from hermes.aws.queues import DeadLetters, Queues
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.alerts import AlertRecords
from hermes.aws.records.audit import Audit
from hermes.aws.records.commands import Commands
from hermes.aws.records.containers import Containers
from hermes.aws.records.costs import Costs
from hermes.aws.records.logins import LoginRecords
from hermes.aws.records.mailboxes import Mailboxes
from hermes.aws.records.operating.holds import HoldRecords
from hermes.aws.records.operating.project_documents import ProjectDocuments
from hermes.aws.records.outbox import OutboxRecords
from hermes.aws.records.parked_rows import ParkedRows
from hermes.aws.records.preemptions import Preemptions
from hermes.aws.records.publishing.approvals import Approvals
from hermes.aws.records.refresh_tokens import RefreshTokenRecords
from hermes.aws.records.replicas import Replicas
from hermes.aws.records.sending_counts import SendingCounts
from hermes.aws.records.sessions import Sessions
from hermes.aws.records.usage import Usage
from hermes.aws.tables import Tables


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """The records by table, and what lies under them: DynamoDB, SQS, S3."""

    tables: Tables
    queues: Queues
    dead_letters: DeadLetters
    objects: Objects
    commands: Commands
    sessions: Sessions
    containers: Containers
    outbox: OutboxRecords
    mailboxes: Mailboxes
    replicas: Replicas
    usage: Usage
    costs: Costs
    sending_counts: SendingCounts
    preemptions: Preemptions
    parked_rows: ParkedRows
    active_jobs: ActiveJobs
    audit: Audit
    alerts: AlertRecords
    logins: LoginRecords
    refresh_tokens: RefreshTokenRecords
    holds: HoldRecords
    approvals: Approvals
    project_documents: ProjectDocuments
