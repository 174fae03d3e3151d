"""The template and the image agree with the code: names, permissions, limits, and the configuration that a task is given."""

from __future__ import annotations

import fnmatch
import http.server
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hermes import errors, ids
from hermes.aws import schema
from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.config import loading as config
from hermes.mail.authenticate import token
from hermes.process import privileges
from hermes.worker.config import PREFIX, WorkerConfig
from tests.attack.trapping import CAPABILITIES
from tests.unit import cloudformation

ROOT = cloudformation.DEPLOY.parent
DEPLOY = cloudformation.DEPLOY
NAMES = ResourceNames(cloudformation.PREFIX)
KEY = ids.container_key("client", "site", "anna@example.org")
PROJECT = """
[[projects]]
client = "client"
project = "site"
repository = "https://git.example.com/site.git"
addresses = ["site@agent.example.com"]
owners = ["anna@example.org"]
agent = { kind = "claude", env = ["ANTHROPIC_API_KEY"] }
"""


def _environment(container: Mapping[str, Any]) -> dict[str, str]:
    return {one["Name"]: str(one["Value"]) for one in container["Environment"]}


def _queue(name: str) -> str:
    return f"arn:aws:sqs:eu-central-1:123456789012:{name}"


def _table(noun: str) -> str:
    return f"arn:aws:dynamodb:eu-central-1:123456789012:table/{NAMES.table(noun)}"


OWN_QUEUES = (NAMES.inbound, NAMES.strangers, NAMES.unclaimed, NAMES.parked, NAMES.dead, NAMES.dead_fifo)
QUEUE_SET = (NAMES.input(KEY), NAMES.interrupts(KEY), NAMES.output(KEY))
TAKE = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
TASK = "arn:aws:ecs:eu-central-1:123456789012:task/acme/1234"
WORKER_REVISION = "arn:aws:ecs:eu-central-1:123456789012:task-definition/acme-worker:7"


