"""The section `[ingress_limits]`: how much mail all ways in together accept at the same time, and from whom."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

_MIB = 1024 * 1024


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise ValueError(
            f"{value!r} is no network: {error}; one reads 10.1.0.0/16, 192.0.2.7 or 2001:db8::/32"
        ) from error


class IngressLimits(BaseModel):
    """Limits of the ways in. Over a limit the sender is told to try again later (4xx, 503), so nothing is lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trusted_networks: tuple[Annotated[str, AfterValidator(_network)], ...] = ("127.0.0.0/8", "::1/128")
    """Our own mail servers and proxies: the limits for each address and network do not hold for them."""
    connections: int = Field(200, ge=1, le=10_000)
    """Connections to one way in. A new one beyond that ends the one that has been of no use for the longest."""
    connections_per_address: int = Field(20, ge=1, le=10_000)
    connections_per_network: int = Field(50, ge=1, le=10_000)
    """Network: /24 of IPv4, /48 of IPv6."""
    mails_per_minute_per_address: int = Field(60, ge=1, le=100_000)
    """Counted for each recipient of a mail."""
    mails_per_minute_per_network: int = Field(300, ge=1, le=100_000)
    mails_per_connection: int = Field(100, ge=1, le=100_000)
    spool_folder: Path | None = None
    """Where mails beyond 1 MiB are kept until they are stored, in files without a name; without it the system's temporary folder."""
    spool_bytes: int = Field(2048 * _MIB, ge=64 * _MIB, le=1024 * 1024 * _MIB)
    """All mails in the spool together; the disk also keeps 512 MiB free, or 5 % of a small one."""
    memory_bytes: int = Field(16 * _MIB, ge=_MIB, le=1024 * _MIB)
    """All mails in memory together; what is more goes to the spool whatever its size."""

    @model_validator(mode="after")
    def _grows(self) -> IngressLimits:
        if self.connections_per_address > self.connections_per_network:
            raise ValueError(
                "connections_per_address is more than connections_per_network: an address is in its network"
            )
        if self.mails_per_minute_per_address > self.mails_per_minute_per_network:
            raise ValueError(
                "mails_per_minute_per_address is more than mails_per_minute_per_network: an address is in its network"
            )
        if self.spool_folder is not None and not self.spool_folder.is_dir():
            raise ValueError(f"spool_folder: there is no folder {str(self.spool_folder)!r}")
        return self
