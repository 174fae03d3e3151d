"""Pictures of a result on their way: from the worker's bucket into the mail, and never through a record of the outbox."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from hermes import errors
from hermes.domain import wire
from hermes.domain.replies import Reply
from hermes.gateway.replies import shown_files
from tests.integration.gateway.play import Play
from tests.unit.worker.drawer import Drawer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1500
"""Nearly as large as a picture may be; two of them are beyond what a record holds."""


def picture(key: str, *, after: bool) -> wire.Picture:
    return wire.Picture(key=key, page="/", title="Home", view=wire.PictureView.DESKTOP, after=after, width=9, height=9)


async def test_a_reply_is_sent_with_its_pictures_and_its_row_names_them(play: Play) -> None:
    async with play.serving() as gateway:
        _, record = await play.mail(gateway, "Please do it")
        worker = await play.worker()
        command = await worker.begin()
        keys = [f"shown/{command.session_id}/{number}.png" for number in (1, 2)]
        for key in keys:
            await play.stand.objects.put(key, PNG + key.encode())
        strange = ["shown/somebody-else/1.png", f"mails/{command.session_id}", f"shown/{command.session_id}/gone.png"]
        await play.stand.objects.put(strange[0], PNG)
        done = wire.ResultMessage(
            command_id=command.command_id,
            attempt=1,
            nonce=command.nonce,
            success=True,
            git_commit="a" * 40,
            files_changed=("index.html",),
            pictures=tuple(picture(key, after=number == 1) for number, key in enumerate([*keys, *strange])),
        )
        await play.stand.queues.send(worker.output_url, done.encode())
        reply = await play.sent(record, "succeeded")
    assert reply.apart == tuple(keys), "of its own session, and there"
    assert len(reply.raw) < 20_000
    (raw,) = [one for one in play.postbox.raw if reply.message_id.encode() in one]
    sent = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(sent, EmailMessage)
    images = [part.get_content() for part in sent.walk() if part.get_content_maintype() == "image"]
    assert images == [PNG + key.encode() for key in keys]


def row(*keys: str) -> Reply:
    raw = b"Subject: x\r\n\r\n" + b"".join(b"hermes-object:%s\r\n" % key.encode() for key in keys)
    return Reply(
        reply_id="r",
        kind="k",
        message_id="<m>",
        sender="",
        recipient="a@b.example",
        raw=raw,
        apart=keys,
        created_at=0.0,
    )


async def test_a_picture_that_is_gone_is_left_out_and_one_that_cannot_be_read_now_is_waited_for() -> None:
    drawer = Drawer()
    drawer.kept["shown/s/1.png"] = b"one"
    assert await shown_files.whole(drawer, row("shown/s/1.png", "shown/s/2.png")) == b"Subject: x\r\n\r\nb25l\r\n"
    drawer.out_of_reach = True
    result = wire.ResultMessage(
        command_id="c",
        attempt=1,
        success=True,
        pictures=(picture("shown/s/1.png", after=True),),
        diff_key="shown/s/x.diff",
    )
    assert await shown_files.of_result(drawer, "s", result) == (), "a reply is written without it"
    with pytest.raises(errors.AwsUnavailable):
        await shown_files.whole(drawer, row("shown/s/1.png"))