def _needed() -> Iterator[tuple[str, str, str]]:
    """What the code does, as `(role, action, resource)`."""
    for noun in TABLES:
        for action in ("CreateTable", "DescribeTable", "DescribeTimeToLive", "UpdateTable", "UpdateTimeToLive"):
            yield "ProvisionRole", f"dynamodb:{action}", _table(noun)
        for action in ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "Scan"):
            yield "GatewayRole", f"dynamodb:{action}", _table(noun)
        for index in schema.table(NAMES, noun).get("GlobalSecondaryIndexes", []):
            yield "GatewayRole", "dynamodb:Query", f"{_table(noun)}/index/{index['IndexName']}"
    for action in ("Scan", "UpdateItem"):
        yield "ProvisionRole", f"dynamodb:{action}", _table("sessions")
    for name in OWN_QUEUES:
        for action in ("CreateQueue", "GetQueueUrl", "GetQueueAttributes", "SetQueueAttributes"):
            yield "ProvisionRole", f"sqs:{action}", _queue(name)
        for role in ("GatewayRole", "WorkerRole"):
            yield role, "sqs:GetQueueUrl", _queue(name)
            yield role, "sqs:GetQueueAttributes", _queue(name)
        yield "GatewayRole", "sqs:SendMessage", _queue(name)
    for action in ("DeleteMessage", "ReceiveMessage", "SendMessage"):
        for name in (NAMES.unclaimed, NAMES.parked):
            yield "ProvisionRole", f"sqs:{action}", _queue(name)
    for action in TAKE:
        yield "GatewayRole", action, _queue(NAMES.inbound)
    for name in QUEUE_SET:
        for action in (*TAKE, "sqs:SendMessage", "sqs:CreateQueue", "sqs:GetQueueAttributes", "sqs:SetQueueAttributes"):
            yield "GatewayRole", action, _queue(name)
    for key in ("mails/ses/0f3k", "mails/2026/11/20/1-a.eml", "attachments/m/00-a.txt"):
        yield "GatewayRole", "s3:GetObject", f"{cloudformation.BUCKET}/{key}"
    for action, resource in (
        ("s3:PutObject", f"{cloudformation.BUCKET}/mails/2026/11/20/1-a.eml"),
        ("s3:PutObject", f"{cloudformation.BUCKET}/attachments/m/00-a.txt"),
        ("ecs:RunTask", WORKER_REVISION),
        ("ecs:RunTask", WORKER_REVISION.replace("acme-worker", "acme-worker-acme-site")),
        ("ecs:TagResource", TASK),
        ("ecs:DescribeTasks", TASK),
        ("ecs:StopTask", TASK),
        ("ecs:ListTasks", "*"),
        ("iam:PassRole", "arn:WorkerRole.Arn"),
        ("iam:PassRole", "arn:ExecutionRole.Arn"),
        ("ses:SendEmail", "arn:aws:ses:eu-central-1:123456789012:identity/agent.example.com"),
        ("ses:SendRawEmail", "arn:aws:ses:eu-central-1:123456789012:identity/agent.example.com"),
        ("ses:GetEmailIdentity", "arn:aws:ses:eu-central-1:123456789012:identity/agent.example.com"),
        ("ses:GetAccount", "*"),
    ):
        yield "GatewayRole", action, resource
    for action in TAKE:
        yield "WorkerRole", action, _queue(NAMES.input(KEY))
        yield "WorkerRole", action, _queue(NAMES.interrupts(KEY))
        yield "WorkerRole", action, _queue(NAMES.unclaimed)
    for name in (NAMES.output(KEY), NAMES.dead, NAMES.dead_fifo):
        yield "WorkerRole", "sqs:SendMessage", _queue(name)
    for noun in ("commands", "containers"):
        yield "WorkerRole", "dynamodb:GetItem", _table(noun)
        yield "WorkerRole", "dynamodb:UpdateItem", _table(noun)
    for action in ("DeleteItem", "GetItem", "PutItem"):
        yield "WorkerRole", f"dynamodb:{action}", _table("snapshots")
    yield "WorkerRole", "dynamodb:GetItem", _table("sessions")
    yield "WorkerRole", "dynamodb:ConditionCheckItem", _table("sessions")
    yield "WorkerRole", "s3:GetObject", f"{cloudformation.BUCKET}/attachments/m/00-a.txt"
    for folder in ("bundles", "logs", "snapshots", "transcripts", "wire"):
        yield "WorkerRole", "s3:PutObject", f"{cloudformation.BUCKET}/{folder}/session/command-1"
    for folder in ("bundles", "snapshots", "transcripts", "wire"):
        yield "WorkerRole", "s3:GetObject", f"{cloudformation.BUCKET}/{folder}/session/command-1"
    yield "WorkerRole", "s3:DeleteObject", f"{cloudformation.BUCKET}/bundles/session/command-1"
    for role, folder in (("WorkerRole", "snapshots"), ("WorkerRole", "wire"), ("GatewayRole", "wire")):
        yield role, "s3:DeleteObject", f"{cloudformation.BUCKET}/{folder}/session/command-1"
    yield "WorkerRole", "s3:ListBucket", cloudformation.BUCKET
    yield "GatewayRole", "s3:GetObject", f"{cloudformation.BUCKET}/logs/session/command-1.log"
    for action in ("s3:ListBucket", "s3:PutBucketPublicAccessBlock", "s3:PutLifecycleConfiguration"):
        yield "ProvisionRole", action, cloudformation.BUCKET


@pytest.mark.parametrize("role", ["ProvisionRole", "GatewayRole", "WorkerRole"])
def test_a_role_allows_all_that_its_process_does(role: str) -> None:
    template = cloudformation.Template()
    lacking = [(action, resource) for who, action, resource in _needed() if who == role
               and not template.allows(role, action, resource)]  # fmt: skip
    assert lacking == []


