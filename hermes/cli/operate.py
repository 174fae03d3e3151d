"""`hermes provision`, `hermes check` and `hermes check-published`."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from hermes import errors
from hermes.app import records as composition
from hermes.aws import provision as provisioning
from hermes.aws.resource_names import ResourceNames
from hermes.cli import exits, plain, screen
from hermes.cli.console import deployment
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain import escape as escaping
from hermes.ops import checks, published_check
from hermes.site.leaks import Leaks


def provision(config_file: ConfigOption = None) -> None:
    """Create missing tables, bucket and queues, and list them; safe to repeat."""
    settings = deployment.settings(config_file)
    for sentence in asyncio.run(_provision(settings)):
        plain.say(sentence)


async def _provision(settings: config.Config) -> list[str]:
    async with composition.connect(settings) as clients:
        return await provisioning.provision(
            clients=clients,
            names=ResourceNames(settings.prefix),
            bucket=settings.aws.bucket,
            region=settings.aws.region,
        )


def check(config_file: ConfigOption = None) -> None:
    """Check configuration, AWS, queues, launcher and mail server; print how to fix each failure."""
    try:
        settings = deployment.settings(config_file)
    except errors.ConfigError as error:
        screen.finding("configuration", error.message, ok=False)
        raise SystemExit(int(exits.ExitCode.CONFIG)) from error
    found = asyncio.run(checks.run(settings, file=config_file))
    for one in found:
        screen.finding(one.name, one.text, ok=one.ok, todo=one.todo)
    if not all(one.ok for one in found):
        raise SystemExit(int(exits.ExitCode.FAILED))


def check_published(
    where: Annotated[str, typer.Argument(metavar="DIR|URL", help="The folder that is published, or the website.")],
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="A host of amazonaws.com, or a bucket, that may be named; may be given several times.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Find signed links, buckets and amazonaws.com addresses in what is published; exit code 1 if there are any."""
    count = 0
    try:
        for found in published_check.within(where, Leaks(allow_hosts=allow_host or [])):
            plain.say(escaping.line(f"{found.where}:{found.leak.line}: {found.leak}"))
            count += 1
    except errors.StepFailed as error:
        exits.leave(error)
    if count:
        raise SystemExit(int(exits.ExitCode.FAILED))
