"""Domains that sign their mail, and a DNS that is a table: what the attacks on authenticity are made of. No network."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Mapping, Sequence

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors


@functools.cache
def _pair() -> tuple[bytes, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


class Domain:
    """A domain with a DKIM key and an SPF record; `name` in ASCII."""

    def __init__(self, name: str, *, network: str = "192.0.2.0/24") -> None:
        self.name = name
        self.records: dict[tuple[str, str], tuple[str, ...]] = {
            (f"s1._domainkey.{name}", "TXT"): (_pair()[1],),
            (name, "TXT"): (f"v=spf1 ip4:{network} -all",),
        }

    def sign(self, raw: bytes, covered: Sequence[str] | str | None = None, *, selector: str = "s1") -> bytes:
        """The mail with a signature of this domain before it; `covered` is the `h=` list of a provider, as a list or as it writes it."""
        names = covered.split(":") if isinstance(covered, str) else covered
        headers = [name.strip().lower().encode() for name in names] if names is not None else None
        signature: bytes = dkim.sign(
            raw,
            selector.encode(),
            self.name.encode(),
            _pair()[0],
            include_headers=headers,
            canonicalize=(b"relaxed", b"relaxed"),
        )
        return signature + raw


class Dns:
    """A resolver over the records of domains; names in `lost` give no answer."""

    def __init__(self, *domains: Domain, lost: Iterable[str] = ()) -> None:
        self.records: Mapping[tuple[str, str], tuple[str, ...]] = {
            key: value for domain in domains for key, value in domain.records.items()
        }
        self.lost = frozenset(lost)
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append((name, kind))
        if name in self.lost:
            raise errors.DnsUnavailable(f"no answer for {name}")
        return self.records.get((name, kind), ())
