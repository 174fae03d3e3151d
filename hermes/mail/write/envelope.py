"""Envelope addresses as an SMTP command carries them (RFC 5321, 4.1.2; RFC 6531). Pure.

A domain of another script goes in ASCII, so that only a local part beyond ASCII needs a server that speaks SMTPUTF8. A quoted local part
may hold what ends a command elsewhere: spaces, angle brackets, an @.
"""

from __future__ import annotations

import contextlib
import re
from typing import Final

from hermes.domain import idn

#: Outside quotes: what would end the address or the command.
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f-\x9f<>\"\\\u2028\u2029\ud800-\udfff]")
#: `qtextSMTP` and `quoted-pairSMTP`, with RFC 6531's characters beyond ASCII.
_QUOTED: Final = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~]|[^\x00-\x9f\u2028\u2029\ud800-\udfff])*"\Z')


def plain(address: str) -> str:
    """The address with its domain in ASCII where it has such a form; the null return path stays empty.

    Raises ValueError, with a sentence, for an address that no SMTP command can carry.
    """
    if not address:
        return ""
    local, _, domain = address.strip().rpartition("@")
    with contextlib.suppress(ValueError):  # a server that speaks SMTPUTF8 may know it
        domain = idn.ascii_domain(domain)
    quoted = local.startswith('"')
    if (
        not local
        or not domain
        or _UNSAFE.search(domain)
        or not (_QUOTED.match(local) if quoted else not _UNSAFE.search(local))
    ):
        raise ValueError("the address holds characters that no mail server takes")
    return f"{local}@{domain}"


def path(address: str) -> bytes:
    """`<address>` for MAIL and RCPT."""
    return f"<{address}>".encode()
