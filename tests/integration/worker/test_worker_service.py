"""The worker against queues and tables: its life, claims, interrupts, stops, restarts and fencing."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
import pytest

from hermes import errors
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.preemptions import Preemptions
from hermes.domain import lifecycle, wire
from hermes.domain.commands import CommandState
from hermes.domain.containers import ContainerState
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.worker import service
from tests.eventually import eventually
from tests.integration.worker.worker_bench import BRANCH, CONTROL_TOKEN, KEY, SESSION, WAIT, WRITE, Bench

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


async def test_a_command_is_claimed_carried_out_reported_and_deleted(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(WRITE) as (_stop, running):
        result = await bench.result(command)
        assert result.success
        assert bench.repository.show(BRANCH, "index.html") == "<h1>Hello</h1>"
        record = await bench.aws.commands.get(command.command_id)
        assert record is not None
        assert (record.state, record.claimed_gen) == (CommandState.RUNNING, 1)
        assert any(isinstance(output, wire.Started) for output in bench.outputs)
        assert await running == service.STOPPED  # idle stop
    assert await bench.state() is ContainerState.STOPPED
    assert await bench.left() == 0
    assert result.log_key is not None
    assert await bench.aws.objects.exists(result.log_key)


async def test_a_report_repeats_the_nonce_of_the_record_though_an_older_gateway_sent_none(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.aws.tables.put(
        bench.aws.commands.accept(command.model_copy(update={"command_id": "n", "nonce": "secret"}))
    )
    await bench.send(command.model_copy(update={"command_id": "n"}))
    async with bench.serving(WRITE):
        await bench.until(lambda output: isinstance(output, wire.ResultMessage))
    assert {output.nonce for output in bench.outputs} == {"secret"}
    record = await bench.aws.commands.get("n")
    assert record is not None
    assert record.repeats_nonce


async def test_an_interrupt_from_the_queue_stops_what_is_below_it_and_nothing_else(bench: Bench) -> None:
    await bench.launch()
    old, other = await bench.accept(1), await bench.accept(1, session="acme-site-zz")
    await bench.send(old)
    async with bench.serving(f"{WRITE}{WAIT}") as (stop, _running):
        await bench.halfway()
        await bench.interrupt(1, by="late")  # for something older
        await bench.send(other)
        await bench.until(
            lambda o: isinstance(o, wire.Progress) and o.command_id == other.command_id and o.message == "half"
        )
        await bench.interrupt(2)
        result = await bench.result(old)
        assert (result.interrupted, result.interrupted_by, result.pushed) == (True, "newer", True)
        assert not any(isinstance(o, wire.ResultMessage) and o.command_id == other.command_id for o in bench.outputs)
        stop.set()
        shut = await bench.result(other)
    assert shut.retryable
    assert bench.repository.log(BRANCH)[0].startswith("Partial work")


async def test_a_running_command_is_seen_and_stopped_over_the_control_on_loopback(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    path = bench.folder / "workspace" / "runtime" / "control.json"
    async with bench.serving(f"{WRITE}{WAIT}"):
        await bench.halfway()
        assert path.stat().st_mode & 0o077 == 0
        control = json.loads(path.read_text())
        assert set(control) == {"url"}
        assert control["url"].startswith("http://127.0.0.1:")
        active = ActiveJobs(tables=bench.aws.tables, names=bench.aws.names)
        (job,) = await active.of(KEY, now=time.time())
        assert (job.command_id, job.session_id, job.type) == (command.command_id, SESSION, "edit")
        assert await active.of(KEY, now=job.expires_at) == []
        beaten = (await bench.container()).heartbeat_at or 0.0

        async def refreshed() -> bool:
            (again,) = await active.of(KEY, now=time.time())
            beats = ((await bench.container()).heartbeat_at or 0.0) > beaten
            return beats and again.expires_at > job.expires_at and again.began_at == job.began_at

        await eventually(refreshed)  # with the heartbeat, for as long as it runs
        assert await bench.state() is ContainerState.BUSY
        async with aiohttp.ClientSession(control["url"]) as client:
            async with client.get("/api/status") as answer:
                assert answer.status == 401
            client.headers["Authorization"] = f"Bearer {CONTROL_TOKEN}"
            async with client.get("/api/status") as answer:
                (shown,) = await answer.json()
            assert shown["execution_id"] == f"{command.command_id}.1"
            assert [step["step"] for step in shown["steps"]] == ["workspace", "attachments", "agent"]
            async with client.post("/api/interrupt/nobody") as answer:
                assert answer.status == 404
            stop = {"message": "Enough."}
            async with client.post(f"/api/interrupt/{command.command_id}.1", json=stop) as answer:
                assert (await answer.json())["accepted"]
            async with client.get("/api/metrics") as answer:
                assert 'interrupts_total{reason="user_cancelled"} 1' in await answer.text()
        result = await bench.result(command)
    assert (result.interrupted, result.error, result.pushed) == (True, "Enough.", True)
    assert not path.exists()
    assert await active.of(KEY, now=time.time()) == []


async def test_the_record_stops_a_command_whose_interrupt_message_is_lost(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(f"{WRITE}{WAIT}"):
        await bench.halfway()
        record = await bench.aws.commands.get(command.command_id)
        assert record is not None
        why = Interruption(
            reason=InterruptReason.USER_CANCELLED, message="Stopped.", interrupted_by="mail-9", requested_at=1.0
        )
        await bench.aws.commands.step(lifecycle.interrupt(record, why, now=1.0, timing=lifecycle.TIMING))
        result = await bench.result(command)
    assert result.interrupt_reason is InterruptReason.USER_CANCELLED
    assert result.interrupted_by == "mail-9"


async def test_a_newer_mail_of_another_thread_goes_first_though_no_message_says_so(bench: Bench) -> None:
    await bench.launch()
    running, waits = await bench.accept(rank=1.0), await bench.accept(session="acme-site-zz", rank=2.0)
    await bench.send(running)
    async with bench.serving(f"{WRITE}{WAIT}"):
        await bench.halfway()
        level = Preemption(container_key=KEY, order=3.0, by_session="acme-site-new", by_command="newer", at=1.0)
        await bench.aws.tables.put(Preemptions(tables=bench.aws.tables, names=bench.aws.names).raise_to(level))
        result = await bench.result(running)  # its heartbeat reads the level
        assert (result.interrupt_reason, result.interrupted_by) == (InterruptReason.PRIORITY_OVERRIDE, "newer")
        assert (result.pushed, result.never_started) == (True, False)
        await bench.send(waits)

        async def gone() -> bool:
            found = await bench.aws.queues.attributes(bench.queue_set.input_url)
            return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"

        await eventually(gone, seconds=20)  # the gateway sends it again when the newer one is done
    record = await bench.aws.commands.get(waits.command_id)
    assert record is not None
    assert record.state is CommandState.ACCEPTED
    assert not any(o.command_id == waits.command_id for o in bench.outputs)


async def test_a_command_below_its_sessions_watermark_never_starts(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept(1, upto=2)
    await bench.send(command)
    async with bench.serving(WRITE):
        result = await bench.result(command)
    assert (result.interrupted, result.never_started) == (True, True)
    assert bench.repository.branches() == ["main"]


async def test_a_message_that_comes_twice_runs_once_and_is_reported_again(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(f"{WRITE}open('count', 'a').write('x')\n"):
        first = await bench.result(command)
        bench.outputs.clear()
        await bench.send(command)
        assert await bench.result(command) == first
    assert bench.repository.show(BRANCH, "count") == "x"


async def test_older_attempts_unknown_commands_and_noise_disturb_nobody(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    ghost = command.model_copy(update={"command_id": "ghost"})
    await bench.send(command, attempt=0)
    await bench.send(ghost)
    await bench.aws.queues.send(bench.queue_set.input_url, "no json", group="x", deduplication="x")
    await bench.send(command)
    async with bench.serving(WRITE):
        assert (await bench.result(command)).success
        parked: set[str] = set()
        async with asyncio.timeout(60):
            while len(parked) < 2:
                for received in await bench.aws.queues.receive(bench.aws.places.dead_fifo, wait_seconds=1):
                    parked.add(received.attributes["reason"][:20])
                    await bench.aws.queues.delete(bench.aws.places.dead_fifo, [received.receipt])
    assert parked == {"no record knows this", "command message cann"}


async def test_sessions_run_beside_each_other(bench: Bench) -> None:
    await bench.launch()
    commands = [await bench.accept(1, session=f"acme-site-s{n}") for n in range(3)]
    for command in commands:
        await bench.send(command)
    meet = f"""
