"""A real IMAP server for one test: Dovecot as an unprivileged process, on a free port of loopback, its mail in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import grp
import imaplib
import ipaddress
import os
import pwd
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.eventually import eventually
from tests.programs import needed

USER = "hermes"
PASSWORD = "correct-horse-battery-staple"

_OAUTH = """
auth_mechanisms = plain xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf
}}
"""

_CONFIG = """
base_dir = {run}
state_dir = {run}/state
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
{certificates}
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{root}/mail
imap_capability = {capability}
imap_idle_notify_interval = 2 mins
{oauth}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/home
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


class Dovecot:
    """Starts, stops, and looks into the mailbox over a connection of its own."""

    def __init__(self, root: Path, *, user: pwd.struct_passwd, idle: bool = True) -> None:
        self.root = root
        self._user = user
        self.user = user.pw_uid
        """Who it runs as."""
        self._idle = idle
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.certificate: Path | None = None
        self.introspection_url = ""
        """Where it asks whether an access token is good; empty: it takes none."""

    def start(self) -> None:
        certificates = ""
        if self.certificate:
            certificates = f"ssl_cert = <{self.certificate}\nssl_key = <{self.certificate}"
        text = _CONFIG.format(
            root=self.root,
            run=self.root / "run",
            user=self._user.pw_name,
            group=_group(self._user),
            uid=self._user.pw_uid,
            gid=self._user.pw_gid,
            port=self.port,
            password=PASSWORD,
            ssl="yes" if self.certificate else "no",
            certificates=certificates,
            oauth=_OAUTH.format(root=self.root) if self.introspection_url else "",
            capability="" if self._idle else "IMAP4rev1 LITERAL+ UIDPLUS",
        )
        if self.introspection_url:
            lines = (
                f"introspection_url = {self.introspection_url}",
                "introspection_mode = post",
                "username_attribute = username",
                "active_attribute = active",
                "active_value = true",
            )
            (self.root / "oauth2.conf").write_text("\n".join(lines) + "\n")
        path = self.root / "dovecot.conf"
        path.write_text(text)
        privileges: dict[str, Any] = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        with (self.root / "stderr").open("wb") as said:
            self._process = subprocess.Popen(
                ["dovecot", "-F", "-c", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=said,
                start_new_session=True,
                **(privileges if os.getuid() == 0 else {}),
            )

    async def started(self) -> None:
        self.start()
        await eventually(lambda: self._answers() or self._dead(), seconds=30)

    def stop(self) -> None:
        """End it and everything that it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None
        # A killed Dovecot leaves its lock files behind, and the next one waits two minutes for whoever held them.
        for lock in (self.root / "mail").rglob("*.lock"):
            lock.unlink(missing_ok=True)

    @contextlib.contextmanager
    def client(self) -> Iterator[imaplib.IMAP4]:
        made = imaplib.IMAP4("127.0.0.1", self.port, timeout=60)
        try:
            made.login(USER, PASSWORD)
            made.select("INBOX")
            yield made
        finally:
            # A server that has fallen silent answers no farewell either; the connection is closed all the same.
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                made.logout()
            with contextlib.suppress(OSError):
                made.shutdown()

    async def put(self, raw: bytes, folder: str = "INBOX") -> None:
        """A mail arrives."""

        def append() -> None:
            with self.client() as client:
                answer, data = client.append(folder, "", "", raw)
                assert answer == "OK", data

        await asyncio.to_thread(append)

    async def flags(self) -> list[str]:
        """The flags of every mail."""

        def look() -> list[str]:
            with self.client() as client:
                _, numbers = client.search(None, "ALL")
                if not numbers[0]:
                    return []
                _, data = client.fetch(",".join(numbers[0].decode().split()), "(FLAGS)")
                return [item.decode() for item in data if isinstance(item, bytes)]

        return await asyncio.to_thread(look)

    async def seen(self, count: int) -> bool:
        return sum("\\Seen" in flags for flags in await self.flags()) == count

    def log(self) -> str:
        path = self.root / "dovecot.log"
        return path.read_text() if path.exists() else (self.root / "stderr").read_text()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as line:
            return line.recv(100).startswith(b"* OK")
        return False

    def _dead(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"Dovecot ended: {self.log()}")
        return False


@contextlib.contextmanager
def dovecot(*, idle: bool = True) -> Iterator[Dovecot]:
    """A Dovecot that is not started yet; skips where there is none, and fails in CI."""
    needed.program("dovecot", install="Debian: apt-get install dovecot-imapd")
    # Dovecot refuses to hold mail for root.
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        for name in ("home", "mail", "run"):
            (root / name).mkdir()
        if os.getuid() == 0:
            for path in (root, *root.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)
        server = Dovecot(root, user=user, idle=idle)
        try:
            yield server
        finally:
            server.stop()


def _group(user: pwd.struct_passwd) -> str:
    return grp.getgrgid(user.pw_gid).gr_name


def certificate() -> bytes:
    """For loopback, vouching for itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = (
        builder.serial_number(1).add_extension(address, False).add_extension(x509.BasicConstraints(True, None), True)
    )
    plain = serialization.NoEncryption()
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain
    )
