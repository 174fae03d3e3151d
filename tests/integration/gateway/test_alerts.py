"""The operator is told without looking: by webhook and mail, once, over replicas, restarts and channels that fail."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.aws import clients
from hermes.aws.alerts.sns import Sns
from hermes.aws.queues import Received
from hermes.aws.records.alerts import AlertRecords
from hermes.aws.tables import Put
from hermes.domain import wire
from hermes.domain.alerts import telling
from hermes.domain.alerts.book import AlertBook, AlertKind, Signal
from hermes.domain.events import Event
from hermes.gateway.upkeep import alerter as alerting
from hermes.gateway.upkeep.alert_channels import AlertSource, SnsChannel
from hermes.gateway.upkeep.alerter import Alerter
from tests import direct
from tests.eventually import eventually
from tests.integration import stand, web_hook
from tests.integration.gateway.play import Dropped, Play
from tests.integration.web_hook import WebHook

OPERATOR = "operator@example.net"
BAD = Signal(kind=AlertKind.REPOSITORY, thing="acme/site", text="no access")
WELL = Signal(kind=AlertKind.REPOSITORY, thing="acme/site", well=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(alerting, "AGAIN_SECONDS", 0.05)


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook.listening() as made:
        yield made


@contextlib.asynccontextmanager
async def watching(gateway: Gateway) -> AsyncIterator[Alerter]:
    """Only the part of a gateway that tells the operator."""
    alerter = gateway.alerter
    assert alerter is not None
    alerter._probes.clear()
    stop = asyncio.Event()
    running = asyncio.create_task(alerter.run(stop))
    try:
        yield alerter
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await running


def settings(hook: WebHook, kind: str = "json", **more: Any) -> dict[str, Any]:
    return {"alerts": {"webhooks": [{"kind": kind, "url": hook.url}], **more}}


async def settled(play: Play) -> AlertBook:
    """The book, once nothing of it is owed to any channel."""
    records = AlertRecords(tables=play.stand.tables, names=play.stand.names)

    async def nothing_owed() -> AlertBook | None:
        book = await records.get()
        return book if book.version and not book.notices else None

    found: AlertBook = await eventually(nothing_owed)
    return found


async def test_two_gateways_that_notice_the_same_tell_it_once_and_once_that_it_is_well(
    play: Play, hook: WebHook
) -> None:
    gateways = [await play.gateway(**settings(hook)) for _ in range(2)]
    async with watching(gateways[0]) as first, watching(gateways[1]) as second:
        for alerter in (first, second) * 3:
            alerter.notice(BAD)
        await eventually(lambda: hook.posts)
        await settled(play)
        for alerter in (first, second):
            alerter.notice(BAD)
            alerter.notice(WELL)
        await eventually(lambda: len(hook.posts) > 1)
        book = await settled(play)
    assert [(post["status"], post["kind"], post["thing"]) for post in hook.posts] == [
        ("trouble", "repository", "acme/site"),
        ("well", "repository", "acme/site"),
    ]
    assert hook.posts[0]["text"] == "no access"
    assert not book.alerts[BAD.name].open


async def test_a_restarted_gateway_does_not_tell_it_again_within_the_hour(play: Play, hook: WebHook) -> None:
    for _ in range(2):
        async with watching(await play.gateway(**settings(hook))) as alerter:
            alerter.notice(BAD)
            await eventually(lambda: hook.posts)
            await settled(play)
    assert len(hook.posts) == 1
    play.clock.advance(telling.AGAIN_SECONDS)
    async with watching(await play.gateway(**settings(hook))) as alerter:
        alerter.notice(BAD)
        await eventually(lambda: len(hook.posts) == 2)


async def test_a_notice_whose_gateway_died_in_the_delivery_is_delivered_by_another(play: Play, hook: WebHook) -> None:
    hook.hangs.set()
    async with watching(await play.gateway(**settings(hook))) as alerter:
        alerter.notice(BAD)
        await eventually(lambda: hook.refused)
    hook.hangs.clear()
    play.clock.advance(telling.DELIVERY_LEASE_SECONDS)
    async with watching(await play.gateway(**settings(hook))):
        await eventually(lambda: hook.posts)
        await settled(play)
    assert len(hook.posts) == 1


async def test_a_failing_webhook_loses_nothing_and_holds_up_no_other_channel(play: Play, hook: WebHook) -> None:
    hook.status = 503
    with web_hook.listening() as other:
        webhooks = [{"url": hook.url}, {"url": other.url}]
        async with watching(await play.gateway(alerts={"webhooks": webhooks})) as alerter:
            alerter.notice(BAD)
            await eventually(lambda: other.posts and hook.refused)
            alerter.notice(Signal(kind=AlertKind.KEY, thing="acme/site", text="401"))
            await eventually(lambda: len(other.posts) == 2)
            assert hook.posts == []
            hook.status = 200
            play.clock.advance(telling.DELIVERY_PAUSE_MOST_SECONDS)
            alerter.notice(Signal(kind=AlertKind.DISK, thing="host", text="full"))
            await eventually(lambda: len(hook.posts) == 3)
            await settled(play)
        assert sorted(post["kind"] for post in other.posts) == ["disk", "key", "repository"]
    assert sorted(post["kind"] for post in hook.posts) == ["disk", "key", "repository"]
    assert all("SECRET" not in event.text for event in play.events)


async def test_the_answer_to_a_write_that_was_lost_tells_nothing_twice(play: Play, hook: WebHook) -> None:
    gateway = await play.gateway(**settings(hook))
    lost = direct.LostAnswers(play.stand.clients.dynamodb, "PutItem", times=2)
    async with watching(gateway) as alerter:
        alerter.notice(BAD)
        await eventually(lambda: hook.posts)
        await settled(play)
    assert (lost.lost, len(hook.posts)) == (2, 1)


@pytest.mark.parametrize(("kind", "field"), [("slack", "text"), ("teams", "attachments")])
async def test_slack_and_teams_get_their_own_form(play: Play, hook: WebHook, kind: str, field: str) -> None:
    async with watching(await play.gateway(**settings(hook, kind))) as alerter:
        alerter.notice(BAD)
        await eventually(lambda: hook.posts)
    assert field in hook.posts[0]


async def test_a_mail_goes_by_the_outbox_once_with_what_to_do_and_the_page(play: Play) -> None:
    web = {"enabled": True, "port": 0, "pages": True, "url": "https://hermes.example.com"}
    alerts = {"mail": [OPERATOR]}
    async with watching(await play.gateway(alerts=alerts, web=web)) as alerter:
        alerter.notice(BAD)
        (raw,) = await eventually(lambda: play.postbox.raw)
        await settled(play)
    made = email.message_from_bytes(raw, policy=email.policy.default)
    assert (made["To"], made["From"].addresses[0].addr_spec) == (OPERATOR, "site@agent.example.com")
    assert made["Subject"] == f"[{play.stand.prefix}] The repository of acme/site cannot be reached"
    assert made["Auto-Submitted"] == "auto-generated"
    text = made.get_content()
    assert "no access" in text
    assert "What to do: Check the address" in text
    assert "See https://hermes.example.com/" in text
    assert len(play.postbox.raw) == 1


async def test_while_aws_does_not_answer_a_webhook_is_told_all_the_same_and_not_again_afterwards(
    play: Play, hook: WebHook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerting, "DIRECT_SECONDS", 0.1)
    gateway = await play.gateway(**settings(hook))
    put, away = play.stand.tables.put, [True]
    assert gateway.alerter is not None
    tables: Any = gateway.alerter._records._tables

    async def refused(write: Put) -> None:
        if away[0]:
            raise errors.AwsUnavailable
        await put(write)

    monkeypatch.setattr(tables, "put", refused)
    stale = Signal(kind=AlertKind.POLL_STALE, thing="host", text="300 s")
    async with watching(gateway) as alerter:
        alerter.notice(stale)
        play.clock.advance(1.0)
        await eventually(lambda: hook.posts)
        away[0] = False
        book = await settled_with(play, stale)
        assert book.alerts[stale.name].told
        alerter.notice(Signal(kind=AlertKind.POLL_STALE, thing="host", well=True))
        await eventually(lambda: len(hook.posts) == 2)
    assert [post["status"] for post in hook.posts] == ["trouble", "well"]


async def settled_with(play: Play, signal: Signal) -> AlertBook:
    records = AlertRecords(tables=play.stand.tables, names=play.stand.names)

    async def written() -> AlertBook | None:
        book = await records.get()
        return book if signal.name in book.alerts else None

    found: AlertBook = await eventually(written)
    return found


async def test_the_gateways_own_events_are_heard(play: Play, hook: WebHook) -> None:
    gateway = await play.gateway(**settings(hook))
    async with watching(gateway):
        gateway.processor._env.emit(
            Event("command.failed", 1.0, "failed", {"fault": "key", "project": "acme/site", "why": "401"})
        )
        await eventually(lambda: hook.posts)
    assert (hook.posts[0]["kind"], hook.posts[0]["text"]) == ("key", "401")


async def test_without_a_channel_there_is_no_alerter(play: Play) -> None:
    assert (await play.gateway()).alerter is None


async def test_a_command_that_failed_by_the_operators_fault_is_told_with_its_reason(play: Play, hook: WebHook) -> None:
    gateway = await play.gateway(**settings(hook))
    gateway.processor._follow_ups = Dropped()
    async with watching(gateway):
        _, record = await play.mail(gateway, "Please update the title")
        command = await play.command(record)
        claimed = await play.stand.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=1.0)
        facts = {"error": "There is no repository at site.git.", "fault": "repository", "success": False}
        report = {"command_id": claimed.command_id, "attempt": 1, **facts}
        await gateway.finisher.finish(wire.ResultMessage.model_validate(report))
        await eventually(lambda: hook.posts)
    assert (hook.posts[0]["thing"], hook.posts[0]["text"]) == ("acme/site", "There is no repository at site.git.")


async def test_a_share_is_told_at_80_percent_and_not_before(play: Play, hook: WebHook) -> None:
    gateway = await play.gateway(**settings(hook), shares={"project": {"commands_per_hour": 5}})
    gateway.processor._follow_ups = Dropped()
    assert gateway.alerter is not None
    probe = gateway.alerter._probes[-1]
    found = []
    for _ in range(5):
        await play.mail(gateway, "Please update the title")
        found.append([(signal.thing, signal.text) for signal in await probe.look()])
    near = "project acme/site (commands_per_hour)"
    assert found[:3] == [[], [], []]
    assert found[3] == [(near, "commands_per_hour: 4 of 5 are used.")]
    assert found[4] == [(near, "commands_per_hour: 5 of 5 are used.")]
    assert await probe.look() == []


@pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)
async def test_a_topic_of_sns_gets_the_notice(play: Play) -> None:
    url = play.stand.endpoint.url
    async with clients.connect(
        region=stand.REGION, endpoint_url=url, access_key=stand.ACCESS_KEY, secret_key=stand.SECRET_KEY, sns=True
    ) as made:
        topic = (await made.sns.create_topic(Name=f"{play.stand.prefix}-alerts"))["TopicArn"]
        url = await play.stand.queues.create(f"{play.stand.prefix}-told", {})
        arn = (await play.stand.queues.attributes(url))["QueueArn"]
        await made.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        channel = SnsChannel(
            topic=topic, sns=Sns(client=made.sns), source=AlertSource(prefix="hermes", page="https://page.example.com/")
        )
        notice = telling.direct(BAD, now=1.0, new_id=lambda: "n1")
        assert notice is not None
        await channel.send(notice.model_copy(update={"title": "Größe\n" + "x" * 200}))

        async def came() -> list[Received]:
            return await play.stand.queues.receive(url, most=1, wait_seconds=1, visibility_seconds=30)

        (received,) = await eventually(came)
    told = json.loads(received.body)
    assert told["Subject"].startswith("[hermes] Gr??e?xxx")
    assert "no access" in told["Message"]
    assert "See https://page.example.com/" in told["Message"]
