"""A connecting client: its address, the network that shares its limits, and whether that network is trusted."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Sequence
from typing import Any

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: What one customer of a provider commonly has: /24 of IPv4, /48 of IPv6, so that using many of one's own addresses brings no more.
_NETWORK_BITS = {4: 24, 6: 48}


@dataclasses.dataclass(frozen=True, slots=True)
class Peer:
    """One client. Over a Unix socket it has no address and is trusted, because it runs on this machine."""

    address: str
    network: str
    trusted: bool
    ip: _Address | None = None

    @property
    def holder(self) -> str:
        """The holder whose share of the spool its mails use; trusted networks always keep theirs."""
        return "" if self.trusted else self.network


class Peers:
    """Identifies clients."""

    def __init__(self, trusted_networks: Sequence[str] = ()) -> None:
        self._trusted = [ipaddress.ip_network(one) for one in trusted_networks]

    def of(self, name: Any) -> Peer:
        """The peer behind a transport's `peername`."""
        ip = address(name)
        if ip is None:
            return Peer("local", "local", True)
        trusted = any(ip.version == net.version and ip in net for net in self._trusted)
        network = ipaddress.ip_network((ip, _NETWORK_BITS[ip.version]), strict=False)
        return Peer(str(ip), str(network), trusted, ip)


def address(name: Any) -> _Address | None:
    """The IP address in a `peername`; an IPv4 address that came as IPv6 is IPv4. None over a Unix socket."""
    if not isinstance(name, tuple):
        return None
    found = ipaddress.ip_address(str(name[0]).split("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
