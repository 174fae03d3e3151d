"""Mail by LMTP (RFC 2033): a mail server on the same host or network delivers to Hermes."""

from __future__ import annotations

import dataclasses
from typing import Any

from hermes.ingress.dialogue import LmtpDialogue
from hermes.ingress.smtp import DialogueBounds, ListenPlace, SmtpIngress
from hermes.ingress.xforward import XforwardDialogue


class LmtpIngress(SmtpIngress):
    """Like SMTP, with an answer for each recipient; a transaction has one recipient, so the answer is exact."""

    name = "lmtp"
    dialogue = LmtpDialogue
    # SPF for the address of our own server would pass for all mail that it relays.
    relayed = True

    def __init__(
        self, *, bounds: DialogueBounds | None = None, place: ListenPlace | None = None, **settings: Any
    ) -> None:
        """At a Unix socket its folder's permissions decide who may connect, so the mail server is believed when it names its client."""
        if place is not None and place.path is not None:
            self.dialogue = XforwardDialogue
        super().__init__(bounds=dataclasses.replace(bounds or DialogueBounds(), recipients=1), place=place, **settings)
