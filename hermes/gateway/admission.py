"""Admission: reads one mail, judges who it is from and whether they may command the project. Everything that needs no record."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Mapping

from hermes import errors, limits
from hermes.config import Config, Project
from hermes.domain import idn
from hermes.domain.commands import Origin
from hermes.domain.pointer import Pointer
from hermes.gateway.replies import Tokens
from hermes.mail import address, attachments, language, parse, reading, seals, templates, token

#: Refusals that our own words in a mail can bring about, and knowing them undo.
_READING = (None, errors.Refusal.UNSURE, errors.Refusal.NO_TEXT)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What admission made of a mail: `refusal` and `ignored` are both empty for one that goes on."""

    reading: reading.Reading
    project: Project | None = None
    refusal: errors.Refusal | None = None
    ignored: bool = False
    authenticated: bool = False
    """The author is who the mail says, and may be answered."""
    reason: str = ""
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """What the answer to a refusal may say besides."""

    @property
    def may_answer(self) -> bool:
        """Whether the mail is to be read again with the words of ours that it answers: it goes on, or those words may be its doubt."""
        return self.authenticated and not self.ignored and self.refusal in _READING

    @property
    def message_id(self) -> str | None:
        """The mail's own."""
        return self.reading.mail.message_id if self.reading.mail else None

    @property
    def language(self) -> str:
        """The language to answer in: of the new text, else of the quoted one, else what the mail or the project says."""
        newest, mail = self.reading.newest, self.reading.mail
        told = (language.detect(newest.text) or language.detect(newest.quoted)) if newest else None
        told = told or (mail.headers.get("Content-Language").strip() if mail else "")
        known = told if told and templates.language_of(told) == told[:2].lower() else None
        return templates.language_of(known or (self.project.language if self.project else None))

    def origin(self, pointer: Pointer) -> Origin:
        """What replies need to know of the mail."""
        mail, author = self.reading.mail, self.reading.author
        if author is None:
            raise errors.Refused(errors.Refusal.FROM_UNUSABLE)
        return Origin(
            message_id=mail.message_id if mail else None,
            references=mail.references[-limits.REFERENCES :] if mail else (),
            thread_index=(mail.headers.get("Thread-Index") or None) if mail else None,
            thread_topic=(mail.headers.get("Thread-Topic") or None) if mail else None,
            subject=mail.subject if mail else "",
            author=idn.ascii_lower(author.address),
            author_name=author.name,
            address=token.read(pointer.recipient)[0],
            language=self.language,
        )


Judge = Callable[[Pointer, bytes, address.Address], Awaitable[str | None]]
"""Says why the author is not to be believed, or None: authenticated."""


class Admission:
    """Reads off the event loop, under a time limit; then machine, author, verdict, owner, refusal: the first that fails decides."""

    def __init__(self, *, config: Config, judge: Judge, tokens: Tokens | None = None) -> None:
        self._config = config
        self._judge = judge
        self._tokens = tokens

    async def judge(self, pointer: Pointer, raw: bytes) -> Judgement:
        """The judgement on one mail. Raises `errors.Transient` where the verdict's sources cannot be asked now."""
        return await self._decide(pointer, raw, await self._read(pointer, raw))

    async def judge_head(self, pointer: Pointer, head: bytes, refused: errors.Refused) -> Judgement:
        """The judgement on a mail of which only the beginning can be looked at: refused, and by whom it claims to be."""
        found = await asyncio.to_thread(reading.read_head, _header(head), envelope_sender=pointer.sender)
        return await self._decide(
            pointer,
            head,
            dataclasses.replace(found, refusal=refused.refusal, refusal_detail=refused.message),
        )

    async def _decide(self, pointer: Pointer, raw: bytes, found: reading.Reading) -> Judgement:
        project = self._config.project_of(token.read(pointer.recipient)[0])

        def refused(refusal: errors.Refusal, reason: str, *, authenticated: bool = False) -> Judgement:
            return Judgement(
                reading=found, project=project, refusal=refusal, reason=reason, authenticated=authenticated
            )

        if project is None:
            return refused(errors.Refusal.NO_PROJECT, "the address belongs to no project")
        if found.machine is not None:
            reason = f"{found.machine.kind.value}: {found.machine.reason}"
            return Judgement(reading=found, project=project, ignored=True, reason=reason)
        if found.author is None:
            return refused(found.refusal or errors.Refusal.FROM_UNUSABLE, found.refusal_detail)
        doubt = await self._judge(pointer, raw, found.author)
        if doubt is not None:
            return refused(errors.Refusal.NOT_AUTHENTICATED, doubt)
        if not address.is_owner(found.author.address, project.owners):
            return refused(errors.Refusal.NOT_AN_OWNER, "the sender is no owner of the project", authenticated=True)
        if found.mail is not None and not self._is_meant(pointer, project, found.mail, found.author.address):
            reason = "no address of the project stands in To or Cc, and no token of the sender's in the envelope"
            return refused(errors.Refusal.NOT_ADDRESSED, reason, authenticated=True)
        unwanted = attachments.refused(found.mail.attachments if found.mail else (), project.attachments)
        if unwanted is not None:
            name, sort = unwanted
            said = refused(errors.Refusal.ATTACHMENT_NOT_ALLOWED, f"{name} is a {sort.value}", authenticated=True)
            return dataclasses.replace(said, facts={"name": name})
        if found.refusal is not None:
            return refused(found.refusal, found.refusal_detail, authenticated=True)
        return Judgement(reading=found, project=project, authenticated=True)

    def _is_meant(self, pointer: Pointer, project: Project, mail: parse.ParsedMail, author: str) -> bool:
        """Did its author send it to us? A true mail can be sent on by whoever has it, signature and all; not with another To."""
        if pointer.trusted and self._config.smtp_ingress.trust_loopback:
            return True
        if self._tokens is not None and self._tokens.admits(project.name, pointer.recipient, author):
            return True
        domain = author.rpartition("@")[2]
        # Signed or not, a second header of a name may have been put above the first.
        named = [
            value
            for name in ("To", "Cc")
            if len(values := mail.headers.raw(name)) == 1 and seals.cover(mail.raw, domain, name.lower().encode())
            for value in values
        ]
        return any(
            self._config.project_of(token.read(mailbox.spec)[0]) is project
            for value in named
            for mailbox in address.mailboxes_of(value)[0]
        )

    async def _read(self, pointer: Pointer, raw: bytes) -> reading.Reading:
        try:
            async with asyncio.timeout(limits.READ_SECONDS):
                found = await asyncio.to_thread(reading.read, raw, envelope_sender=pointer.sender)
                if found.mail is not None or found.refusal is errors.Refusal.HEADERS_TOO_LARGE:
                    return found
                # The body cannot be taken apart; its header can, and tells who is to be answered.
                head = await asyncio.to_thread(reading.read_head, _header(raw), envelope_sender=pointer.sender)
                return dataclasses.replace(head, refusal=found.refusal, refusal_detail=found.refusal_detail)
        except TimeoutError:
            detail = f"reading took longer than {limits.READ_SECONDS:g} s"
            return reading.Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=detail)


def _header(raw: bytes) -> bytes:
    """The header block, with the empty line that ends it."""
    ends = [at for at in (raw.find(b"\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return raw[: min(ends) + 1] + b"\r\n" if ends else raw[: limits.HEADER_BYTES]
