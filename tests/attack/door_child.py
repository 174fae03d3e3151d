"""The ways in of a gateway in a process of their own, whose memory can be measured; the configuration and the place of AWS as JSON.

Says its ports in one line of JSON, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from hermes.app import ingress as build
from hermes.aws import clients, provision
from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.aws.records.mailboxes import Mailboxes
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.config import loading as config
from hermes.ingress.mail_store import MailStore
from hermes.process import memory
from tests import env


async def main(given: dict[str, Any]) -> None:
    settings = config.parse(given["settings"])
    place = settings.aws
    async with clients.connect(
        region=place.region, endpoint_url=place.endpoint_url, access_key=place.access_key, secret_key=place.secret_key
    ) as made:
        names = ResourceNames(settings.prefix)
        await provision.provision(clients=made, names=names, bucket=place.bucket, region=place.region)
        queues = Queues(polls=made.polls, client=made.sqs)
        places = await provision.find(queues=queues, names=names)
        depositor = MailStore(
            objects=Objects(client=made.s3, bucket=place.bucket), queues=queues, inbound=places.inbound, env=env.quiet()
        )
        rows = Mailboxes(tables=Tables(client=made.dynamodb), names=names)
        ways = build.ways_in(settings, depositor, rows, env=env.quiet())
        for one in ways.every:
            await one.start()
        ports = {one.name: one.port for one in (ways.smtp, ways.lmtp, ways.http) if one is not None}
        print(json.dumps(ports), flush=True)
        stop = asyncio.Event()
        trimming = asyncio.create_task(memory.Trimmer().run(stop))
        await asyncio.to_thread(sys.stdin.read)
        stop.set()
        await trimming
        for one in ways.every:
            await one.close()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
