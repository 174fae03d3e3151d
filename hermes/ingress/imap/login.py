"""Logs in to an IMAP server by what it takes: LOGIN, AUTHENTICATE PLAIN, or an access token by XOAUTH2 or OAUTHBEARER.

PLAIN is used where LOGIN is disabled or the password is not ASCII. Source: RFC 3501, 6.2; RFC 4616 (PLAIN); RFC 7628 (OAUTHBEARER);
RFC 5530 (response codes); RFC 2971 (ID, without which NetEase opens no folder).
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable
from typing import Final

from hermes import errors, limits
from hermes.config.ingress_settings import ImapSettings
from hermes.ingress.imap import words

#: Refusals that do not mean a wrong password (RFC 5530, and what Yahoo sends).
_PASSING: Final = frozenset({"UNAVAILABLE", "INUSE", "SERVERBUG", "LIMIT", "TEMPFAIL", "OVERQUOTA"})
_CODE = re.compile(r"(?:BAD: )?\s*\[([A-Z-]+)")
_DISABLED = (
    "the server takes no password on this connection (LOGINDISABLED): set imap_ingress.security to 'tls' or 'starttls'"
)


def log_in(client: imaplib.IMAP4, settings: ImapSettings, token: str | None = None) -> None:
    """Log in, with an access token where there is one, and say who we are.

    Raises `errors.MailboxRefused`, `errors.MailboxUnavailable` for a refusal that passes, and imaplib's errors.
    """
    if client.state == "AUTH":
        return
    known = capabilities(client)
    if token is not None:
        _with_token(client, settings, token, known)
        _introduce(client)
        return
    plain = b"AUTH=PLAIN" in known
    if b"LOGINDISABLED" in known and not plain:
        raise errors.MailboxRefused(_DISABLED)
    ascii_only = (settings.username + settings.password).isascii()
    if b"LOGINDISABLED" in known or not ascii_only:
        secret = b"\0".join((b"", settings.username.encode(), settings.password.encode()))
        _said(lambda: client.authenticate("PLAIN", lambda _: secret))
    else:
        _said(lambda: client.login(client._quote(settings.username), settings.password))  # noqa: SLF001 - it quotes the password alone
    _introduce(client)


def capabilities(client: imaplib.IMAP4) -> frozenset[bytes]:
    """What the server offers now; it may offer more after the login."""
    answer, found = client.capability()
    return frozenset(b" ".join(one for one in found if one).upper().split()) if answer == "OK" else frozenset()


def _said(call: Callable[[], object]) -> None:
    try:
        call()
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        said = words.of_login(error)[: limits.DETAIL_CHARS]
        code = _CODE.match(said.upper())
        if code is not None and code[1] in _PASSING:
            raise errors.MailboxUnavailable(f"IMAP: the server takes no login now: {said}") from error
        raise errors.MailboxRefused(f"IMAP: the server refused the login: {said}") from error


def _with_token(client: imaplib.IMAP4, settings: ImapSettings, token: str, known: frozenset[bytes]) -> None:
    bearer = b"AUTH=OAUTHBEARER" in known and b"AUTH=XOAUTH2" not in known
    if bearer:
        user = settings.username.replace("=", "=3D").replace(",", "=2C")
        first = f"n,a={user},\1host={settings.host}\1port={settings.port}\1auth=Bearer {token}\1\1"
    else:
        first = f"user={settings.username}\1auth=Bearer {token}\1\1"
    # A server that refuses gives its reason in a further challenge, and wants an answer to that before its NO.
    answers = iter((first.encode(), b"\1" if bearer else b""))
    _said(lambda: client.authenticate("OAUTHBEARER" if bearer else "XOAUTH2", lambda _: next(answers, b"")))


def _introduce(client: imaplib.IMAP4) -> None:
    if b"ID" not in capabilities(client):
        return
    try:
        client.xatom("ID", '("name" "Hermes")')
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return  # it offers ID and does not take it; nothing depends on it where this happens
