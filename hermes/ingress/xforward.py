"""XFORWARD: the mail server that delivers to us tells from which client it took the mail, which SPF needs.

Postfix does so with `lmtp_send_xforward_command = yes`, for each mail before MAIL. Anybody can say it, an agent on this machine too, so it
is offered only at a Unix socket, whose kernel says who connects, and only to the user of the mail server. Source: Postfix, "XFORWARD
Howto".
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import pwd
import socket
import struct
from typing import Any, ClassVar

from hermes import errors
from hermes.ingress.dialogue import LmtpDialogue


class XforwardDialogue(LmtpDialogue):
    """LMTP with XFORWARD for one user, of whose attributes only ADDR matters here."""

    relay_uid: ClassVar[int]

    def __init__(self, handler: Any, *, mails: int, **settings: Any) -> None:
        super().__init__(handler, mails=mails, **settings)
        self._call_limit_base["XFORWARD"] = 2 * mails

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected: is it the mail server?"""
        if _uid(transport.get_extra_info("socket")) == self.relay_uid:
            self.offers = ("250-XFORWARD ADDR",)
        super().connection_made(transport)

    async def smtp_LHLO(self, arg: str) -> None:
        """LHLO, after which nothing is known."""
        self.client_address = None
        await super().smtp_LHLO(arg)

    async def smtp_RSET(self, arg: str | None) -> None:
        """RSET ends the delivery that XFORWARD was about."""
        self.client_address = None
        await super().smtp_RSET(arg)

    async def smtp_DATA(self, arg: str | None) -> None:
        """DATA, with which the delivery ends."""
        await super().smtp_DATA(arg)
        self.client_address = None

    async def smtp_XFORWARD(self, arg: str | None) -> None:
        """XFORWARD, before MAIL."""
        if not self.offers:
            await self.push('500 Error: command "XFORWARD" not recognized')
            return
        if self.under_way:
            await self.push("503 5.5.1 Error: XFORWARD after MAIL")
            return
        for pair in (arg or "").split():
            name, _, value = pair.partition("=")
            if name.upper() == "ADDR":
                self.client_address = _address(value)
        await self.push("250 2.0.0 OK")


def believing(user: str) -> type[XforwardDialogue]:
    """Dialogues that believe this user. Raises `errors.ConfigError` where there is none of the name."""
    try:
        uid = pwd.getpwnam(user).pw_uid
    except KeyError as error:
        raise errors.ConfigError(f"lmtp_ingress.relay_user: there is no user {user!r} on this machine") from error
    return type("XforwardDialogue", (XforwardDialogue,), {"relay_uid": uid})


def _uid(peer: Any) -> int | None:
    """Who is at the other end of a Unix socket, as the kernel says; None where it does not."""
    with contextlib.suppress(AttributeError, OSError):
        if peer.family == socket.AF_UNIX:
            credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return int(struct.unpack("3i", credentials)[1])
    return None


def _address(value: str) -> str | None:
    """The IP address; None for `[UNAVAILABLE]` and whatever else is none."""
    bare = value[5:] if value.upper().startswith("IPV6:") else value
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None
