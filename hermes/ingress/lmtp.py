"""Mail by LMTP (RFC 2033): how a mail server on the same host or network hands over what it took for us."""

from __future__ import annotations

from typing import Any

from hermes.ingress.dialogue import LmtpDialogue
from hermes.ingress.smtp import SmtpIngress


class LmtpIngress(SmtpIngress):
    """As SMTP, with an answer for each recipient: one is taken in a transaction, so that its answer is true for it alone."""

    name = "lmtp"
    dialogue = LmtpDialogue
    # SPF on the address of our own server would pass whatever it relays.
    relayed = True

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "recipients": 1})
