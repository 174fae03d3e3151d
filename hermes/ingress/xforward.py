"""XFORWARD: the mail server that delivers to us tells from which client it took the mail, which SPF needs.

Postfix does so with `lmtp_send_xforward_command = yes`, for each mail before MAIL. Anybody can say it, so it is offered only where nobody
but the mail server can connect. Source: Postfix, "XFORWARD Howto".
"""

from __future__ import annotations

import ipaddress
from typing import Any

from hermes.ingress.dialogue import LmtpDialogue


class XforwardDialogue(LmtpDialogue):
    """LMTP with XFORWARD, of whose attributes only ADDR matters here."""

    offers = ("250-XFORWARD ADDR",)

    def __init__(self, handler: Any, *, mails: int, **settings: Any) -> None:
        super().__init__(handler, mails=mails, **settings)
        self._call_limit_base["XFORWARD"] = 2 * mails

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
        if self.under_way:
            await self.push("503 5.5.1 Error: XFORWARD after MAIL")
            return
        for pair in (arg or "").split():
            name, _, value = pair.partition("=")
            if name.upper() == "ADDR":
                self.client_address = _address(value)
        await self.push("250 2.0.0 OK")


def _address(value: str) -> str | None:
    """The IP address; None for `[UNAVAILABLE]` and whatever else is none."""
    bare = value[5:] if value.upper().startswith("IPV6:") else value
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None