@pytest.mark.parametrize(
    ("role", "action", "resource"),
    [
        ("WorkerRole", "s3:GetObject", f"{cloudformation.BUCKET}/mails/ses/0f3k"),
        ("WorkerRole", "dynamodb:GetItem", _table("mails")),
        ("WorkerRole", "dynamodb:UpdateItem", _table("sessions")),
        ("WorkerRole", "dynamodb:PutItem", _table("commands")),
        ("WorkerRole", "sqs:ReceiveMessage", _queue(NAMES.inbound)),
        ("WorkerRole", "sqs:SendMessage", _queue(NAMES.input(KEY))),
        ("WorkerRole", "ses:SendRawEmail", "arn:aws:ses:eu-central-1:123456789012:identity/agent.example.com"),
        ("WorkerRole", "ecs:RunTask", WORKER_REVISION),
        ("GatewayRole", "sqs:ReceiveMessage", _queue("other-inbound")),
        ("GatewayRole", "dynamodb:PutItem", _table("mails").replace("acme-", "acme-two-")),
        ("GatewayRole", "ecs:RunTask", WORKER_REVISION.replace("worker", "gateway")),
        ("GatewayRole", "iam:PassRole", "arn:GatewayRole.Arn"),
    ],
)
def test_a_role_allows_no_more(role: str, action: str, resource: str) -> None:
    assert not cloudformation.Template().allows(role, action, resource)


def test_the_gateways_environment_and_a_project_make_a_configuration(tmp_path: Path) -> None:
    template = cloudformation.Template(AssignPublicIp="ENABLED")
    container = template.container("GatewayTask")
    file = tmp_path / "hermes.toml"
    file.write_text(PROJECT)
    made = config.load(file, {**_environment(container), "HERMES_CONFIG": "elsewhere"})
    assert (made.prefix, made.aws.bucket, made.mail.mailer) == ("acme", cloudformation.BUCKET.rpartition(":")[2], "ses")
    ecs = made.launcher.ecs
    assert (made.launcher.kind, ecs.cluster, ecs.subnets) == ("ecs", "acme", ("subnet-1", "subnet-2"))
    assert ecs.assign_public_ip
    assert ecs.container == template.container("WorkerTask")["Name"]


def test_provisioning_and_the_gateway_mean_the_same_names() -> None:
    template = cloudformation.Template()
    ours = _environment(template.container("ProvisionTask"))
    assert ours.items() <= _environment(template.container("GatewayTask")).items()
    assert config.load(None, ours).prefix == NAMES.prefix


def test_a_task_reads_its_configuration_from_a_variable_and_becomes_hermes(tmp_path: Path) -> None:
    stub = tmp_path / "hermes"
    stub.write_text('#!/bin/sh\necho "$$ $# $1 ${CONFIG_TOML-gone}"\n')
    stub.chmod(0o755)
    file = tmp_path / "hermes.toml"
    entry = cloudformation.Template().container("GatewayTask")["EntryPoint"]
    environment = {
        "PATH": f"{tmp_path}:{os.defpath}",
        "HERMES_CONFIG": str(file),
        "CONFIG_TOML": 'a = "100 % $HOME"\n',
    }
    process = subprocess.Popen([*entry, "check"], env=environment, stdout=subprocess.PIPE, text=True)
    said, _ = process.communicate(timeout=60)
    assert said.split() == [str(process.pid), "1", "check", "gone"]
    assert file.read_text() == environment["CONFIG_TOML"]
    assert file.stat().st_mode & 0o077 == 0


