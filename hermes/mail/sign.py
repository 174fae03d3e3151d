"""Signs composed mail with DKIM (RFC 6376), for operators whose mail server does not."""

from __future__ import annotations

from dataclasses import dataclass, field

import dkim

from hermes import errors

#: Signed once more than they occur, so that nobody can add a second one: From and what threads and addresses the mail.
_SIGNED = (
    b"from from to to subject subject date date message-id message-id reply-to reply-to in-reply-to references"
    b" mime-version content-type content-type auto-submitted"
).split()


@dataclass(frozen=True, kw_only=True)
class Signer:
    """A domain, a selector and the private key (PEM, RSA)."""

    domain: str
    selector: str
    key: bytes = field(repr=False)

    def sign(self, raw: bytes) -> bytes:
        """The mail with a DKIM-Signature before it. Raises `errors.ConfigError` when the key cannot be used.

        The signature holds the time, so two calls differ: sign once, then store the bytes that are sent.
        """
        try:
            signature: bytes = dkim.DKIM(raw).sign(
                self.selector.encode("ascii"),
                self.domain.encode("idna"),
                self.key,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=list(_SIGNED),
            )
        except (dkim.DKIMException, UnicodeError, ValueError) as error:
            raise errors.ConfigError(f"the DKIM key for {self.domain} cannot be used: {error}") from error
        return signature + raw
