"""The embedded AWS: a child process with its state in a folder."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.aws import clients, provision
from hermes.aws.queues import Queues
from hermes.aws.resource_names import ResourceNames
from hermes.launch import processes
from hermes.local.emulator import Emulator
from tests.eventually import eventually

ROOT = Path(__file__).parents[3]


def emulator(state: Path, **settings: Any) -> Emulator:
    return Emulator(state=state, environment=os.environ, **settings)


def connect(one: Emulator) -> Any:
    return clients.connect(
        region="eu-central-1", endpoint_url=one.endpoint_url, access_key=one.key.access, secret_key=one.key.secret
    )


async def test_everything_survives_a_restart_even_on_another_port(tmp_path: Path) -> None:
    names = ResourceNames("keep")
    async with emulator(tmp_path) as first, connect(first) as made:
        await provision.provision(clients=made, names=names, bucket="keep-mail", region="eu-central-1")
        queues = Queues(polls=made.polls, client=made.sqs)
        places = await provision.find(queues=queues, names=names)
        made_set = await provision.create_queue_set(queues=queues, names=names, places=places, key="a#b#c", now=1.0)
        await queues.send(made_set.input_url, "hello", group="g", deduplication="d")
        await made.s3.put_object(Bucket="keep-mail", Key="mails/1", Body=b"raw")
        await made.dynamodb.put_item(TableName="keep-mails", Item={"mail_id": {"S": "1"}, "raw": {"B": b"\xff\x00"}})
        before = first.endpoint_url

    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(before.rpartition(":")[2])))
        taken.listen()
        async with emulator(tmp_path) as second, connect(second) as made:
            assert second.endpoint_url != before
            queues = Queues(polls=made.polls, client=made.sqs)
            # The URL in the records names the old port: the call goes to the endpoint all the same.
            (received,) = await queues.receive(made_set.input_url, wait_seconds=1)
            assert received.body == "hello"
            assert await provision.find(queues=queues, names=names)
            again = await provision.create_queue_set(queues=queues, names=names, places=places, key="a#b#c", now=1.0)
            assert again.input_url.rpartition("/")[2] == made_set.input_url.rpartition("/")[2]
            item = await made.dynamodb.get_item(TableName="keep-mails", Key={"mail_id": {"S": "1"}})
            assert item["Item"]["raw"] == {"B": b"\xff\x00"}
            found = await made.s3.get_object(Bucket="keep-mail", Key="mails/1")
            async with found["Body"] as body:
                assert await body.read() == b"raw"


async def test_the_port_stays_the_same_while_it_is_free(tmp_path: Path) -> None:
    async with emulator(tmp_path) as first:
        before = first.endpoint_url
    async with emulator(tmp_path) as second:
        assert second.endpoint_url == before


async def test_it_listens_on_loopback_alone(tmp_path: Path) -> None:
    async with emulator(tmp_path) as one:
        port = int(one.endpoint_url.rpartition(":")[2])
        listening = []
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{one.pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":  # LISTEN
                    address, _, number = fields[1].partition(":")
                    listening.append((address, int(number, 16), fields[9]))
        own = {
            os.readlink(f"/proc/{one.pid}/fd/{fd}").removeprefix("socket:[").rstrip("]")
            for fd in os.listdir(f"/proc/{one.pid}/fd")
            if os.readlink(f"/proc/{one.pid}/fd/{fd}").startswith("socket:")
        }

    assert [(address, number) for address, number, inode in listening if inode in own] == [("0100007F", port)]


async def test_two_do_not_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.local.emulator.EMULATOR_LOCK_SECONDS", 0.1)
    async with emulator(tmp_path):
        with pytest.raises(errors.ConfigError, match=f"another Hermes \\(process {os.getpid()}\\) uses"):
            await emulator(tmp_path).start()

    async with emulator(tmp_path):
        pass


async def test_it_ends_and_saves_when_its_parent_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio, os, pathlib, signal
        from hermes.aws import clients
        from hermes.local.emulator import Emulator
        async def main():
            emulator = Emulator(state=pathlib.Path({str(tmp_path)!r}), environment=os.environ)
            await emulator.start()
            key = emulator.key
            async with clients.connect(
                region="eu-central-1", endpoint_url=emulator.endpoint_url, access_key=key.access, secret_key=key.secret
            ) as made:
                await made.sqs.create_queue(QueueName="kept")
            print(emulator.pid, flush=True)
            os.kill(emulator.pid, signal.SIGSTOP)
            os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
        """
    )
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    child = int(killed.stdout)

    # As long as the child has not saved, the folder is its own: it holds the lock too.
    try:
        with monkeypatch.context() as patch:
            patch.setattr("hermes.local.emulator.EMULATOR_LOCK_SECONDS", 0.1)
            with pytest.raises(errors.ConfigError, match="another Hermes"):
                await emulator(tmp_path).start()
    finally:
        processes.send(child, signal.SIGCONT)

    async with emulator(tmp_path) as next_one, connect(next_one) as made:
        assert processes.birth(child) is None
        assert (await made.sqs.get_queue_url(QueueName="kept"))["QueueUrl"].endswith("/kept")


