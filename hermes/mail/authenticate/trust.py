"""Decides whether a verified author wrote what Hermes reads, to this project, and recently. Facts in, decision out.

Anybody who has a signed mail of an owner can send it again, with other unsigned headers. So
a header counts if the signature covers it, or if the mail came directly from a server that may send for the author's domain (aligned SPF).
A token in an address locates a thread and grants nothing: everybody who gets a copy of a mail of the thread sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from hermes import errors
from hermes.mail.authenticate import signatures
from hermes.mail.parse import address, headers, parse

#: One of each is all that a mail may have: of two, one reader takes the first and another the last.
_SINGLE: Final = frozenset(
    {
        *("from", "sender", "reply-to", "to", "cc", "bcc", "date", "subject"),
        *("message-id", "in-reply-to", "references", "thread-index", "thread-topic"),
        *("mime-version", "auto-submitted", "precedence"),
    }
)
_SINGLE_KINDS: Final = ("content-", "list-")
#: What a mail says. Nothing is read by the absence of these.
_SAID: Final = ("subject", "content-disposition")
#: How its body is to be read. The signature must cover their absence too: a Content-Type can be taken out.
_FORM: Final = ("content-type", "content-transfer-encoding")
#: To whom it was written, when, and in which thread.
_MEANT: Final = ("to", "cc", "date", "in-reply-to", "references", "thread-index")
#: A clock of a sender's may be ahead by this; a mail from further ahead could be kept and sent again for as long.
_AHEAD_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of a verdict."""

    envelope: bool = False
    """The mail came straight from a server that may send for the author's domain."""
    signatures: tuple[signatures.Promise, ...] = ()
    """Signatures for the author of which at least one holds; what all of them cover is covered, whichever that is."""

    def covers(self, header: str) -> bool:
        """Whether this header (lower-case) is the author's: nobody who resends the mail can have added or removed it."""
        return self.envelope or self.signed(header)

    def signed(self, header: str) -> bool:
        """Whether the signature covers this header."""
        return bool(self.signatures) and all(header in one.headers for one in self.signatures)

    @property
    def marks(self) -> tuple[str, ...]:
        """The ids of the signed content: equal for every copy of the mail, whatever its unsigned part is."""
        return tuple(dict.fromkeys(one.mark for one in self.signatures))


#: Of a mail that nobody vouches for.
NO_EVIDENCE: Final = Evidence()


@dataclass(frozen=True, slots=True)
class Objection:
    """The reason to refuse a verified owner's mail, for the records and for the owner."""

    refusal: errors.Refusal
    reason: str


#: Somebody else may have sent the mail: its Message-ID is not taken for its name, and each signed mail is answered once.
DOUBTFUL: Final = frozenset(
    {
        errors.Refusal.HEADER_TWICE,
        errors.Refusal.NOT_ADDRESSED,
        errors.Refusal.NOT_SIGNED,
        errors.Refusal.NOT_RECENT,
    }
)


def objection(
    mail: parse.ParsedMail,
    evidence: Evidence,
    *,
    is_ours: Callable[[str], bool],
    received_at: float,
    max_age_seconds: float,
) -> Objection | None:
    """The first reason in the header to refuse the mail; None for none. `misread` checks the body.

    `is_ours` tells the project's addresses, with or without `+detail`. `received_at` (epoch seconds) is when the way in took the mail: it
    does not grow older by waiting here.
    """
    twice = doubled(mail.headers)
    if twice is not None:
        return Objection(errors.Refusal.HEADER_TWICE, f"the mail has more than one {twice} header")
    if not _names(mail.headers, evidence, is_ours):
        return Objection(
            errors.Refusal.NOT_ADDRESSED,
            "no address of the project stands in To or Cc where the author put it: signed, or in a mail that their own server sent us",
        )
    loose = next((name for name in _SAID if name in mail.headers and not evidence.covers(name)), None)
    return _loose(loose) if loose is not None else _age(mail, evidence, received_at, max_age_seconds)


def misread(mail: parse.ParsedMail, evidence: Evidence) -> Objection | None:
    """Why Hermes may read the body otherwise than its author wrote it; None where the signature or the body itself tells how."""
    evident = zip(_FORM, (mail.form.kind, mail.form.encoding), strict=True)
    loose = next((name for name, shown in evident if not shown and not evidence.covers(name)), None)
    return _loose(loose) if loose is not None else None


def _loose(name: str) -> Objection:
    reason = (
        f"the signature does not cover {name.title()}, and the mail did not come from a server of the author's domain"
    )
    return Objection(errors.Refusal.NOT_SIGNED, reason)


def is_whole(found: headers.Headers, evidence: Evidence) -> bool:
    """Whether a signature alone says enough, so that nobody needs to ask which server sent the mail."""
    needed = (*_FORM, *(name for name in (*_SAID, *_MEANT) if name in found))
    return all(map(evidence.covers, needed)) and _is_dated(evidence)


def doubled(found: headers.Headers) -> str | None:
    """The name of a meaningful header that appears twice; None for none."""
    seen: set[str] = set()
    for name in found.names:
        key = name.lower()
        if key not in seen:
            seen.add(key)
        elif key in _SINGLE or key.startswith(_SINGLE_KINDS):
            return name
    return None


def _names(found: headers.Headers, evidence: Evidence, is_ours: Callable[[str], bool]) -> bool:
    return any(map(is_ours, recipients(found, evidence)))


def recipients(found: headers.Headers, evidence: Evidence) -> Iterator[str]:
    """The addresses in To and Cc, where they are the author's."""
    named = (value for name in ("to", "cc") if evidence.covers(name) for value in found.raw(name))
    return (spec for value in named for spec in address.recipients_of(value))


def _age(mail: parse.ParsedMail, evidence: Evidence, received_at: float, most: float) -> Objection | None:
    def refused(reason: str) -> Objection:
        return Objection(errors.Refusal.NOT_RECENT, reason)

    written = mail.date.timestamp() if mail.date is not None else None
    stamps = [("its Date", written)] if written is not None else []
    stamps += [("its signature", float(one.stamp)) for one in evidence.signatures if one.stamp is not None]
    for what, stamp in stamps:
        if stamp > received_at + _AHEAD_SECONDS:
            return refused(f"{what} lies in the future")
        if stamp < received_at - most:
            return refused(f"{what} is older than {most / 86400:g} days")
    if any(one.expires is not None and one.expires < received_at for one in evidence.signatures):
        return refused("its signature has expired")
    if not _is_dated(evidence) or (written is None and not evidence.envelope and not _is_stamped(evidence)):
        return refused("its signature covers no date, so it could be of any age")
    return None


def _is_dated(evidence: Evidence) -> bool:
    return evidence.covers("date") or _is_stamped(evidence)


def _is_stamped(evidence: Evidence) -> bool:
    return bool(evidence.signatures) and all(one.stamp is not None for one in evidence.signatures)


def thread_keys(keys: Iterable[str], mail: parse.ParsedMail, evidence: Evidence) -> tuple[str, ...]:
    """The thread keys that the author wrote; with others anybody who resends the mail could choose its thread."""
    signed_ids: set[str] = set()
    if evidence.covers("in-reply-to"):
        signed_ids.update(mail.in_reply_to)
    if evidence.covers("references"):
        signed_ids.update(mail.references)
    index = evidence.covers("thread-index")
    return tuple(key for key in keys if key in signed_ids or (index and key.startswith("thread-index:")))
