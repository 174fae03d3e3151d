"""A launch that AWS refuses: what passes is waited for, and the person hears once that it takes longer; what does not is asked once."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.aws import calls, refusals
from hermes.domain.alerts.book import AlertKind
from hermes.domain.alerts.signals import signals
from hermes.domain.commands import CommandState
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of

PASSING = [
    "You've reached the limit on the number of vCPUs you can run concurrently",
    "You've reached the limit on the number of tasks you can run concurrently",
    "Internal error.",
    "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/task'",
]


def refused(reason: str) -> errors.HermesError:
    text = f"ECS started no task: {reason}"
    return calls.of("ECS RunTask", refusals.launch_meaning(reason), code=reason, text=text)


@pytest.mark.parametrize("reason", PASSING)
async def test_a_launch_that_is_refused_for_now_is_taken_up_with_its_token_and_the_work_is_done(
    play: Play, reason: str
) -> None:
    play.launcher.failures.extend([refused(reason)] * 4)
    gateway = await play.gateway()

    _, record = await play.mail(gateway, "Rework the page")
    asked = await _asked(play, 1)
    for times in range(2, 6):
        play.clock.advance(20)
        asked = await _asked(play, times)
    worker = await play.worker()
    await worker.succeed(await worker.begin())

    assert (await play.sent(record, "succeeded")).kind == "succeeded"
    assert (await play.ended(record)).state is CommandState.SUCCEEDED
    assert len({request.token for request in play.launcher.requests}) == 1
    assert asked == 5


async def test_a_quota_that_is_full_for_hours_costs_few_calls_and_no_mail(play: Play) -> None:
    play.launcher.failures.extend([refused(PASSING[0])] * 1000)
    gateway = await play.gateway()
    message_id, record = await play.mail(gateway, "Rework the page")
    await _asked(play, 1)

    for _ in range(40):  # two hours, in the steps of the sweeper
        play.clock.advance(180)
        before = len(play.launcher.requests)
        await gateway.sweeper.sweep()
        await _asked(play, before + 1)

    assert (await play.command(record)).state is CommandState.ACCEPTED
    assert len(play.launcher.requests) < 200
    starting = [row for row in await play.replies(record) if row.kind == "still_starting"]
    assert len(await play.replies(record)) == len(starting) == 1
    await play.sent(record, "still_starting")
    told = text_of(play.postbox.answers_to(message_id)[0])
    assert "limit" not in told
    assert "vCPU" not in told

    play.launcher.failures.clear()
    play.clock.advance(180)
    await gateway.sweeper.sweep()
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    assert (await play.sent(record, "succeeded")).kind == "succeeded"


async def test_the_operator_is_told_what_is_missing_once_it_lasts(play: Play) -> None:
    play.launcher.failures.extend([refused(PASSING[0])] * 1000)
    gateway = await play.gateway()
    await play.mail(gateway, "Rework the page")
    await _asked(play, 1)
    play.clock.advance(40)
    await _asked(play, 2)

    (told,) = signals(await play.event("container.refused"))
    assert (told.kind, told.thing) == (AlertKind.AWS, "to start workers")
    assert "Service Quotas" in told.text

    play.launcher.failures.clear()
    play.clock.advance(70)
    await play.worker()
    (well,) = signals(await play.event("container.admitted"))
    assert (well.name, well.well) == (told.name, True)


async def test_what_is_refused_for_good_is_asked_once(play: Play) -> None:
    text = "ECS RunTask: Cluster not found. arn:aws:ecs:eu-central-1:123456789012:cluster/x"
    play.launcher.failures.append(errors.LaunchFailed(text, for_good=True))
    gateway = await play.gateway()

    message_id, record = await play.mail(gateway, "Rework the page")

    assert (await play.ended(record)).state is CommandState.FAILED
    await play.sent(record)
    assert len(play.launcher.requests) == 1
    told = text_of(play.postbox.answers_to(message_id)[0])
    assert "This is on our side" in told
    assert "Cluster" not in told
    assert "123456789012" not in str(play.postbox.answers_to(message_id)[0])


async def _asked(play: Play, times: int) -> int:
    await eventually(lambda: len(play.launcher.requests) >= times)
    return len(play.launcher.requests)
