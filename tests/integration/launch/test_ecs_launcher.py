"""ECS: the launcher over moto's ECS, and over answers that no emulator gives, put in place of the real ones."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiobotocore.awsrequest import AioAWSResponse
from botocore.compat import HTTPHeaders

from hermes import errors
from hermes.aws.clients import Clients
from hermes.aws.tasks import EcsTasks
from hermes.config import loading as config
from hermes.domain.containers import EndCause, LaunchRequest
from hermes.launch import ecs
from hermes.launch.ecs import EcsLauncher
from hermes.launch.port import RunningTask, TaskState
from tests import env
from tests.integration.stand import Endpoint

ARN = "arn:aws:ecs:eu-central-1:123456789012:task/hermes/0123456789abcdef"
KEY = "acme#site#anna-3k5zq2ab"

Answer = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]] | None]


@pytest.fixture(params=["moto"])
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """MiniStack runs tasks in Docker, which is not wanted here."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Endpoint)
    return found


class Script:
    """Answers ECS requests in place of the server; keeps what was asked."""

    def __init__(self, client: Any) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        client.meta.events.register("before-send.ecs", self._answer)

    def will_say(self, operation: str, *answers: dict[str, Any], status: int = 200) -> None:
        """The next answers to an operation; the last one stays."""
        self._answers[operation] = [(status, answer) for answer in answers]

    async def _answer(self, request: Any, **_: Any) -> AioAWSResponse | None:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        self.asked.append((operation, json.loads(body)))
        waiting = self._answers.get(operation)
        if not waiting:
            return None
        status, answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return AioAWSResponse(request.url, status, HTTPHeaders(), Raw(answer))