#: The image that ours is built on.
BASE = re.findall(r"^ARG BASE=(\S+)$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)[0]


def _checked(port: int) -> int:
    """The exit status of the gateway's health check, asked of another port; `python` is what the image has on its PATH."""
    check = cloudformation.Template().container("GatewayTask")["HealthCheck"]
    kind, program, *words = check["Command"]
    assert (kind, program) == ("CMD", "python")
    assert BASE.startswith("python:")
    command = [sys.executable, *(word.replace("8080", str(port)) for word in words)]
    return subprocess.run(
        command, env={"http_proxy": "http://127.0.0.1:1"}, stderr=subprocess.DEVNULL, timeout=60
    ).returncode


@pytest.mark.parametrize(("answer", "status"), [(200, 0), (503, 1)])
def test_the_health_check_says_what_healthz_says(answer: int, status: int) -> None:
    class Health(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answer if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert _checked(server.server_port) == status
        server.shutdown()
    assert _checked(server.server_port) == 1  # nobody is there any more


def test_the_gateway_serves_where_the_health_check_asks(tmp_path: Path) -> None:
    container = cloudformation.Template().container("GatewayTask")
    file = tmp_path / "hermes.toml"
    file.write_text(PROJECT)
    web = config.load(file, {**_environment(container), "HERMES_CONFIG": "elsewhere"}).web
    assert (web.enabled, web.host) == (True, "127.0.0.1")
    check = container["HealthCheck"]
    asked = check["Command"][-1]
    assert f'"127.0.0.1", {web.port},' in asked
    assert '"/healthz"' in asked
    within = re.search(r"timeout=(\d+)", asked)
    assert within is not None
    assert int(within[1]) < check["Timeout"] <= check["Interval"]
    # ECS takes these only (ContainerDefinition, HealthCheck).
    assert 5 <= check["Interval"] <= 300
    assert 2 <= check["Timeout"] <= 60
    assert 1 <= check["Retries"] <= 10
    assert 0 <= check["StartPeriod"] <= 300


def test_a_worker_knows_every_variable_that_the_template_sets() -> None:
    given = _environment(cloudformation.Template().container("WorkerTask"))
    assert given
    for name in given:
        assert name.removeprefix(PREFIX).lower() in WorkerConfig.model_fields


def test_the_workers_credential_helper_gives_git_the_token() -> None:
    container = cloudformation.Template(GitUsername="x-access-token").container("WorkerTask")
    helper = _environment(container)["HERMES_WORKER_CREDENTIAL_HELPER"]
    assert "HERMES_GIT_TOKEN" in [one["Name"] for one in container["Secrets"]]
    said = subprocess.run(
        ["git", "-c", "credential.helper=", "-c", f"credential.helper={helper}", "credential", "fill"],
        input="protocol=https\nhost=git.example.com\n\n",
        env={"PATH": os.defpath, "HERMES_GIT_TOKEN": "s e=cret", "GIT_TERMINAL_PROMPT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert "username=x-access-token\npassword=s e=cret\n" in said


def test_without_secrets_a_worker_gets_none() -> None:
    container = cloudformation.Template(AgentKeyArn="", GitTokenArn="").container("WorkerTask")
    assert container["Secrets"] == []
    assert [one["Name"] for one in container["Environment"]] == [
        "HERMES_WORKER_USER",
        "HERMES_WORKER_AGENT_USER",
    ]


def test_a_worker_in_aws_becomes_the_images_user_and_runs_its_agents_as_others() -> None:
    container = cloudformation.Template().container("WorkerTask")
    assert container["User"] == "0:0"
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    image = re.search(r"useradd --uid (\d+)", dockerfile)
    assert image is not None
    given = _environment(container)
    assert given["HERMES_WORKER_USER"] == image[1]
    first = int(given["HERMES_WORKER_AGENT_USER"])
    assert int(image[1]) not in range(first, first + privileges.RANGE)
    assert set(re.findall(r"seq (\d+) (\d+)", dockerfile)) == {(str(first), str(first + privileges.RANGE - 1))}


def test_a_worker_in_aws_keeps_no_capability_but_the_launchers() -> None:
    # What a container has by default (ECS: KernelCapabilities; Docker's own list).
    usual = {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID",
        "SETPCAP", "SETUID", "SYS_CHROOT",
    }  # fmt: skip
    dropped = set(cloudformation.Template().container("WorkerTask")["LinuxParameters"]["Capabilities"]["Drop"])
    assert {name.lower() for name in usual - dropped} == set(CAPABILITIES)


@pytest.mark.parametrize("task", ["GatewayTask", "WorkerTask"])
def test_a_task_has_120_seconds_to_stop(task: str) -> None:
    seconds = cloudformation.Template().container(task)["StopTimeout"]
    assert seconds == 120


def test_nothing_takes_mail_before_the_queues_are_there() -> None:
    before, after = cloudformation.Template(Provisioned="no"), cloudformation.Template()
    for name in ("ReceiptRule", "Subscription", "InboundQueuePolicy"):
        assert before.resource(name) is None
        assert after.resource(name) is not None
    assert before.properties("GatewayService")["DesiredCount"] == 0
    assert after.properties("GatewayService")["DesiredCount"] > 0
    assert before.raw["Resources"]["Subscription"]["DependsOn"] == "InboundQueuePolicy"
    assert {"BucketPolicy", "Subscription"} <= set(before.raw["Resources"]["ReceiptRule"]["DependsOn"])


@pytest.mark.parametrize("style", ["plus", "subdomain"])
def test_ses_takes_answers_to_either_style_of_token(style: token.Style) -> None:
    recipients = cloudformation.Template().properties("ReceiptRule")["Rule"]["Recipients"]
    domain = token.address("site@agent.example.com", token.mint(b"k" * 32, "acme-site-abcdefgh", "a@b.c"), style)
    named = domain.rpartition("@")[2]
    # SES: a domain stands for all of its addresses, and with a dot before it for those of its subdomains.
    assert any(named == one or (one.startswith(".") and named.endswith(one)) for one in recipients)


def test_mail_goes_from_ses_to_the_inbound_queue() -> None:
    template = cloudformation.Template()
    assert template.properties("Subscription")["Endpoint"] == _queue(NAMES.inbound)
    assert template.properties("Subscription")["RawMessageDelivery"] is True
    policy = template.properties("InboundQueuePolicy")
    assert policy["Queues"] == [f"https://sqs.eu-central-1.amazonaws.com/123456789012/{NAMES.inbound}"]
    assert policy["PolicyDocument"]["Statement"][0]["Resource"] == _queue(NAMES.inbound)


@pytest.mark.parametrize(("given", "rule_set"), [("", NAMES.prefix), ("there-already", "there-already")])
def test_ses_may_store_what_a_lifecycle_rule_ends(given: str, rule_set: str) -> None:
    template = cloudformation.Template(RuleSet=given)
    action = template.properties("ReceiptRule")["Rule"]["Actions"][0]["S3Action"]
    prefix = action["ObjectKeyPrefix"]
    assert any(prefix.startswith(rule["Filter"]["Prefix"]) for rule in schema.lifecycle()["Rules"])
    statement = template.properties("BucketPolicy")["PolicyDocument"]["Statement"][0]
    assert fnmatch.fnmatchcase(f"{cloudformation.BUCKET}/{prefix}0f3k", statement["Resource"])
    source = statement["Condition"]["StringEquals"]["aws:SourceArn"]
    assert source.endswith(f":receipt-rule-set/{rule_set}:receipt-rule/{NAMES.prefix}")


def test_the_bucket_is_closed_and_its_lifecycle_is_left_to_provisioning() -> None:
    bucket = cloudformation.Template().properties("Bucket")
    assert bucket["PublicAccessBlockConfiguration"] == schema.PUBLIC_ACCESS_BLOCK
    assert "LifecycleConfiguration" not in bucket


@pytest.mark.parametrize("prefix", ["hermes", "a", "a-b", "x" * 20, "x" * 21, "Hermes", "-a", "a-", "a_b"])
def test_the_template_takes_the_prefixes_that_the_configuration_takes(prefix: str) -> None:
    pattern = cloudformation.Template().raw["Parameters"]["Prefix"]["AllowedPattern"]
    try:
        taken = config.parse({"prefix": prefix}).prefix == prefix
    except errors.ConfigError:
        taken = False
    assert bool(re.fullmatch(pattern, prefix)) is taken
