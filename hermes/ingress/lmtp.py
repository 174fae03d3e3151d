"""Mail by LMTP (RFC 2033): a mail server on the same host or network delivers to Hermes."""

from __future__ import annotations

import dataclasses
from typing import Any

from hermes.ingress import xforward
from hermes.ingress.dialogue import LmtpDialogue
from hermes.ingress.smtp import DialogueBounds, SmtpIngress


class LmtpIngress(SmtpIngress):
    """Like SMTP, with an answer for each recipient; a transaction has one recipient, so the answer is exact."""

    name = "lmtp"
    dialogue = LmtpDialogue
    # SPF for the address of our own server would pass for all mail that it relays.
    relayed = True

    def __init__(self, *, bounds: DialogueBounds | None = None, relay_user: str | None = None, **settings: Any) -> None:
        """`relay_user` is who is believed at a Unix socket from which client a mail came: the user of the mail server.

        Raises `errors.ConfigError` for one that this machine does not have.
        """
        if relay_user is not None:
            self.dialogue = xforward.believing(relay_user)
        super().__init__(bounds=dataclasses.replace(bounds or DialogueBounds(), recipients=1), **settings)