async def test_its_death_is_seen_by_whoever_waits(tmp_path: Path) -> None:
    one = emulator(tmp_path)
    await one.start()
    assert one.pid is not None

    os.kill(one.pid, signal.SIGKILL)

    assert await asyncio.wait_for(one.wait(), 60) == -signal.SIGKILL
    assert one.pid is None
    assert await one.stop() is None


async def test_one_that_does_not_stop_is_killed_with_a_sentence(tmp_path: Path) -> None:
    one = emulator(tmp_path, stop_seconds=0.3)
    await one.start()
    assert one.pid is not None
    os.kill(one.pid, signal.SIGSTOP)

    said = await one.stop()

    assert said is not None
    assert "was killed" in said
    assert str(tmp_path) in said


def _another(package: Path, *, app: str) -> None:
    """A package that is MiniStack but for its application."""
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n")
    (package / "app.py").write_text(app)


async def test_one_that_does_not_start_says_why(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    _another(broken / "ministack", app="raise SystemExit('the emulator is broken today')")
    environment = {**os.environ, "PYTHONPATH": f"{broken}{os.pathsep}{ROOT}"}

    with pytest.raises(errors.ConfigError, match="the emulator is broken today"):
        await Emulator(state=tmp_path / "state", environment=environment).start()

    await eventually(lambda: not (tmp_path / "state" / "port").exists())


async def test_its_receives_are_woken_and_its_memory_is_that_of_a_store(tmp_path: Path) -> None:
    looks = (
        "import gc, os, sys\nfrom ministack.services import sqs\n"
        "async def app(scope, receive, send):\n"
        "    print(sqs._HANDLERS['ReceiveMessage'].__module__, [c.__module__ for c in gc.callbacks], flush=True)\n"
        "    os._exit(1)\n"
    )
    _another(tmp_path / "looks" / "ministack", app=looks)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'looks'}{os.pathsep}{ROOT}"}

    with pytest.raises(errors.ConfigError, match=r"hermes\.local\.waking \['hermes\.process\.memory'\]"):
        await Emulator(state=tmp_path / "state", environment=environment).start()


async def test_one_that_never_answers_is_given_up(tmp_path: Path) -> None:
    mute = tmp_path / "mute"
    _another(mute / "ministack", app="import time; print('waiting', flush=True); time.sleep(60)")
    environment = {**os.environ, "PYTHONPATH": f"{mute}{os.pathsep}{ROOT}"}

    with pytest.raises(errors.ConfigError, match=r"did not answer on http://127.0.0.1:\d+ in 1 s"):
        await Emulator(state=tmp_path / "state", environment=environment, start_seconds=1.0).start()