import os, time
open({str(bench.folder)!r} + '/here-' + os.path.basename(os.path.dirname(os.getcwd())), 'w')
end = time.time() + 20
while time.time() < end and len([n for n in os.listdir({str(bench.folder)!r}) if n.startswith('here-')]) < 3: time.sleep(.05)
open('met', 'w').write(str(time.time() < end))
"""
    async with bench.serving(meet):
        for command in commands:
            assert (await bench.result(command)).success
    assert bench.repository.show("thread-s0", "met") == "True"


async def test_no_more_sessions_run_beside_each_other_than_may(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_WORKER_MAX_SESSIONS", "2")
    await bench.launch()
    commands = [await bench.accept(1, session=f"acme-site-s{n}") for n in range(4)]
    for command in commands:
        await bench.send(command)
    count = f"""
import os, time
here = {str(bench.folder)!r} + '/at-once'
os.makedirs(here, exist_ok=True)
mine = os.path.join(here, str(os.getpid()))
open(mine, 'w')
time.sleep(.4)
open('seen', 'w').write(str(len(os.listdir(here))))
os.unlink(mine)
"""
    async with bench.serving(count):
        for command in commands:
            assert (await bench.result(command)).success
    seen = {bench.repository.show(f"thread-s{n}", "seen") for n in range(4)}
    assert seen <= {"1", "2"}
    assert "2" in seen


async def test_a_newer_generation_fences_the_worker_which_saves_aside_and_says_nothing(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(f"{WRITE}{WAIT}") as (_stop, running):
        await bench.halfway()
        await give_up(bench)
        await bench.launch(gen=2)
        async with asyncio.timeout(60):
            assert await running == service.FENCED
    for received in await bench.aws.queues.receive(bench.queue_set.output_url, wait_seconds=1):
        bench.outputs.append(wire.read_output(received.body))
    assert not any(isinstance(output, wire.ResultMessage) for output in bench.outputs)
    assert [name for name in bench.repository.branches() if name.startswith("hermes/side/")]
    assert BRANCH not in bench.repository.branches()


async def give_up(bench: Bench) -> None:
    """As the sweeper does; the heartbeat between its look and its write makes it look again."""
    async with asyncio.timeout(60):
        while True:
            found = await bench.aws.containers.get(KEY)
            assert found is not None
            try:
                await bench.aws.containers.lost(found, reason="test")
                return
            except errors.ConditionFailed:
                continue


async def test_a_worker_of_a_past_generation_exits_at_once(bench: Bench) -> None:
    await bench.launch()
    async with bench.serving(WRITE, gen=7) as (_stop, running):
        assert await running == service.FENCED
