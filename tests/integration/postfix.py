"""A real Postfix of the test's own: settings, queue and mailboxes lie in a temporary folder; no service of the system is touched."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.programs import needed

#: Who delivers into the mailboxes: nobody, and Postfix wants no smaller number than 100.
_OWNER = 65534
_PROGRAMS = "/usr/lib/postfix/sbin"

_MAIN = """\
compatibility_level = 3.6
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
config_directory = {folder}/etc
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {programs}
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = mx.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_database_type = hash
alias_maps =
alias_database =
local_recipient_maps =
biff = no
virtual_mailbox_domains = people.test
virtual_mailbox_maps = regexp:{folder}/etc/people
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner}
smtpd_client_event_limit_exceptions =
disable_dns_lookups = yes
smtp_host_lookup = native
"""

_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Listens on a free port of loopback, and delivers for `people.test`."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port
        self.certificate: Path | None = None
        """Its own, where a test has given it one."""

    def mails(self, person: str) -> list[bytes]:
        """The contents of somebody's mailbox."""
        return [path.read_bytes() for path in sorted((self.folder / "mail" / person / "new").glob("*"))]

    @property
    def log(self) -> str:
        """Its log."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""


def needs_postfix() -> None:
    """Skip where there is no Postfix, or nobody who may start it; fail where CI is set."""
    needed.program("postfix", install="Debian: apt-get install postfix")
    if os.geteuid() != 0:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Postfix is started by root only")


@contextlib.contextmanager
def postfix(*, people: Mapping[str, str], port: int = 0, **settings: str) -> Iterator[Postfix]:
    """One with these mailboxes (address → folder) and these lines of main.cf."""
    needs_postfix()
    # pytest's own folder is closed to Postfix's users, again at the start of each other run beside this one.
    with tempfile.TemporaryDirectory(prefix="postfix-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o755)
        yield from _running(folder, people, port or _free_port(), {"relayhost": "[127.0.0.1]:9", **settings})


def _running(folder: Path, people: Mapping[str, str], port: int, settings: Mapping[str, str]) -> Iterator[Postfix]:
    etc = folder / "etc"
    for name in ("etc", "queue", "data", "mail"):
        (folder / name).mkdir()
    places = {"folder": folder, "programs": _PROGRAMS, "owner": _OWNER, "port": port}
    lines = _MAIN.format(**places) + "".join(f"{name} = {value}\n" for name, value in settings.items())
    (etc / "main.cf").write_text(lines)
    (etc / "master.cf").write_text(_MASTER.format(**places))
    (etc / "people").write_text("".join(f"/^{re.escape(address)}$/ {box}/\n" for address, box in people.items()))
    for name in ("postfix-files", "dynamicmaps.cf"):
        shutil.copy(f"/etc/postfix/{name}", etc / name)
    shutil.chown(folder / "data", "postfix", "postfix")
    shutil.chown(folder / "mail", _OWNER, _OWNER)
    checked = subprocess.run(
        ["postfix", "-c", str(etc), "check"], capture_output=True, text=True, check=False, timeout=60
    )
    assert checked.returncode == 0, checked.stderr  # it makes the folders of the queue, too
    environment = {**os.environ, "MAIL_CONFIG": str(etc)}
    with subprocess.Popen([f"{_PROGRAMS}/master", "-s"], env=environment) as running:
        try:
            _listening(port, running)
            yield Postfix(folder, port)
        finally:
            running.terminate()
            running.wait(60)


def _listening(port: int, running: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except OSError:
            if running.poll() is not None or time.monotonic() > ends:
                raise
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
