"""A pointer names a raw mail that is not in S3, or in another's bucket: it is a dead letter at once, and keeps no other mail waiting."""

from __future__ import annotations

import pytest

from hermes.aws.side_queue import SideQueue
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, SITE, Play

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


@pytest.mark.parametrize("bucket", [None, "a-bucket-that-is-not-ours"])
async def test_a_pointer_to_nothing_is_a_dead_letter(play: Play, bucket: str | None) -> None:
    stand = play.stand
    lost = Pointer(
        key="mails/2026/gone.eml",
        bucket=bucket,
        recipient=SITE,
        sender=ANNA,
        ingress="smtp",
        received_at=play.clock.time(),
    )
    async with play.serving():
        await stand.queues.send(stand.places.inbound, lost.model_dump_json())

        async def failed() -> MailRecord | None:
            return next((one for one in await stand.sessions.all_mails() if one.key == lost.key), None)

        record: MailRecord = await eventually(failed, seconds=60)
        assert record.outcome is Outcome.FAILED
        assert record.reply_id is None

        async def parked() -> bool:
            return bool(await SideQueue(queues=stand.queues, url=stand.places.dead).look(most=10))

        await eventually(parked, seconds=60)

        async def nothing_waits() -> bool:
            found = await stand.queues.attributes(stand.places.inbound)
            return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"

        await eventually(nothing_waits, seconds=60)
    assert await stand.outbox.all() == []
