"""What is known of the unseen mails of a mailbox, by UID: which are stored, which are not through, and when each is tried again. Pure.

A UID is valid only under one UIDVALIDITY (RFC 3501, 2.3.1.1).
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hermes.domain.mailboxes import MailboxRecord, Waiting, WaitingMail
from hermes.ingress.imap.answers import MailFacts

#: A mail that the server does not give now is asked for again after these; the last one again and again.
IMAP_REFUSED_PAUSES: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
#: A mail at which the connection breaks, or whose size differs from what the server announced: each try may cost a login.
IMAP_BROKEN_PAUSES: Final = (5.0, 60.0, 2 * 3600.0, 6 * 3600.0)
#: A mark that the server has forgotten is set again after this.
IMAP_FLAG_SECONDS: Final = 6 * 3600.0
#: Tries after which a mail is set aside.
IMAP_TRIES: Final = 3
_REASON_CHARS = 300


class MailTrouble(enum.Enum):
    """Why a mail was not taken, by what a further try may cost."""

    REFUSED = IMAP_REFUSED_PAUSES
    """The server answered, and did not give it."""
    BROKEN = IMAP_BROKEN_PAUSES
    """The connection broke over it, or its bytes are wrong."""


@dataclasses.dataclass(slots=True)
class _Stored:
    digest: bytes
    checked: bool = True
    """Was it fetched on this connection? A known UID alone proves nothing: a mailbox may have been deleted and created again."""
    again_at: float | None = None
    """Set once the server has confirmed on this connection that the mail is marked as seen: when to mark it again if it is not."""


class Memory:
    """The unseen mails that are known. Times are epoch seconds."""

    def __init__(self) -> None:
        self.uidvalidity = ""
        self.changed = False
        """Does `waiting` differ from what was written last?"""
        self.unflagged = 0
        """Mails that the server confirmed as marked as seen, and still listed as unseen at the last look."""
        self._stored: dict[int, _Stored] = {}
        """Ours already: only the flag is missing."""
        self._waiting: dict[int, WaitingMail] = {}

    def enter(self, uidvalidity: str, known: MailboxRecord | None = None) -> None:
        """A folder was selected; `known` is what its row holds."""
        if uidvalidity != self.uidvalidity or not uidvalidity:
            self._stored, self._waiting = {}, {}
            if known is not None and uidvalidity and known.uidvalidity == uidvalidity:
                self._waiting = {one.uid: one for one in known.waiting}
            self.changed = known is not None and len(self._waiting) != len(known.waiting)
        self.uidvalidity = uidvalidity
        for one in self._stored.values():
            one.checked, one.again_at = False, None

    @property
    def waiting(self) -> Sequence[WaitingMail]:
        """The mails that are not through."""
        return tuple(self._waiting.values())

    def due(self, unseen: Iterable[int], now: float) -> list[int]:
        """Forget all but these mails; returns those to be taken now: the oldest first, those that were tried before at the end."""
        there = set(unseen)
        self._stored = {uid: one for uid, one in self._stored.items() if uid in there}
        self.unflagged = sum(one.again_at is not None for one in self._stored.values())
        # The search does not name those that are too old; `old` keeps them.
        kept = {uid: one for uid, one in self._waiting.items() if uid in there or one.state is Waiting.TOO_OLD}
        self.changed |= len(kept) != len(self._waiting)
        self._waiting = kept
        return sorted((uid for uid in there if self._is_due(uid, now)), key=lambda uid: (uid in self._waiting, uid))

    def _is_due(self, uid: int, now: float) -> bool:
        stored, waiting = self._stored.get(uid), self._waiting.get(uid)
        if waiting is not None:
            return waiting.next_at is not None and waiting.next_at <= now
        return stored is None or not stored.checked or (stored.again_at is not None and stored.again_at <= now)

    def again(self, old: Iterable[int], now: float) -> int:
        """Try everything again that is set aside or waits, and these mails, which were too old; returns how many are tried again."""
        wanted, tried = set(old), 0
        for uid, one in list(self._waiting.items()):
            if one.state is Waiting.TOO_OLD and uid in wanted:
                self.through(uid)
            elif one.next_at is not None:
                self._waiting[uid] = one.model_copy(update={"next_at": now})
                self.changed, tried = True, tried + 1
        return tried

    def is_named(self, uid: int) -> bool:
        """Whether the waiting mail's subject or author is known, or it does not wait."""
        one = self._waiting.get(uid)
        return one is None or bool(one.author or one.subject)

    def named(self, uid: int, author: str, subject: str) -> None:
        """Who a waiting mail is from."""
        if uid in self._waiting:
            self._waiting[uid] = self._waiting[uid].model_copy(update={"author": author, "subject": subject})
            self.changed = True

    def give_up(self, uids: Iterable[int], reason: str, *, now: float) -> None:
        """Of these old mails, those that could not be taken stay in the mailbox."""
        for uid in uids:
            one = self._waiting.get(uid)
            if one is not None and one.next_at is not None:
                self.leave(uid, Waiting.TOO_OLD, f"{one.reason}; {reason}", now=now)

    def next_at(self) -> float | None:
        """When the next of the waiting mails is due."""
        return min((one.next_at for one in self._waiting.values() if one.next_at is not None), default=None)

    def is_checked(self, uid: int) -> bool:
        """Whether the mail of this number was stored, or found stored, on this connection."""
        stored = self._stored.get(uid)
        return stored is not None and stored.checked

    def is_stored(self, uid: int, digest: bytes) -> bool:
        """Whether this very content was stored from here."""
        stored = self._stored.get(uid)
        return stored is not None and stored.digest == digest

    def stored(self, uid: int, digest: bytes) -> None:
        """The mail is ours."""
        self._stored[uid] = _Stored(digest)
        self.through(uid)

    def flagged(self, uid: int, now: float) -> None:
        """The server confirmed that the mail is marked as seen."""
        self._stored[uid].again_at = now + IMAP_FLAG_SECONDS
        self.through(uid)

    def through(self, uid: int) -> None:
        """Forget the mail's trouble: it is through."""
        self.changed |= self._waiting.pop(uid, None) is not None

    def old(self, found: Mapping[int, MailFacts], reason: str, *, now: float) -> list[int]:
        """These unseen mails, and no others, are too old; returns those that are new."""
        before = {uid for uid, one in self._waiting.items() if one.state is Waiting.TOO_OLD}
        for uid in before - found.keys():
            self.through(uid)
        added = sorted(found.keys() - self._waiting.keys())
        for uid in added:
            self.leave(uid, Waiting.TOO_OLD, reason, now=now, facts=found[uid])
        return added

    def failed(
        self, uid: int, trouble: MailTrouble, reason: str, *, now: float, facts: MailFacts | None = None
    ) -> WaitingMail:
        """The mail was not taken; returns what becomes of it."""
        before = self._waiting.get(uid)
        tries = (before.tries if before else 0) + 1
        pauses = trouble.value
        return self._wait(
            uid,
            Waiting.ASIDE if tries >= IMAP_TRIES else Waiting.RETRY,
            reason,
            tries=tries,
            next_at=now + pauses[min(tries, len(pauses)) - 1],
            now=now,
            facts=facts,
        )

    def leave(
        self, uid: int, state: Waiting, reason: str, *, now: float, facts: MailFacts | None = None
    ) -> WaitingMail:
        """The mail is never taken."""
        before = self._waiting.get(uid)
        return self._wait(uid, state, reason, tries=before.tries if before else 0, next_at=None, now=now, facts=facts)

    def _wait(
        self,
        uid: int,
        state: Waiting,
        reason: str,
        *,
        tries: int,
        next_at: float | None,
        now: float,
        facts: MailFacts | None,
    ) -> WaitingMail:
        before = self._waiting.get(uid)
        found = WaitingMail(
            uid=uid,
            state=state,
            reason=reason[:_REASON_CHARS],
            tries=tries,
            first_at=before.first_at if before else now,
            next_at=next_at,
            arrived_at=facts.arrived_at if facts else (before.arrived_at if before else None),
            size=facts.size if facts else (before.size if before else None),
            author=(facts.author if facts else "") or (before.author if before else ""),
            subject=(facts.subject if facts else "") or (before.subject if before else ""),
        )
        self._waiting[uid] = found
        self.changed = True
        return found
