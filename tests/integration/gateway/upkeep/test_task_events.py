"""ECS's own word that a task has ended, from the inbound queue: a worker is lost within a moment, with what ended it."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from hermes.app import intake
from hermes.aws.tasks import EcsTasks
from hermes.config import loading as config
from hermes.domain.containers import ContainerState, EndCause
from hermes.launch import ecs
from hermes.launch.ecs import EcsLauncher
from tests import env
from tests.integration.gateway.play import Play
from tests.integration.gateway.scripted_worker import ScriptedWorker


def _launcher(play: Play) -> EcsLauncher:
    settings = config.Ecs(cluster="hermes", task_definition="hermes-worker:3", subnets=("subnet-1",))
    nothing: Any = None
    return EcsLauncher(tasks=EcsTasks(client=nothing), settings=settings, prefix=play.stand.prefix, env=env.quiet())


def _event(play: Play, worker: ScriptedWorker, **more: Any) -> str:
    variables = {"HERMES_WORKER_CONTAINER_KEY": worker.key, "HERMES_WORKER_GEN": str(worker.gen)}
    given = [{"name": name, "value": value} for name, value in variables.items()]
    detail = {
        "taskArn": worker.task,
        "clusterArn": "arn:aws:ecs:eu-central-1:123456789012:cluster/hermes",
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "startedBy": ecs.started_by(play.stand.prefix, worker.key, worker.gen),
        "containers": [{"name": "worker", "exitCode": 137, "reason": "OutOfMemoryError: Container killed"}],
        "overrides": {"containerOverrides": [{"name": "worker", "environment": given}]},
        **more,
    }
    shape = botocore.session.get_session().get_service_model("ecs").shape_for("Task")
    assert not ParamValidator().validate(detail, shape).has_errors()
    return json.dumps(
        {"version": "0", "source": "aws.ecs", "detail-type": "ECS Task State Change", "region": "x", "detail": detail}
    )


async def test_the_end_of_a_task_is_taken_from_the_inbound_queue(play: Play) -> None:
    gateway = await play.gateway()
    gateway.inbound._other = intake.task_events(_launcher(play), gateway.manager)
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await worker.begin()
    play.start(gateway)

    foreign = _event(play, worker, startedBy="somebody/else/1")
    for body in (_event(play, worker, lastStatus="RUNNING"), foreign, _event(play, worker)):
        await play.stand.queues.send(play.stand.places.inbound, body)
    lost = await play.event("container.lost")
    await play.stop(gateway)

    assert "OutOfMemoryError" in lost.text
    found = await play.stand.containers.get(worker.key)
    assert found is not None
    assert (found.state, found.ended_gen, found.ended_by) == (ContainerState.LOST, 1, EndCause.MEMORY.value)
    assert await play.stand.queues.receive(play.stand.places.dead, wait_seconds=0) == []
    assert len(play.named("container.lost")) == 1


async def test_an_event_of_a_worker_that_ended_in_good_order_changes_nothing(play: Play) -> None:
    gateway = await play.gateway()
    take = intake.task_events(_launcher(play), gateway.manager)
    assert take is not None
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await play.stand.containers.stopped(worker.key, gen=1, task_arn=worker.task, now=play.clock.time())

    assert await take(_event(play, worker))
    assert not await take('{"key": "mails/1.eml", "text": "ECS Task State Change"}')
    assert not await take("{ECS Task State Change")

    found = await play.stand.containers.get(worker.key)
    assert found is not None
    assert found.state is ContainerState.STOPPED


async def test_what_ended_a_container_that_was_given_up_is_added(play: Play) -> None:
    gateway = await play.gateway()
    take = intake.task_events(_launcher(play), gateway.manager)
    assert take is not None
    await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    await gateway.manager.stop(worker.key, 1, "no answer")

    await take(_event(play, worker))

    assert await gateway.manager.ended_by(worker.key, 1) is EndCause.MEMORY
