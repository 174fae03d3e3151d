"""A machine on which Hermes serves two clients by the local launcher, one of whom has a thief for an agent.

As a program it is all of that but the test: run as whatever user the test wants, it prints what the thief got as its last line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hermes.aws import clients, provision
from hermes.aws.resource_names import ResourceNames
from hermes.local import letter, project
from hermes.local.emulator import Emulator
from hermes.local.mailbox import DemoMailbox
from hermes.local.signature import Key
from hermes.process import privacy
from tests import marks
from tests.attack import thief
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]
#: Nobody on this machine. Each test process has another: a worker ends whatever its sessions' users run.
WORKER = marks.users()
STRANGER = WORKER + 5
SECONDS = 240.0
REGION = "eu-central-1"
ANNA = "anna@people.test"


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A folder that every user may pass through, as a test's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="hermes-machine-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def python(folder: Path) -> str:
    """A Python that every user may start, with what this one has; skips where there is none."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    bases = [sys._base_executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"]  # type: ignore[attr-defined]
    base = next((found for found in bases if _open_to_all(Path(found).resolve())), None)
    if base is None:
        pytest.skip("this Python lies where only its owner may start it, and there is no other of its version")
    subprocess.run([base, "-m", "venv", "--without-pip", str(folder / "venv")], check=True, timeout=60)
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    (site / "hermes.pth").write_text("\n".join(dict.fromkeys([str(ROOT), *site_packages()])) + "\n")
    return str(folder / "venv" / "bin" / "python")


def site_packages() -> list[str]:
    """Where this Python finds what is installed."""
    return [path for path in sys.path if path.endswith("site-packages")]


def _open_to_all(program: Path) -> bool:
    return program.exists() and all(part.stat().st_mode & 0o001 for part in (program, *program.parents))


async def robbed(folder: Path, *, user: int | None, given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the thief got on a machine where Hermes was started by `user` (None: root), with these variables as well."""
    if user is not None:
        os.chown(folder, user, user)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    process = await asyncio.create_subprocess_exec(
        python(folder), "-m", "tests.attack.machine", str(folder), json.dumps(dict(given or {})),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, user=user, group=user,
        extra_groups=[] if user is not None else None, start_new_session=True,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 0, f"{err.decode()[-4000:]}\n{out.decode()[-2000:]}"
    loot: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return loot


def secret(name: str) -> str:
    """A word that the thief looks for."""
    return f"S3KR3T-{name}-{secrets.token_hex(8)}"


@contextlib.asynccontextmanager
async def _serving(environment: Mapping[str, str], folder: Path, port: int) -> AsyncIterator[None]:
    """`hermes serve`, once it takes mail."""
    with (folder / "serve.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "hermes", "serve", stdout=log, stderr=log, env=environment, cwd=folder
        )
    try:

        async def up() -> bool:
            assert process.returncode is None, (folder / "serve.log").read_text()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await eventually(up, seconds=60)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), 60)
        for record in (folder / "state" / "tasks").glob("*.json"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(json.loads(record.read_bytes())["pid"]), 9)


def _project(folder: Path, client: str, argv: list[str], worker: str | None) -> dict[str, Any]:
    repository = folder / f"{client}.git"
    project.create(repository)
    if worker is not None:  # git pushes to no repository of another user's
        for path in (repository, *repository.rglob("*")):
            os.chown(path, int(worker), int(worker))
    return {
        "client": client,
        "project": "site",
        "repository": str(repository),
        "default_branch": "main",
        "addresses": [f"{client}@hermes.test"],
        "owners": ["@people.test"],
        "agent": {"kind": "command", "argv": argv, "env": [f"{client.upper()}_KEY"]},
        "sandbox": "off",  # what is closed without walls
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _play(folder: Path, given: Mapping[str, str]) -> dict[str, Any]:
    loot, port = folder / "loot" / "loot.json", _free_port()
    loot.parent.mkdir()
    loot.parent.chmod(0o777)
    mine = str(Path(thief.__file__).absolute())
    neighbour = f"echo {secret('neighbour')} > private.txt; echo done"
    async with contextlib.AsyncExitStack() as stack:
        key = Key(secret("access"), secret("emulator"))
        emulator = await stack.enter_async_context(
            Emulator(state=folder / "state" / "aws", environment=os.environ, key=key)
        )
        mailbox = DemoMailbox(path=folder / "state" / "mailbox")
        await mailbox.start()
        stack.push_async_callback(mailbox.close)
        projects = [
            _project(folder, "other", ["/bin/sh", "-c", neighbour], given.get("HERMES_WORKER_USER")),
            _project(
                folder, "acme", [sys.executable, "-I", mine, str(loot), str(folder)], given.get("HERMES_WORKER_USER")
            ),
        ]
        aws = {"region": REGION, "endpoint_url": emulator.endpoint_url, "bucket": "machine-mail"}
        async with clients.connect(
            region=REGION, endpoint_url=emulator.endpoint_url, access_key=key.access, secret_key=key.secret
        ) as made:
            await provision.provision(clients=made, names=ResourceNames("m"), bucket="machine-mail", region=REGION)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "HERMES_PREFIX": "m",
            "HERMES_AWS": json.dumps({**aws, "access_key": key.access, "secret_key": key.secret}),
            "HERMES_SMTP_INGRESS": json.dumps({"enabled": True, "port": port, "trust_loopback": True}),
            "HERMES_MAIL": json.dumps(
                {
                    "domain": "hermes.test",
                    "token_key": secret("token") * 2,
                    "smtp": {"host": "127.0.0.1", "port": mailbox.port, "security": "none"},
                }
            ),
            # Not read from here, and as secret as the password of one that is.
            "HERMES_IMAP_INGRESS": json.dumps({"username": "hermes", "password": secret("smtp")}),
            "HERMES_WEB": json.dumps(
                {"enabled": True, "port": _free_port(), "control_secret": secret("control") * 2}
            ),
            "HERMES_LAUNCHER": json.dumps({"kind": "local", "local": {"state": str(folder / "state")}}),
            "HERMES_TIMING": json.dumps({"poll": 2, "sweep": 0.5}),
            "HERMES_GATEWAY": json.dumps({"collect_seconds": 0}),
            "HERMES_PROJECTS": json.dumps(projects),
            "HERMES_GIT_TOKEN": secret("git"),
            "UNRELATED_SECRET": secret("unrelated"),
            "ACME_KEY": secret("acme"),
            "OTHER_KEY": secret("other"),
            **given,
        }  # fmt: skip
        await stack.enter_async_context(_serving(environment, folder, port))
        for client in ("other", "acme"):
            message_id, raw = letter.write(
                sender=ANNA, to=f"{client}@hermes.test", subject="Work", text="Do it.", in_reply_to=None
            )
            await letter.send(raw, sender=ANNA, to=f"{client}@hermes.test", host="127.0.0.1", port=port)
            await mailbox.wait_for(lambda m, wanted=message_id: m["In-Reply-To"] == wanted, 90.0)  # type: ignore[misc]
        logs = [path.read_text() for path in (folder / "state" / "tasks").glob("*.log")]
        assert loot.exists(), "\n".join([(folder / "serve.log").read_text(), *logs])
        found: dict[str, Any] = json.loads(loot.read_text())
        return found


if __name__ == "__main__":
    privacy.close()
    os.umask(0o022)
    print(json.dumps(asyncio.run(_play(Path(sys.argv[1]), json.loads(sys.argv[2])))))