class Raw:
    """A body that has come whole."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._bytes = json.dumps(answer).encode()

    async def read(self) -> bytes:
        return self._bytes


@pytest.fixture
async def script(aws_clients: Clients) -> Script:
    return Script(aws_clients.ecs)


@pytest.fixture
def clock() -> list[float]:
    """The time, to be moved by hand."""
    return [0.0]


@pytest.fixture
def launcher(aws_clients: Clients, clock: list[float]) -> EcsLauncher:
    settings = config.Ecs(
        cluster="hermes", task_definition="hermes-worker:3", subnets=("subnet-1",), security_groups=("sg-1",)
    )
    return EcsLauncher(
        tasks=EcsTasks(client=aws_clients.ecs),
        settings=settings,
        prefix="hermes",
        env=env.quiet(clock=lambda: clock[0]),
    )


def request(gen: int = 1, **environment: str) -> LaunchRequest:
    return LaunchRequest(container_key=KEY, gen=gen, token=f"token-{gen}", environment=environment)


def described(**more: Any) -> dict[str, Any]:
    return {"tasks": [{"taskArn": ARN, "lastStatus": "RUNNING", "containers": [], **more}], "failures": []}


async def test_the_request_names_key_gen_token_network_and_environment(script: Script, launcher: EcsLauncher) -> None:
    script.will_say("RunTask", described())

    assert await launcher.run(request(HERMES_WORKER_IDLE="5")) == ARN

    ((_, asked),) = script.asked
    assert asked["clientToken"] == "token-1"
    assert asked["startedBy"] == ecs.started_by("hermes", KEY, 1)
    assert len(asked["startedBy"]) <= 36
    assert asked["enableECSManagedTags"] is True
    assert asked["networkConfiguration"]["awsvpcConfiguration"] == {
        "subnets": ["subnet-1"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
    (override,) = asked["overrides"]["containerOverrides"]
    assert override["name"] == "worker"
    assert {"name": "HERMES_WORKER_IDLE", "value": "5"} in override["environment"]
    assert {"name": "HERMES_WORKER_GEN", "value": "1"} in override["environment"]
    assert {"key": "hermes:key", "value": KEY.replace("#", "/")} in asked["tags"]


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("RESOURCE:MEMORY", errors.Transient),
        ("RESOURCE:ENI", errors.Transient),
        ("AGENT", errors.Transient),
        ("Capacity is unavailable at this time. Please try again later", errors.Transient),
        ("EMPTY CAPACITY PROVIDER", errors.Transient),
        ("MISSING", errors.LaunchFailed),
        ("ATTRIBUTE", errors.LaunchFailed),
        ("INACTIVE", errors.LaunchFailed),
    ],
)
async def test_failures_with_status_200_are_failures(
    script: Script, launcher: EcsLauncher, reason: str, kind: type[Exception]
) -> None:
    script.will_say("RunTask", {"tasks": [], "failures": [{"arn": ARN, "reason": reason}]})

    with pytest.raises(kind, match="ECS started no task"):
        await launcher.run(request())


async def test_a_token_in_use_gives_the_task_that_it_gave_before(script: Script, launcher: EcsLauncher) -> None:
    conflict = {"__type": "ConflictException", "message": "token in use", "resourceIds": [ARN]}
    script.will_say("RunTask", conflict, status=400)

    assert await launcher.run(request()) == ARN


async def test_throttling_in_disguise_is_transient(script: Script, launcher: EcsLauncher) -> None:
    script.will_say("RunTask", {"__type": "InvalidParameterException", "message": "Rate exceeded"}, status=400)

    with pytest.raises(errors.Transient):
        await launcher.run(request())


async def test_a_refused_request_is_a_definite_no(script: Script, launcher: EcsLauncher) -> None:
    script.will_say("RunTask", {"__type": "ClusterNotFoundException", "message": "Cluster not found."}, status=400)

    with pytest.raises(errors.LaunchFailed, match="Cluster not found"):
        await launcher.run(request())


async def test_a_full_queue_of_provisioning_tasks_is_transient(script: Script, launcher: EcsLauncher) -> None:
    full = {"__type": "ClientException", "message": "The capacity provider has no capacity for PROVISIONING tasks"}
    script.will_say("RunTask", full, status=400)

    with pytest.raises(errors.Transient):
        await launcher.run(request())


async def test_a_server_error_may_or_may_not_have_started_it(script: Script, launcher: EcsLauncher) -> None:
    script.will_say("RunTask", {"__type": "ServerException", "message": "oops"}, status=500)

    with pytest.raises(errors.Transient):
        await launcher.run(request())

    assert {asked["clientToken"] for _, asked in script.asked} == {"token-1"}


async def test_an_environment_beyond_the_limit_is_refused_before_ecs_does(
    script: Script, launcher: EcsLauncher
) -> None:
    with pytest.raises(errors.LaunchFailed, match="8192"):
        await launcher.run(request(HERMES_WORKER_AGENT="x" * ecs.ECS_OVERRIDES_CHARS))

    assert script.asked == []


async def test_a_task_is_missing_only_after_it_stayed_so_for_minutes(
    script: Script, launcher: EcsLauncher, clock: list[float]
) -> None:
    script.will_say("DescribeTasks", {"tasks": [], "failures": [{"arn": ARN, "reason": "MISSING"}]})
    clock[0] = 100.0
    assert (await launcher.describe(ARN)).state is TaskState.RUNNING

    clock[0] += ecs.TASK_MISSING_SECONDS - 1
    assert (await launcher.describe(ARN)).state is TaskState.RUNNING

    clock[0] += 2
    assert (await launcher.describe(ARN)).state is TaskState.MISSING

    # Seen once, the count begins anew.
    script.will_say("DescribeTasks", described(), {"tasks": []})
    await launcher.describe(ARN)
    assert (await launcher.describe(ARN)).state is TaskState.RUNNING


@pytest.mark.parametrize("status", ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING"])
async def test_a_task_on_its_way_is_running(script: Script, launcher: EcsLauncher, status: str) -> None:
    script.will_say("DescribeTasks", described(lastStatus=status, desiredStatus="STOPPED"))

    assert (await launcher.describe(ARN)).state is TaskState.RUNNING


async def test_a_stopped_task_says_why(script: Script, launcher: EcsLauncher) -> None:
    ended = {"name": "worker", "exitCode": 137, "reason": "OutOfMemoryError: container killed"}
    script.will_say(
        "DescribeTasks",
        described(lastStatus="STOPPED", stoppedReason="Essential container in task exited", containers=[ended]),
    )

    status = await launcher.describe(ARN)

    assert status.state is TaskState.STOPPED
    assert status.reason == (
        "Essential container in task exited; worker: OutOfMemoryError: container killed (status 137)"
    )


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ({"containers": [{"name": "worker", "exitCode": 137, "reason": "OutOfMemoryError: killed"}]}, EndCause.MEMORY),
        ({"stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted."}, EndCause.SPOT),
        ({"stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError: no such image"}, EndCause.IMAGE),
        ({"stopCode": "TaskFailedToStart", "stoppedReason": "ResourceInitializationError: no secret"}, EndCause.IMAGE),
        ({"stopCode": "InfrastructureHealth"}, EndCause.HOST),
        ({"stopCode": "EssentialContainerExited", "containers": [{"name": "worker", "exitCode": 1}]}, EndCause.EXIT),
        ({"stopCode": "UserInitiated", "stoppedReason": "stopped by somebody"}, EndCause.UNKNOWN),
    ],
)
async def test_what_ended_a_task_is_told_apart(
    script: Script, launcher: EcsLauncher, facts: dict[str, Any], cause: EndCause
) -> None:
    script.will_say("DescribeTasks", described(lastStatus="STOPPED", **facts))

    assert (await launcher.describe(ARN)).cause is cause


async def test_a_hundred_tasks_are_asked_about_in_one_call(script: Script, launcher: EcsLauncher) -> None:
    script.will_say("DescribeTasks", {"tasks": []})

    await asyncio.gather(*(launcher.describe(f"{ARN}{number}") for number in range(250)))

    sizes = sorted(len(asked["tasks"]) for operation, asked in script.asked if operation == "DescribeTasks")
    assert sizes == [50, 100, 100]


async def test_a_task_that_failed_to_start_may_have_no_containers(script: Script, launcher: EcsLauncher) -> None:
    script.will_say(
        "DescribeTasks", described(lastStatus="STOPPED", stopCode="TaskFailedToStart", stoppedReason="CannotPull")
    )

    assert (await launcher.describe(ARN)).reason == "CannotPull"


async def test_stopping_what_ecs_has_forgotten_is_fine(script: Script, launcher: EcsLauncher) -> None:
    gone = {"__type": "InvalidParameterException", "message": "The referenced task was not found."}
    script.will_say("StopTask", gone, status=400)

    await launcher.stop(ARN, "a reason " * 100)
    await launcher.stop("local:token-1", "of another launcher")

    ((_, asked),) = script.asked
    assert len(asked["reason"]) <= 255


async def test_a_task_without_its_tags_is_still_known_by_its_environment(script: Script, launcher: EcsLauncher) -> None:
    variables = [{"name": "HERMES_WORKER_CONTAINER_KEY", "value": KEY}, {"name": "HERMES_WORKER_GEN", "value": "2"}]
    ours = {
        "startedBy": ecs.started_by("hermes", KEY, 2),
        "overrides": {"containerOverrides": [{"name": "worker", "environment": variables}]},
    }
    script.will_say("ListTasks", {"taskArns": [ARN], "nextToken": "more"}, {"taskArns": []})
    script.will_say("DescribeTasks", described(**ours))

    assert await launcher.running() == [RunningTask(KEY, 2, ARN)]
    assert [asked.get("nextToken") for operation, asked in script.asked if operation == "ListTasks"] == [None, "more"]


async def test_tasks_of_others_in_the_same_family_are_not_ours(script: Script, launcher: EcsLauncher) -> None:
    script.will_say("ListTasks", {"taskArns": [ARN]})
    tags = [{"key": "hermes:key", "value": KEY.replace("#", "/")}, {"key": "hermes:gen", "value": "1"}]
    script.will_say("DescribeTasks", described(tags=tags, startedBy=ecs.started_by("staging", KEY, 1)))

    assert await launcher.running() == []


async def test_the_whole_life_over_motos_ecs(aws_clients: Clients) -> None:
    client = aws_clients.ecs
    await client.create_cluster(clusterName="hermes")
    await client.register_task_definition(
        family="hermes-worker",
        networkMode="bridge",
        containerDefinitions=[{"name": "worker", "image": "hermes", "memory": 256, "cpu": 10}],
    )
    settings = config.Ecs(cluster="hermes", task_definition="hermes-worker", subnets=("subnet-1",))
    launcher = EcsLauncher(tasks=EcsTasks(client=client), settings=settings, prefix="hermes", env=env.quiet())

    task = await launcher.run(request())

    assert (await launcher.describe(task)).state is TaskState.RUNNING
    assert await launcher.running() == [RunningTask(KEY, 1, task)]
    await launcher.stop(task, "done")
    assert (await launcher.describe(task)).state is TaskState.STOPPED
    assert await launcher.running() == []
    await launcher.stop(task, "again")


async def test_a_project_with_secrets_of_its_own_has_a_task_definition_of_its_own(aws_clients: Clients) -> None:
    client = aws_clients.ecs
    await client.create_cluster(clusterName="hermes")
    for family in ("hermes-worker", "hermes-worker-acme-site"):
        await client.register_task_definition(
            family=family,
            networkMode="bridge",
            containerDefinitions=[{"name": "worker", "image": "hermes", "memory": 256, "cpu": 10}],
        )
    own = {"/".join(KEY.split("#")[:2]): "hermes-worker-acme-site"}
    settings = config.Ecs(
        cluster="hermes", task_definition="hermes-worker", project_task_definitions=own, subnets=("subnet-1",)
    )
    launcher = EcsLauncher(tasks=EcsTasks(client=client), settings=settings, prefix="hermes", env=env.quiet())
    other = LaunchRequest(container_key="other#site#anna", gen=1, token="token-other", environment={})

    tasks = [await launcher.run(request()), await launcher.run(other)]

    answer = await client.describe_tasks(cluster="hermes", tasks=tasks)
    used = {task["taskArn"]: task["taskDefinitionArn"].rpartition("/")[2] for task in answer["tasks"]}
    assert [used[task].split(":")[0] for task in tasks] == ["hermes-worker-acme-site", "hermes-worker"]
    assert {one.task for one in await launcher.running()} >= set(tasks)
    for task in tasks:
        await launcher.stop(task, "done")
