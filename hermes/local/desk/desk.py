"""What the development page needs of a running `hermes dev`: whom one may write to and as, and how a mail is sent."""

from __future__ import annotations

import dataclasses
import email.utils
from collections.abc import Callable, Sequence

from hermes.ingress.mail_store import MailStore
from hermes.local import letter
from hermes.local.desk import letters
from hermes.local.desk.branches import Branches
from hermes.local.desk.conversations import Conversations
from hermes.local.desk.letters import MailDraft, Manner


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailDesk:
    """Handed to the development page."""

    conversations: Conversations
    branches: Sequence[tuple[str, Branches]]
    """Project and repository."""
    addresses: Sequence[str]
    """Of the projects."""
    people: Sequence[str]
    """Who may be written as: the owners, and somebody of each domain that owns."""
    store: MailStore
    smtp: Callable[[], tuple[str, int]]
    """Where the gateway takes mail."""

    async def send(self, draft: MailDraft) -> str:
        """Write and deliver a mail; its key. Raises `errors.ConfigError`, `errors.MailRejected`, `errors.MailDeferred`."""
        return await self.deliver(letters.write(draft), sender=draft.sender, to=draft.to, manner=draft.manner)

    async def deliver(self, raw: bytes, *, sender: str, to: str, manner: Manner) -> str:
        """Deliver a mail as it is; its key. What nobody vouches for does not come by the way in that believes loopback."""
        envelope = letters.STRANGER if manner is Manner.STRANGER else sender
        bare = email.utils.parseaddr(envelope)[1]
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if manner is Manner.FORGED:
            await self.store.deposit(raw, recipients=[to], sender=bare, ingress="smtp")
        else:
            host, port = self.smtp()
            await letter.send(raw, sender=bare, to=to, host=host, port=port)
        return self.conversations.keep(raw, to=to, manner=manner.value)


def people(owners: Sequence[str]) -> list[str]:
    """Somebody for each owner: themselves, or a made-up person of a domain that owns."""
    found = [
        name for owner in owners for name in ([f"anna{owner}", f"bob{owner}"] if owner.startswith("@") else [owner])
    ]
    return list(dict.fromkeys(found))
