"""Shared by all ways in: the spool, the trusted networks, and the mail rate per address."""

from __future__ import annotations

from hermes.config.ingress_limits import IngressLimits
from hermes.ingress.connections import ConnectionSlots
from hermes.ingress.peer import Peers
from hermes.ingress.rates import MailRates
from hermes.ingress.spool import Spool


class SharedLimits:
    """One for each process."""

    def __init__(self, limits: IngressLimits | None = None, *, spool: Spool | None = None) -> None:
        self.limits = limits or IngressLimits()
        self.peers = Peers(self.limits.trusted_networks)
        self.rates = MailRates(self.limits)
        self.spool = spool or Spool(self.limits)

    def connections(self) -> ConnectionSlots:
        """The places of one more way in."""
        return ConnectionSlots(self.limits)
