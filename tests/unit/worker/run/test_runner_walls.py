"""A command whose programs run in walls: its work, what it must not reach, and what its models cost."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path

import pytest

from hermes.agents import select
from hermes.agents.port import Agent
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.config.check_settings import CheckCommand, CheckSettings
from hermes.domain.interrupts import InterruptReason
from hermes.process.walls import MachineWalls, Sandbox, WallLevel
from hermes.worker.outlet import Outlets, providers
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach
from hermes.worker.run.checks import Checks
from tests import walled
from tests.agents.model_server import ModelServer
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.run.runner_bench import QUICK, Bench

KEY = "sk-ant-api03-the-key-of-the-project"
#: Wants to reach a host by the proxy that every program knows, and to read a file that is not its own.
AGENT = """
import os, pathlib, sys, urllib.request
sys.stdin.read()
pathlib.Path("index.html").write_text("<h1>Hello</h1>\\n")
found = {}
try:
    urllib.request.urlopen("https://paste.example/", timeout=60)
except OSError as error:
    found["paste"] = str(error)
try:
    found["secret"] = pathlib.Path(%r).read_text()
except OSError as error:
    found["secret"] = type(error).__name__
pathlib.Path("found.txt").write_text(repr(found))
"""
#: Asks the model for ever, and tells nobody what that costs.
LIAR = """
import os, sys, json, time, urllib.error, urllib.request
sys.stdin.read()
body = json.dumps({"model": "claude-opus-4-1", "messages": [{"role": "user", "content": "x"}]}).encode()
headers = {"x-api-key": os.environ["ANTHROPIC_API_KEY"], "content-type": "application/json"}
while True:
    try:
        urllib.request.urlopen(urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", body, headers), timeout=60).read()
    except urllib.error.HTTPError:
        time.sleep(0.05)
"""


@pytest.fixture(params=walled.LEVELS)
def machine(request: pytest.FixtureRequest) -> MachineWalls:
    return walled.at(request.param)


def contain(bench: Bench, machine: MachineWalls, environ: dict[str, str]) -> None:
    bench.sandbox = Sandbox(machine=machine)
    bench.outlets = Outlets(
        environ=environ,
        allowed=("ANTHROPIC_API_KEY",),
        policy=NetworkPolicy(()),
        reach=Reach(environ={}),
        own_network=machine.level is WallLevel.NAMESPACES,
    )


def agent(script: str) -> Agent:
    names = ("ANTHROPIC_API_KEY", *providers.names(("ANTHROPIC_API_KEY",)))
    return select.build(AgentSettings(kind=AgentKind.COMMAND, argv=(sys.executable, "-u", "-c", script), env=names))


async def test_work_is_done_inside_and_what_was_blocked_is_reported(
    bench: Bench, origin: Origin, machine: MachineWalls, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("S3KR3T")
    contain(bench, machine, {})
    bench.checks = Checks(
        settings=CheckSettings(
            commands=(CheckCommand(name="closed", run=f"! cat {secret} && grep -q Hello index.html"),)
        ),
        environment=os.environ,
        stop_schedule=QUICK,
        sandbox=bench.sandbox,
    )
    result = await bench.run(agent(textwrap.dedent(AGENT) % str(secret)))
    assert result.success, (result.error, result.hint)
    assert result.failed_checks == ()
    assert result.blocked == ("paste.example",)
    found = origin.show(BRANCH, "found.txt")
    assert "S3KR3T" not in found
    assert "403" in found


async def test_a_budget_ends_an_agent_that_does_not_tell_what_it_costs(bench: Bench, machine: MachineWalls) -> None:
    with ModelServer() as server:
        contain(bench, machine, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url})
        command = a_command()
        limits = command.context.limits.model_copy(update={"cost_usd": 0.002})
        command = command.model_copy(update={"context": command.context.model_copy(update={"limits": limits})})
        result = await bench.run(agent(LIAR), command)
        asked = len(server.requests)
    assert result.interrupt_reason is InterruptReason.RESOURCE_LIMIT
    assert "one request may cost $0.00" in (result.error or "")
    assert result.cost_usd == pytest.approx(asked * (12 * 15 + 7 * 75) / 1e6, rel=1e-3)
    assert asked == 3
