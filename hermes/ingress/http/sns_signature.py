"""Verifies that Amazon SNS signed a post.

Source: "Verifying the signatures of Amazon SNS messages". The certificate is fetched from an address that the post names, so the address
is checked first: only SNS's own hosts, over https. The RSA arithmetic is dkimpy's; a certificate needs no more than its public key read,
because TLS vouches for where it was fetched.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

import dkim.crypto

from hermes import limits

#: Address -> the PEM file there. It must use https, follow no redirect, and keep a time limit; what it raises is passed on.
Fetch = Callable[[str], Awaitable[bytes]]

_CERTIFICATE = re.compile(
    r"https://sns\.[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d\.amazonaws\.com(?:\.cn)?/SimpleNotificationService-[0-9a-f]{32}\.pem\Z"
)
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,10000})-----END CERTIFICATE-----")
_HASHES = {"1": hashlib.sha1, "2": hashlib.sha256}
_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_FIELDS = {
    "Notification": _NOTIFICATION,
    "SubscriptionConfirmation": _CONFIRMATION,
    "UnsubscribeConfirmation": _CONFIRMATION,
}
_INTEGER, _SEQUENCE, _VERSION = 0x02, 0x30, 0xA0


async def verify(post: Mapping[str, Any], *, topics: Collection[str], fetch: Fetch) -> str:
    """Check one post; an empty string if SNS signed it for one of our topics, or else the reason of the doubt."""
    if post.get("TopicArn") not in topics:
        return "the topic is not one of ours"
    signed = string_to_sign(post)
    if signed is None:
        return "the post lacks a part that is signed"
    hasher = _HASHES.get(str(post.get("SignatureVersion")))
    address = post.get("SigningCertURL")
    if hasher is None:
        return f"signature version {post.get('SignatureVersion')!r} is not known"
    if not isinstance(address, str) or not _CERTIFICATE.match(address):
        return "the certificate's address is not one of SNS"
    try:
        signature = base64.b64decode("".join(str(post.get("Signature", "")).split()), validate=True)
        key = dkim.crypto.parse_public_key(public_key(await fetch(address)))
        holds = dkim.crypto.RSASSA_PKCS1_v1_5_verify(hasher(signed), signature, key)
    except (
        binascii.Error,
        ValueError,
        AssertionError,
        dkim.crypto.UnparsableKeyError,
        dkim.crypto.DigestTooLargeError,
    ) as error:
        return f"the signature cannot be checked: {type(error).__name__}"
    return "" if holds else "the signature does not hold"


def string_to_sign(post: Mapping[str, Any]) -> bytes | None:
    """What SNS signs of a post: each field's name and value on separate lines, in the order of the names."""
    fields = _FIELDS.get(str(post.get("Type")), ())
    lines: list[str] = []
    for field in fields:
        value = post.get(field)
        if value is None and field == "Subject":
            continue
        if not isinstance(value, str):
            return None
        lines += [field, value]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass") if lines else None


def public_key(pem: bytes) -> bytes:
    """The subjectPublicKeyInfo (DER) of an X.509 certificate (RFC 5280, 4.1). Raises ValueError."""
    found = _PEM.search(pem[: limits.CERTIFICATE_BYTES])
    if found is None:
        raise ValueError("no certificate")
    certificate = _fields_of(base64.b64decode(found[1]))
    if len(certificate) != 1:
        raise ValueError("more than one certificate")
    signed = _fields_of(certificate[0][1])
    parts = _fields_of(signed[0][1]) if signed else []
    # An optional version, then: serial number, algorithm, issuer, validity, subject, key.
    rest = parts[1:] if parts and parts[0][0] == _VERSION else parts
    if len(rest) < 6 or rest[0][0] != _INTEGER or rest[5][0] != _SEQUENCE:
        raise ValueError("not a certificate")
    return rest[5][2]


def _fields_of(data: bytes) -> list[tuple[int, bytes, bytes]]:
    """The DER values that follow each other: tag, content, and the whole."""
    fields: list[tuple[int, bytes, bytes]] = []
    start = 0
    while start < len(data):
        if start + 2 > len(data):
            raise ValueError("DER is cut short")
        length, content = data[start + 1], start + 2
        if length & 0x80:
            count = length & 0x7F
            length, content = int.from_bytes(data[content : content + count], "big"), content + count
        end = content + length
        if end > len(data):
            raise ValueError("DER is cut short")
        fields.append((data[start], data[content:end], data[start:end]))
        start = end
    return fields
