"""Domains that sign their mail, and a DNS that is a table: what the attacks on authenticity are made of. No network."""

from __future__ import annotations

import base64
import functools
import time
from collections.abc import Iterable, Sequence
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.unit.mail.authenticate import judging


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
        self.private, self.key = _pair()
        self.records: dict[tuple[str, str], tuple[str, ...]] = {
            (f"s1._domainkey.{name}", "TXT"): (self.key,),
            (name, "TXT"): (f"v=spf1 ip4:{network} -all",),
        }

    def sign(
        self,
        raw: bytes,
        covered: Sequence[str] | str | None = None,
        *,
        stamp: float | None = 0.0,
        expires: float | None = None,
    ) -> bytes:
        """The mail with a signature of this domain before it.

        `covered` is the `h=` list of a provider, as a list or as it writes it; `stamp` and `expires` are days from now, None for none.
        """
        names = covered.split(":") if isinstance(covered, str) else covered
        headers = [name.strip().lower().encode() for name in names] if names is not None else None
        signer = _Signer(raw, stamp=stamp, expires=expires)
        signature: bytes = signer.sign(
            b"s1", self.name.encode(), _pair()[0], include_headers=headers, canonicalize=(b"relaxed", b"relaxed")
        )
        return signature + raw


class _Signer(dkim.DKIM):  # type: ignore[misc]
    """dkimpy, with the times that the test wants."""

    def __init__(self, raw: bytes, *, stamp: float | None, expires: float | None) -> None:
        super().__init__(raw)
        self._times = {b"t": stamp, b"x": expires}

    def gen_header(self, fields: Any, include_headers: Any, *rest: Any) -> Any:
        """As of dkimpy."""
        given = [(tag, value) for tag, value in fields if tag not in self._times]
        times = [
            (tag, str(int(time.time() + days * 86400)).encode())
            for tag, days in self._times.items()
            if days is not None
        ]
        fields[:] = [*given[:-1], *times, given[-1]]
        return super().gen_header(fields, include_headers, *rest)


class Dns(judging.Dns):
    """A resolver over the records of domains; names in `lost` give no answer."""

    def __init__(self, *domains: Domain, lost: Iterable[str] = ()) -> None:
        super().__init__({key: value for domain in domains for key, value in domain.records.items()}, lost)
