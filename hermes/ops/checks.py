"""The checks of `hermes check`: each prints one line, and what to do if it fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from hermes import errors, ids
from hermes.admin.actions import resending
from hermes.app import configuration, env, launchers
from hermes.app import records as composition
from hermes.aws import clients as aws_clients
from hermes.aws import tables
from hermes.aws.account.launching import Launching
from hermes.aws.alerts.aws_time import CLOCK_SECONDS, AwsTime
from hermes.aws.records.outbox import OutboxRecords
from hermes.aws.records.parked_rows import ParkedRows
from hermes.aws.resource_names import TABLES
from hermes.config.loading import Config
from hermes.domain.replies import ReplyState
from hermes.ops import launch_checks, mail_checks, mailbox_check, project_checks, wall_checks, way_checks
from hermes.ops.findings import Found

_SECONDS = 15.0
#: Parked rows that are counted.
_PARKED_MOST = 100
#: Replies that are looked at.
_REPLIES_MOST = 1000
_PROVISION = "run `hermes provision`, and check that the role may use the resources"


async def run(config: Config, *, file: Path | None = None) -> list[Found]:
    """Run all checks in order, also after a failure. `file` is the configuration file."""
    found: list[Found] = []
    by_ecs = config.launcher.kind == "ecs"
    try:
        async with (
            asyncio.timeout(_SECONDS * 3),
            composition.connect(config, ecs=by_ecs, account=by_ecs) as clients,
        ):
            times = AwsTime()
            times.listen(clients)
            times.sign()
            config, answers = await _aws(config, clients)
            found += [*answers, *clock(times.offset())]
    except TimeoutError:
        found.append(Found("AWS", False, "no answer", "check the network, the region and aws.endpoint_url"))
    found.insert(0, _projects(config))
    found += await mail_checks.run(config)
    found += way_checks.run(config)
    found += await project_checks.run(config, os.environ)
    found += await wall_checks.run(config, os.environ, file)
    return found


def _projects(config: Config) -> Found:
    if not config.projects:
        return Found("configuration", False, "valid, but it has no project", "add a [[projects]] section")
    names = ", ".join(project.name for project in config.projects)
    return Found("configuration", True, f"valid; {len(config.projects)} project(s): {names}")


async def _aws(config: Config, clients: aws_clients.Clients) -> tuple[Config, list[Found]]:
    """The findings of AWS, and the configuration with the projects that are there."""
    where = config.aws.endpoint_url or config.aws.region
    try:
        held = await composition.records(config, clients)
    except errors.ConfigError as error:
        return config, [
            Found("AWS access", True, f"{where} answers"),
            Found("queues", False, error.message, _PROVISION),
        ]
    except errors.HermesError as error:
        todo = "check credentials, region and network; the role needs SQS, DynamoDB and S3"
        return config, [Found("AWS access", False, error.message, todo)]
    found = [Found("AWS access", True, f"{where} answers"), await _tables(held), await _bucket(held)]
    for name, url in (
        ("inbound queue", held.places.inbound),
        ("queue of strangers", held.places.strangers),
        ("parked results", held.places.parked),
        ("dead letters", held.places.dead),
        ("dead letters (FIFO)", held.places.dead_fifo),
    ):
        attributes = await held.queues.attributes(url)
        count = int(attributes.get("ApproximateNumberOfMessages", 0))
        waiting = "empty" if count == 0 else f"{count} message(s)"
        if count and name not in ("inbound queue", "queue of strangers"):
            found.append(
                Found(
                    name, True, waiting, "`hermes dlq list` and `hermes parked list` show why they could not be handled"
                )
            )
        else:
            found.append(Found(name, True, waiting))
    found.append(await parked_rows(held.parked_rows))
    found.append(await replies(held.outbox))
    if config.imap_ingress.enabled:
        found.append(await mailbox_check.check(config, held))
    try:
        running = await launchers.launcher(config, clients, env=env.system(emit=lambda event: None)).running()
        found.append(Found("launcher", True, f"{config.launcher.kind} answers; {len(running)} worker(s) running"))
    except errors.HermesError as error:
        found.append(Found("launcher", False, error.message, "check [launcher] and the role's ECS permissions"))
    if config.launcher.kind == "ecs":
        found += await launch_checks.run(
            config, Launching(ecs=clients.ecs, iam=clients.iam, sts=clients.sts, quotas=clients.quotas)
        )
    try:
        config = await configuration.with_shared(config, held)
    except errors.HermesError as error:
        found.append(Found("shared projects", False, error.message, "mend the document, or check the role's rights"))
    return config, found


def clock(ahead: float | None) -> list[Found]:
    """How far this machine's clock is from AWS's; nothing where AWS did not answer."""
    if ahead is None:
        return []
    if abs(ahead) <= CLOCK_SECONDS:
        return [Found("clock", True, "agrees with the clock of AWS")]
    text = f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the clock of AWS"
    return [Found("clock", False, text, "start the time service (chrony, systemd-timesyncd) on this machine")]


async def parked_rows(rows: ParkedRows) -> Found:
    """The number of rows that gateways parked because they cannot be read."""
    count = len(await rows.all(most=_PARKED_MOST))
    if not count:
        return Found("parked rows", True, "none")
    text = f"{count} or more" if count == _PARKED_MOST else str(count)
    return Found("parked rows", True, text, "`hermes rows list` shows why they cannot be read")


async def replies(outbox: OutboxRecords) -> Found:
    """The number of replies that did not get through."""
    rows = await outbox.all(most=_REPLIES_MOST)
    counts = {
        "failed": len(resending.chosen(rows, ReplyState.FAILED)),
        "bounced": len(resending.chosen(rows, ReplyState.BOUNCED)),
        "waiting for the mail server": sum(
            row.state is ReplyState.PENDING and row.trying_since is not None for row in rows
        ),
    }
    text = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    if not text:
        return Found("replies", True, "all got through")
    more = f" (of {_REPLIES_MOST} that were looked at)" if len(rows) >= _REPLIES_MOST else ""
    return Found("replies", True, text + more, "`hermes mail replies` shows why; `hermes mail resend` sends them again")


async def _tables(held: composition.Records) -> Found:
    """Read and write each table, as the gateway does; this shows missing tables and missing permissions. It changes nothing."""
    for noun, key in TABLES.items():
        name = held.names.table(noun)
        row = {key: "hermes check"}
        try:
            await held.tables.get(name, row)
            # A write whose condition never holds shows the right to write, and writes nothing.
            never = tables.equals(key, "never")
            with contextlib.suppress(errors.ConditionFailed):
                await held.tables.update(tables.Update(table=name, key=row, set={"checked": 1}, condition=never))
        except errors.HermesError as error:
            return Found("tables", False, error.message, _PROVISION)
    return Found("tables", True, f"all {len(TABLES)} are there, and can be read and written")


async def _bucket(held: composition.Records) -> Found:
    key = f"wire/check-{ids.new_id()}"  # what is left there is deleted by the bucket's lifecycle
    try:
        await held.objects.put(key, b"hermes check")
        await held.objects.get(key)
        await held.objects.delete(key)
    except errors.HermesError as error:
        todo = getattr(error, "todo", "") or _PROVISION
        return Found("bucket", False, error.message, todo)
    return Found("bucket", True, f"{held.objects.bucket} is there, and can be written and read")
