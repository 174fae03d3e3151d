"""A real Postfix hands mail over to Hermes by SMTP, with STARTTLS, and by LMTP: it arrives whole, and what is refused comes to an end."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib

from hermes import errors
from hermes.ingress.certificate import Certificate
from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.smtp import ListenPlace, SmtpIngress
from tests.eventually import eventually
from tests.integration.ingress.dovecot import certificate
from tests.integration.postfix import Postfix, needs_postfix, postfix
from tests.unit.ingress.deposits import Deposits

OURS = "site@hermes.test"
MAIL = b"From: anna@people.test\r\nTo: site@hermes.test\r\nSubject: Hello\r\n\r\n.dot\r\n..\r\nPlease. \xc3\xbc\r\n"


@contextlib.asynccontextmanager
async def handing_over(
    tmp_path: Path, kind: type[SmtpIngress], **settings: Any
) -> AsyncIterator[tuple[Postfix, Deposits]]:
    """A Postfix whose mail for everybody goes to a Hermes."""
    needs_postfix()
    deposits = Deposits()
    ingress = kind(
        depositor=deposits.depositor,
        accepts=lambda recipient: recipient.endswith("@hermes.test"),
        hostname="hermes.test",
        **settings,
    )
    await ingress.start()
    where = f"{'lmtp:inet' if kind is LmtpIngress else 'smtp'}:[127.0.0.1]:{ingress.port}"
    if "place" in settings:
        where = f"lmtp:unix:{settings['place'].path}"
    try:
        given: dict[str, Any] = {
            "relayhost": "",
            "default_transport": where,
            "smtp_tls_loglevel": "1",
            "minimal_backoff_time": "1s",
            "lmtp_send_xforward_command": "yes",
        }
        given |= {"maximal_backoff_time": "2s", "queue_run_delay": "1s", "smtp_tls_CAfile": str(tmp_path / "both.pem")}
        if "certificate" in settings:
            given["smtp_tls_security_level"] = "encrypt"
        made = postfix(people={"anna@people.test": "anna"}, **given)
        server = await asyncio.to_thread(made.__enter__)
        try:
            yield server, deposits
        finally:
            await asyncio.to_thread(made.__exit__, None, None, None)
    finally:
        await ingress.close()


async def submit(server: Postfix, *recipients: str, sender: str = "anna@people.test", raw: bytes = MAIL) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port, start_tls=False) as client:
        options = ["SMTPUTF8"] if not sender.isascii() else []
        await client.sendmail(sender, list(recipients), raw, mail_options=["RET=HDRS", "ENVID=x", *options])


async def arrive(server: Postfix, deposits: Deposits) -> None:
    await submit(server, OURS, "shop+token@hermes.test")
    await submit(server, "postmaster@hermes.test", sender="")
    await submit(server, OURS, sender="jürgen@people.test")
    await eventually(lambda: len(deposits.pointers) == 4)

    assert {one.recipient for one in deposits.pointers} == {OURS, "shop+token@hermes.test", "postmaster@hermes.test"}
    assert {one.sender for one in deposits.pointers} == {"anna@people.test", "", "jürgen@people.test"}
    assert all(raw.endswith(MAIL.partition(b"\r\n\r\n")[2]) for raw in deposits.objects.values())


async def test_by_smtp_with_starttls_mail_arrives_as_it_was_written_waits_or_comes_back(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(certificate())
    tls = Certificate(cert_file=both, key_file=both)
    async with handing_over(tmp_path, SmtpIngress, certificate=tls) as (server, deposits):
        await arrive(server, deposits)
        assert "TLS connection established" in server.log
        assert {one.client_address for one in deposits.pointers} == {"127.0.0.1"}

        await submit(server, "nobody@elsewhere.test")
        (report,) = await eventually(lambda: server.mails("anna"))
        assert b"550 5.1.1 No project has this address" in report

        deposits.error = errors.AwsUnavailable("S3 is away")
        await submit(server, OURS)
        await eventually(lambda: "451 4.3.0" in server.log)
        assert len(deposits.pointers) == 4
        deposits.error = None
        # Postfix looks at what it deferred once it is told to.
        await asyncio.to_thread(
            subprocess.run, ["postqueue", "-c", str(server.folder / "etc"), "-f"], check=True, timeout=60
        )
        await eventually(lambda: len(deposits.pointers) == 5)


async def test_by_lmtp_mail_arrives_as_it_was_written(tmp_path: Path) -> None:
    async with handing_over(tmp_path, LmtpIngress) as (server, deposits):
        await arrive(server, deposits)
        assert {one.client_address for one in deposits.pointers} == {None}  # whoever connects may say it


async def test_by_lmtp_at_a_socket_it_tells_from_which_client_it_took_the_mail(tmp_path: Path) -> None:
    needs_postfix()
    with tempfile.TemporaryDirectory(prefix="hermes-lmtp-") as made:  # pytest's own folder is closed to Postfix's users
        folder = Path(made)
        folder.chmod(0o755)
        place = ListenPlace(path=folder / "lmtp.sock")
        async with handing_over(tmp_path, LmtpIngress, place=place, relay_user="postfix") as (server, deposits):
            await arrive(server, deposits)
            assert {one.client_address for one in deposits.pointers} == {"127.0.0.1"}
