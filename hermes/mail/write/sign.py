"""Signs composed mail with DKIM (RFC 6376), for operators whose mail server does not."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import dkim
from dkim import crypto

from hermes import errors

#: Signed once more than they occur, so that nobody can add a second one: From and what threads and addresses the mail.
_SIGNED = (
    b"from from to to subject subject date date message-id message-id reply-to reply-to in-reply-to references"
    b" mime-version content-type content-type auto-submitted"
).split()
#: DER, of which dkimpy reads all and writes only what is short (its `asn1_length` breaks from 127 bytes on).
_INTEGER, _BIT_STRING, _SEQUENCE = 0x02, 0x03, 0x30
#: SEQUENCE { rsaEncryption, NULL }
_RSA_ALGORITHM = bytes.fromhex("300d06092a864886f70d0101010500")


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A domain, a selector and the private key (PEM, RSA)."""

    domain: str
    selector: str
    key: bytes = field(repr=False)

    @property
    def record_name(self) -> str:
        """The name in DNS at which the public key is looked for."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def bits(self) -> int:
        """How large the key is. Raises `errors.ConfigError` as `sign` does."""
        return self._public()[0].bit_length()

    def record(self) -> str:
        """The TXT record to publish there (RFC 6376, 3.6.1). Raises `errors.ConfigError` as `sign` does."""
        numbers = _der(_SEQUENCE, b"".join(_der(_INTEGER, _integer(one)) for one in self._public()))
        info = _der(_SEQUENCE, _RSA_ALGORITHM + _der(_BIT_STRING, b"\x00" + numbers))
        return f"v=DKIM1; k=rsa; p={base64.b64encode(info).decode('ascii')}"

    def publishes(self, record: str) -> bool:
        """Whether a TXT record holds this key, however it is written."""
        return _key_of(record) == _key_of(self.record())

    def _public(self) -> tuple[int, int]:
        try:
            key = crypto.parse_pem_private_key(self.key)
        except (crypto.UnparsableKeyError, ValueError, IndexError, TypeError) as error:
            raise self._unusable(error) from error
        return int(key["modulus"]), int(key["publicExponent"])

    def _unusable(self, error: Exception) -> errors.ConfigError:
        return errors.ConfigError(f"the DKIM key for {self.domain} cannot be used: {error}")

    def sign(self, raw: bytes) -> bytes:
        """The mail with a DKIM-Signature before it. Raises `errors.ConfigError` when the key cannot be used.

        The signature holds the time, so two calls differ: sign once, then store the bytes that are sent.
        """
        try:
            signature: bytes = dkim.DKIM(raw).sign(
                self.selector.encode("ascii"),
                self.domain.encode("ascii"),
                self.key,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=list(_SIGNED),
            )
        except (dkim.DKIMException, UnicodeError, ValueError) as error:
            raise self._unusable(error) from error
        return signature + raw


def _key_of(record: str) -> str:
    """The `p=` of a record, without the white space that DNS panels put into it."""
    tags = dict(tag.strip().partition("=")[::2] for tag in record.split(";"))
    return "".join({name.strip(): value for name, value in tags.items()}.get("p", "").split())


def _integer(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    length = bytes([size]) if size < 0x80 else b""
    if not length:
        written = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([0x80 | len(written)]) + written
    return bytes([tag]) + length + content
