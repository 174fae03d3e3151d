"""Tokens that identify the session of an answer: in the Reply-To address, in the quoted footer, in the return path.

A token is `<thread id><26 characters of HMAC-SHA-256>`: the thread part locates the session, the rest (130 bits) proves that Hermes
minted it for this session and this recipient. A token grants nothing: the sender is authenticated whatever token the mail carries.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final, Literal

from hermes import errors, limits
from hermes.domain import idn

#: A key that signs tokens.
TOKEN_KEY_BYTES: Final = 16

Style = Literal["plus", "subdomain"]

_MAC_CHARS = 26
#: 80 bits. Older return paths have 8 characters; such a one counts for a reply that was sent with it, and for no other (`bounces.py`).
_BOUNCE_MAC_CHARS = 16
_LOCAL_CHARS = 64
#: Kinds of reply by one character, so that the proof has room; others are spelled. A character never changes its meaning: bounces of a
#: reply that an older gateway sent come for days.
_KINDS: Final = {"0": "final", "1": "answer", "2": "starting", "3": "working", "4": "command", "5": "control",
                 "6": "refused", "7": "ignored", "8": "failed", "9": "ack"}  # fmt: skip
_CHARACTERS: Final = {kind: character for character, kind in _KINDS.items()}
_TOKEN = re.compile(r"[a-z2-7]{8,16}[a-z2-7]{26}\Z")
_MARKER = re.compile(r"\[hermes:([a-z2-7]{34,42})\]", re.IGNORECASE)
_BOUNCE = re.compile(
    r"b-(?:(?P<known>[0-9])(?P<row>[a-z2-7]{26,32})(?P<mac>[a-z2-7]{16})"
    r"|(?P<long_row>[a-z2-7]{26,32})-(?P<kind>[a-z_][a-z0-9_-]{0,19})-(?P<long_mac>[a-z2-7]{16}|[a-z2-7]{8}))\Z"
)


def mint(key: bytes, session_id: str, recipient: str) -> str:
    """The token of this session for this recipient, for the Reply-To address. Raises `errors.ConfigError` for a short key."""
    return _minted(key, "reply-to", session_id, recipient)


def verify(key: bytes, token: str, session_id: str, recipient: str) -> bool:
    """Whether this token, from an address or a marker, was minted for this session and this recipient; in constant time."""
    given = token.lower().encode("ascii", "replace")
    kinds = ("reply-to", "marker")
    checks = [hmac.compare_digest(given, _minted(key, kind, session_id, recipient).encode("ascii")) for kind in kinds]
    return any(checks)


def thread_of(token: str) -> str:
    """The thread id in a token; only `verify` proves it."""
    return token[:-_MAC_CHARS].lower()


def address(project_address: str, token: str, style: Style = "plus") -> str:
    """The project's address with the token in it: `site+TOKEN@…`, or `site@TOKEN.…` where a server refuses the plus."""
    local, _, domain = project_address.rpartition("@")
    return f"{local}+{token}@{domain}" if style == "plus" else f"{local}@{token}.{domain}"


def read(envelope_recipient: str) -> tuple[str, str | None]:
    """The project's address and the token, in either style; any other `+detail` is removed."""
    local, _, domain = idn.ascii_lower(envelope_recipient.strip()).rpartition("@")
    label, _, parent = domain.partition(".")
    found: str | None = None
    if _TOKEN.match(label) and "." in parent:
        found, domain = label, parent
    elif _BOUNCE.match(label) and "." in parent:
        domain = parent
    name, plus, detail = local.partition("+")
    if plus and _TOKEN.match(detail):
        found = detail
    return f"{name}@{domain}", found


def marker(key: bytes, session_id: str, recipient: str) -> str:
    """The signed marker for the footer of a reply; clients quote it back when they drop every header."""
    return f"[hermes:{_minted(key, 'marker', session_id, recipient)}]"


def markers(text: str) -> tuple[str, ...]:
    """The tokens of the markers in a quoted text, each once, in order."""
    return tuple(dict.fromkeys(found[1].lower() for found in _MARKER.finditer(text)))[: limits.REFERENCES]


def return_path(key: bytes, project_address: str, reply_id: str, style: Style = "plus") -> str:
    """The envelope sender of a reply, by which a bounce names the outbox row that it answers (VERP).

    `reply_id` is `{id}#{kind}`; where the result would be too long for a local part, the project's address itself.
    """
    row, _, kind = reply_id.partition("#")
    mac = _mac(key, "bounce", reply_id)[:_BOUNCE_MAC_CHARS]
    label = f"b-{_CHARACTERS[kind]}{row}{mac}" if kind in _CHARACTERS else f"b-{row}-{kind}-{mac}"
    named = address(project_address, label, style)
    fits = len(named.rpartition("@")[0]) <= _LOCAL_CHARS and read_return_path(key, named) is not None
    # The name of a host has no underscore.
    fits = fits and "_" not in named.rpartition("@")[2]
    return named if fits else project_address


def read_return_path(key: bytes, envelope_recipient: str) -> str | None:
    """The `reply_id` of the reply that bounced, or None."""
    local, _, domain = idn.ascii_lower(envelope_recipient.strip()).rpartition("@")
    found = _BOUNCE.match(local.partition("+")[2]) or _BOUNCE.match(domain.partition(".")[0])
    if found is None:
        return None
    kind = found["kind"] or _KINDS.get(found["known"], "")
    reply_id, given = f"{found['row'] or found['long_row']}#{kind}", found["mac"] or found["long_mac"]
    return reply_id if hmac.compare_digest(given, _mac(key, "bounce", reply_id)[: len(given)]) else None


def _minted(key: bytes, purpose: str, session_id: str, recipient: str) -> str:
    thread = session_id.rpartition("-")[2]
    return thread + _mac(key, purpose, session_id, recipient.strip().lower())[:_MAC_CHARS]


def _mac(key: bytes, *parts: str) -> str:
    if len(key) < TOKEN_KEY_BYTES:
        raise errors.ConfigError(f"the key for tokens has {len(key)} bytes; give it at least {TOKEN_KEY_BYTES}")
    state = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return base64.b32encode(state.digest()).decode("ascii").lower()
