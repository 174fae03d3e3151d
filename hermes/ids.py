"""Names and ids: pure functions from facts to stable strings."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Final

from hermes import limits

#: The name of an SQS queue.
QUEUE_NAME_CHARS: Final = 80

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\Z")
"""What a client or project may be called: lower-case letters, digits and inner hyphens, up to 32."""


def digest(*parts: str | bytes, chars: int = 32) -> str:
    """A stable lower-case base32 id of the parts: 5 bits a character. Parts are length-prefixed, so none run together."""
    state = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return base64.b32encode(state.digest()).decode("ascii").lower()[:chars]


def new_id() -> str:
    """A random id of 130 bits."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii").lower()[:26]


def slug(text: str) -> str:
    """A slug: lower-case letters, digits and single hyphens, no hyphen at either end."""
    return _NOT_SLUG.sub("-", text.lower()).strip("-")


def user_key(address: str) -> str:
    """The user part of a container key: readable, and different for different addresses (`anna-example-org-3k5zq2ab`)."""
    return f"{slug(address)[:24].strip('-') or 'user'}-{digest('user', address.lower(), chars=8)}"


def container_key(client: str, project: str, address: str) -> str:
    """`client#project#user`: one worker container serves one such key."""
    return f"{client}#{project}#{user_key(address)}"


def mail_id(recipient: str, message_id: str | None, raw_digest: bytes) -> str:
    """The id of one mail to one of our addresses, made of its Message-ID, or of the digest of its bytes where it has none."""
    return digest("mail", recipient.lower(), message_id or b"raw:" + raw_digest)


def command_id(mail: str) -> str:
    """The id of the command that a mail becomes; a mail becomes one command."""
    return digest("command", mail, chars=26)


def thread_id(mail: str, salt: int = 0) -> str:
    """The id of the thread that a mail begins; another `salt` gives another id where the first is taken."""
    return digest("thread", mail, str(salt), chars=8 if salt == 0 else 16)


def session_id(client: str, project: str, thread: str) -> str:
    """`{client}-{project}-{thread_id}`."""
    return f"{client}-{project}-{thread}"


def branch(thread: str) -> str:
    """The session's git branch."""
    return f"thread-{thread}"


def reply_message_id(secret: str, domain: str) -> str:
    """The Message-ID of a reply (RFC 5322, 3.6.4). `secret` is random, and made once for the row that keeps the bytes of the reply.

    A stranger who has not seen the reply cannot guess it, and so cannot occupy its key in the threads table or refer to it.
    """
    return f"<hermes.{digest('reply', secret, chars=26)}@{domain}>"


def queue_name(prefix: str, role: str, key: str, *, fifo: bool = False) -> str:
    """`{prefix}-{role}-{client}-{project}-{user}[.fifo]`, cut and given a hash where it is longer than SQS's 80 characters."""
    ending = ".fifo" if fifo else ""
    name = f"{prefix}-{role}-{key.replace('#', '-')}"
    room = QUEUE_NAME_CHARS - len(ending)
    if len(name) > room:
        name = f"{name[: room - 11].rstrip('-')}-{digest('queue', key, chars=10)}"
    return name + ending


def due_shard(record: str) -> str:
    """The partition of the `due` index that holds a record."""
    return str(int.from_bytes(hashlib.sha256(record.encode()).digest()[:2], "big") % limits.DUE_SHARDS)
