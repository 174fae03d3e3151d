"""A real OpenSSH server on loopback as the remote: fetch and push with a deploy key, and words where it is refused."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio

from hermes import errors
from hermes.repository.git import Git
from hermes.repository.remote import Remote
from hermes.repository.store import Store
from hermes.repository.workspace import Paths, Workspace
from tests.env import quiet
from tests.programs import needed
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, no_pause


class SshServer:
    """sshd for one test, as the user of the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        for name in ("host", "client", "stranger"):
            line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(line, check=True)
        shutil.copy(folder / "client.pub", folder / "authorized")
        known = f"[127.0.0.1]:{self.port} {(folder / 'host.pub').read_text()}"
        (folder / "known").write_text(known)
        (folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
            f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        )

    def environment(self, key: str = "client", known: str = "known") -> Mapping[str, str]:
        """A worker's environment with one of the keys."""
        options = f"-i {self.folder}/{key} -oIdentitiesOnly=yes -oUserKnownHostsFile={self.folder}/{known}"
        return {**os.environ, "GIT_SSH_COMMAND": f"ssh -oBatchMode=yes {options} -F none"}


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[SshServer]:
    program = needed.program("sshd", install="apt-get install openssh-server")
    server = SshServer(tmp_path)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    line = (program, "-D", "-e", "-f", str(tmp_path / "config"))
    child = await asyncio.create_subprocess_exec(*line, stderr=asyncio.subprocess.PIPE)
    assert child.stderr is not None
    try:
        async with asyncio.timeout(60):
            while b"listening" not in await child.stderr.readline():
                assert child.returncode is None
        yield server
    finally:
        if child.returncode is None:
            child.terminate()
        await child.wait()


def opened(server: SshServer, origin: Origin, environment: Mapping[str, str], root: Path) -> Workspace:
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{server.port}{origin.path}"
    store = Store(git=Git(home=root / "runtime" / "home", source=environment), path=root / "runtime" / "store.git")
    return Workspace(
        store=store,
        remote=Remote(store=store, url=url, env=quiet(sleep=no_pause)),
        paths=Paths.of(root, SESSION),
        session_id=SESSION,
        branch=BRANCH,
    )


async def test_an_edit_goes_over_ssh_with_a_deploy_key(server: SshServer, tmp_path: Path) -> None:
    origin = Origin(tmp_path / "origin")
    origin.write("main", {"index.html": "<h1>Welcome</h1>\n"})
    space = opened(server, origin, server.environment(), tmp_path / "work")
    async with space:
        await space.prepare(a_command())
        (space.paths.tree / "index.html").write_text("<h1>Hello</h1>\n")
        work = await space.commit(a_command(), text="Change\n")
        assert work is not None
        assert (await space.land(work)).branch == BRANCH
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"


@pytest.mark.parametrize(("key", "known"), [("stranger", "known"), ("client", "nobody")])
async def test_a_key_or_a_host_that_is_not_known_is_said_in_words(
    server: SshServer, tmp_path: Path, key: str, known: str
) -> None:
    origin = Origin(tmp_path / "origin")
    origin.write("main", {"index.html": "<h1>Welcome</h1>\n"})
    space = opened(server, origin, server.environment(key, known), tmp_path / "work")
    with pytest.raises(errors.RepositoryUnavailable, match="Hermes has no access to the repository"):
        async with space:
            await space.prepare(a_command())
