"""What a project's programs may reach: hosts by name, and never an address that is not public. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from hermes.config import network_groups

#: Ports of an entry that names none.
_PORTS: Final = (443, 80)
#: Without TLS anybody on the way reads and changes what is sent: it is enough to fetch.
_PLAIN_METHODS: Final = ("GET", "HEAD", "OPTIONS")
#: IPv6 that holds an IPv4 address, which may be private: NAT64, 6to4, and Teredo.
_WRAPPING: Final = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """The allowed entries of a project, spelt out."""

    entries: tuple[str, ...]

    @classmethod
    def of(cls, network: tuple[str, ...]) -> NetworkPolicy:
        """From a project's `network`."""
        return cls(network_groups.hosts(network))

    def allows(self, host: str, port: int) -> bool:
        """Whether a program may connect to this name and port."""
        plain = host.lower().rstrip(".")
        for entry in self.entries:
            if entry == network_groups.EVERYWHERE:
                return port in _PORTS
            name, _, given = entry.partition(":")
            if (port == int(given) if given else port in _PORTS) and _matches(plain, name):
                return True
        return False

    @staticmethod
    def allows_plain(method: str) -> bool:
        """Whether a request without TLS may have this method."""
        return method.upper() in _PLAIN_METHODS


def _matches(host: str, pattern: str) -> bool:
    """Whether a name is one that the pattern means; a star is (a part of) one label, so never another's name before the rest."""
    return re.fullmatch(r"[^.]+".join(map(re.escape, pattern.split("*"))), host) is not None


def public(address: str) -> bool:
    """Whether an IP address is one of the internet's: not private, link-local, loopback, of a carrier, or one that holds such a one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif any(found in network for network in _WRAPPING):
            return False
    return found.is_global and not found.is_multicast
