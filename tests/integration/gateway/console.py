"""What an operator's page, API and command line stand on, over the gateway of a test."""

from __future__ import annotations

import dataclasses

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer, ViewerRole
from hermes.app import console as composition
from hermes.app.gateway import Gateway
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.mails import MailRecord
from tests.integration.gateway.play import Play

ALL = Viewer(name="olga", role=ViewerRole.OPERATOR)
SITE_ONLY = Viewer(name="agency", role=ViewerRole.READER, projects=frozenset({"acme/site"}))


def console(play: Play, gateway: Gateway) -> Console:
    """The console with the test's clock."""
    return dataclasses.replace(composition.over(gateway.config, gateway.records), now=play.clock.time)


async def done(play: Play, gateway: Gateway, record: MailRecord, **facts: object) -> Command:
    """A command that a worker took and ended."""
    command = await play.command(record)
    now = play.clock.time()
    await play.stand.commands.claim(command.command_id, attempt=command.attempt, gen=1, token="t", now=now)
    given = {"command_id": command.command_id, "attempt": command.attempt, "success": True, **facts}
    await gateway.finisher.finish(wire.ResultMessage.model_validate(given))
    return await play.command(record)
